// What another host must have for a running instance to move there.
import type { Tx } from '#kernel/db.ts';
import type { Cx, World } from '../context.ts';
import type { Need } from '../placement/placement.ts';
import { lyingOn } from '../volume/moving.ts';
import { hostPlace } from './migrate.store.ts';
import { vmById, type VmRow } from './vm.store.ts';

/** What a host must have to take the guest while it runs: in its cluster, and all storage it does not take along. */
export async function moveNeed(
  tx: Tx,
  { settings }: Pick<World, 'settings'>,
  vm: VmRow,
  hostId?: number,
): Promise<Need> {
  const { localBytes, sharedPoolIds } = await lyingOn(tx, vm.id);
  const { clusterId } = await hostPlace(tx, vm.hostId!);
  return {
    zoneId: vm.zoneId,
    clusterId: settings.boolean('migrate.vm.across.clusters', { scope: 'Zone', id: vm.zoneId }) ? null : clusterId,
    hostId: hostId ?? null,
    exceptHostIds: [vm.hostId!],
    hypervisor: vm.hypervisor,
    cpus: vm.cpus,
    cpuMhz: vm.cpuMhz,
    memoryMib: vm.memoryMib,
    hostTags: vm.hostTags,
    storageBytes: 0,
    storageTags: [],
    poolIds: sharedPoolIds,
    local: { bytes: localBytes, overcommit: settings.number('storage.overprovisioning.factor') },
    lastHostId: null,
    affinity: { vmId: vm.id, groupIds: vm.affinityGroupIds },
  };
}

/** Undefined where it does not run. */
export async function moveNeedOf(cx: Pick<Cx, 'tx' | 'settings'>, vmId: number): Promise<Need | undefined> {
  const vm = await vmById(cx.tx, vmId);
  return vm.hostId === null || vm.state !== 'Running' ? undefined : moveNeed(cx.tx, cx, vm);
}
