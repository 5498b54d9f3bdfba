// Verbs of the infrastructure, by command.
import { create as createZone } from '#cloud/zone/create.ts';
import { list as listZones } from '#cloud/zone/list.ts';
import { remove as deleteZone } from '#cloud/zone/delete.ts';
import { update as updateZone } from '#cloud/zone/update.ts';

export const infrastructure = { createZone, listZones, updateZone, deleteZone };
