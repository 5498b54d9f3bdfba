// startVirtualMachine, and the steps it shares with deploy: a host, networks, disks, boot.
import { startVirtualMachine } from '#api/vm/lifecycle.ts';
import { fail } from '#api/errors.ts';
import type { Job } from '#kernel/job.ts';
import { workflow } from '#kernel/job.ts';
import type { Tx } from '#kernel/db.ts';
import { implement, type World } from '../context.ts';
import { guestNics, prepareNetworks } from '../network/network.ts';
import { place, releaseHost, type Placement } from '../placement/placement.ts';
import { guestDisks, placeVolumes, prepareVolumes, volumesMade } from '../volume/volume.ts';
import { showVm } from './show.ts';
import { changeVm, lockVm, moveVm, storageNeedOf, vmById } from './vm.store.ts';

/** Where an administrator wants it, if anywhere. */
export interface StartInput {
  vmId: number;
  hostId?: number;
  clusterId?: number;
  podId?: number;
}

export async function startSteps(job: Job, input: StartInput, world: World): Promise<void> {
  const { vmId } = input;
  await job.tx('starting', (tx) => moveVm(tx, vmId, 'StartRequested'), {
    undo: (tx) => moveVm(tx, vmId, 'OperationFailed'),
  });
  const { hostId } = await job.tx('place', (tx) => placeVm(tx, input, world), { undo: (tx) => releasePlace(tx, vmId) });
  await job.call('networks', (call) => prepareNetworks(world, call, { vmId, hostId }));
  await job.call('disks', (call) => prepareVolumes(world, call, { vmId, hostId }));
  await job.call(
    'boot',
    async (call) => {
      const guest = await guestOf(world, vmId);
      await world.drivers.hypervisor.start(hostId, guest, call);
      return {};
    },
    {
      undo: async (call) => {
        const vm = await vmById(world.db.read, vmId);
        await world.drivers.hypervisor.stop(hostId, vm.instanceName, { force: true, graceS: 0 }, call);
      },
    },
  );
  await job.tx('running', async (tx) => {
    await volumesMade(tx, vmId);
    await moveVm(tx, vmId, 'OperationSucceeded');
  });
}

export const startVm = workflow<StartInput, { vmId: number }, World>('vm.start', async (job, input, world) => {
  await startSteps(job, input, world);
  return { vmId: input.vmId };
});

async function placeVm(
  tx: Tx,
  { vmId, hostId, clusterId, podId }: StartInput,
  { settings }: World,
): Promise<Placement> {
  const vm = await lockVm(tx, vmId);
  const storage = await storageNeedOf(tx, vmId);
  const placement = await place(tx, {
    zoneId: vm.zoneId,
    podId,
    clusterId,
    hostId,
    hypervisor: vm.hypervisor,
    cpus: vm.cpus,
    cpuMhz: vm.cpuMhz,
    memoryMib: vm.memoryMib,
    hostTags: vm.hostTags,
    storageBytes: storage.newBytes,
    storageTags: vm.storageTags,
    poolIds: storage.poolIds,
    lastHostId: vm.lastHostId,
    affinity: { vmId, groupIds: vm.affinityGroupIds },
  });
  await placeVolumes(tx, {
    vmId,
    hostId: placement.hostId,
    overcommit: settings.number('storage.overprovisioning.factor'),
  });
  await changeVm(tx, vmId, { host_id: placement.hostId, placement: JSON.stringify(placement) });
  return placement;
}

/** Gives the host's capacity back. Harmless where the guest holds none. */
export async function releasePlace(tx: Tx, vmId: number): Promise<void> {
  const vm = await lockVm(tx, vmId);
  if (vm.hostId === null) return;
  await releaseHost(tx, vm.hostId, { cpuMhz: vm.cpus * vm.cpuMhz, memoryMib: vm.memoryMib });
  await changeVm(tx, vmId, { host_id: null, last_host_id: vm.hostId });
}

async function guestOf(world: World, vmId: number): Promise<Parameters<World['drivers']['hypervisor']['start']>[1]> {
  const vm = await vmById(world.db.read, vmId);
  const [disks, nics] = await Promise.all([guestDisks(world.db.read, vmId), guestNics(world.db.read, vmId)]);
  return {
    name: vm.instanceName,
    uuid: vm.uuid,
    title: vm.name,
    cpus: vm.cpus,
    cpuMhz: vm.cpuMhz,
    memoryMib: vm.memoryMib,
    disks,
    nics,
    consolePassword: vm.consolePassword === null ? 'nephos' : world.sealer.open(vm.consolePassword),
  };
}

export const start = implement(
  startVirtualMachine,
  async (cx, params) => {
    const vm = await lockVm(cx.tx, params.id);
    if (vm.state !== 'Stopped')
      fail('wrongState', `The instance is ${vm.state}; one that is Stopped can be started`, { parameter: 'id' });
    if (params.hostId !== undefined && !cx.caller.isRoot)
      fail('permissionDenied', 'hostid may be given by root administrators', { parameter: 'hostid' });
    return cx.enqueue(
      startVm,
      { vmId: vm.id, hostId: params.hostId, clusterId: params.clusterId, podId: params.podId },
      { lanes: [`vm:${vm.id}`], about: vm.uuid, owner: vm },
    );
  },
  async (cx, { vmId }: { vmId: number }) => showVm(cx, vmId),
);
