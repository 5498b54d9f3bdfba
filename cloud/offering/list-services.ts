// listServiceOfferings: what a caller may deploy with; system offerings and withdrawn ones are for root.
import { listServiceOfferings } from '#api/offering/compute.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx } from '../context.ts';
import { offeringAudience, offeringState } from './audience.ts';
import { OFFERINGS_MADE_OF } from './offered.store.ts';
import { findServiceOfferings, guestSize, type GuestSize, type ServiceOfferingQuery } from './service.store.ts';
import { serviceOfferingView } from './service.view.ts';

export const listServices = implement(listServiceOfferings, async (cx, params) => {
  const system = params.isSystem ?? false;
  if (system && !cx.caller.isRoot)
    fail('permissionDenied', `Account ${cx.caller.accountName} may not list offerings for system VMs`, {
      parameter: 'issystem',
    });
  if (params.gpuEnabled || params.vgpuProfileId !== undefined) return { items: [], count: 0 }; // no offering has a GPU
  const query: ServiceOfferingQuery = {
    page: cx.page,
    ascending: cx.settings.boolean('sortkey.algorithm'),
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    audience: await offeringAudience(cx, params),
    zoneId: params.zoneId,
    system,
    systemVmType: params.systemVmType?.toLowerCase(),
    state: offeringState(params.state),
    storageType: params.storageType,
    encryptRoot: params.encryptRoot,
    cpus: params.cpuNumber,
    cpuMhz: params.cpuSpeed,
    memoryMib: params.memory,
    insteadOf: params.virtualMachineId === undefined ? undefined : await knownGuest(cx, params.virtualMachineId),
  };
  const { rows, count } = await cx.found({
    key: `service-offerings ${JSON.stringify(query)}`,
    of: OFFERINGS_MADE_OF,
    read: () => findServiceOfferings(cx.tx, query),
  });
  return { items: rows.map((row) => serviceOfferingView(row, cx.settings)), count };
});

async function knownGuest(cx: Cx, vmId: number): Promise<GuestSize> {
  const guest = await guestSize(cx.tx, vmId);
  await cx.mayActFor(guest, 'the instance given as virtualmachineid');
  return guest;
}
