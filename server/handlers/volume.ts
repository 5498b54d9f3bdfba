// Verbs of volumes, by command.
import { attach as attachVolume } from '#cloud/volume/attach.ts';
import { create as createVolume } from '#cloud/volume/create.ts';
import { destroy as destroyVolume, recover as recoverVolume, remove as deleteVolume } from '#cloud/volume/destroy.ts';
import { detach as detachVolume } from '#cloud/volume/detach.ts';
import { list as listVolumes, listMetrics as listVolumesMetrics } from '#cloud/volume/list.ts';
import { resize as resizeVolume } from '#cloud/volume/resize.ts';
import { update as updateVolume } from '#cloud/volume/update.ts';

export const volume = {
  createVolume,
  listVolumes,
  listVolumesMetrics,
  attachVolume,
  detachVolume,
  resizeVolume,
  updateVolume,
  destroyVolume,
  recoverVolume,
  deleteVolume,
};
