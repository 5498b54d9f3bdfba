// startVirtualMachine, and the steps it shares with deploy: a host, networks, disks, boot.
import { startVirtualMachine } from '#api/vm/lifecycle.ts';
import { ApiError, errors, fail, type ErrorCode } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { insertEvent } from '#kernel/event.ts';
import { workflow, type Job, type JobError } from '#kernel/job.ts';
import { implement, type World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { guestNics, prepareNetworks } from '../network/network.ts';
import { place, placementRules, releaseHost, type Placement } from '../placement/placement.ts';
import {
  guestDisks,
  placeVolumes,
  prepareVolumes,
  storageNeed,
  volumesMade,
  volumesOfGuest,
} from '../volume/volume.ts';
import type { Guest } from './driver.ts';
import { showVm } from './show.ts';
import { changeVm, lockVm, moveVm, vmById } from './vm.store.ts';

/** Where an administrator wants it, if anywhere. */
export interface StartInput {
  vmId: number;
  hostId?: number;
  clusterId?: number;
  podId?: number;
}

/** So many hosts are tried before a start fails. */
const HOSTS_TRIED = 3;
/** What a host's failure looks like; everything else would fail on any other host too. */
const OF_A_HOST = new Set<ErrorCode>([
  'hostUnavailable',
  'resourceUnavailable',
  'storageUnavailable',
  'operationTimedOut',
  'invalidParameter',
]);
const mayFail = (error: unknown): boolean => !(error instanceof ApiError) || OF_A_HOST.has(error.code);

export async function startSteps(job: Job, input: StartInput, world: World): Promise<void> {
  const { vmId } = input;
  await job.tx('starting', (tx) => moveVm(tx, vmId, 'StartRequested'), {
    undo: (tx) => moveVm(tx, vmId, 'OperationFailed'),
  });
  await bootSomewhere(job, input, world);
  await job.tx('running', async (tx) => {
    await volumesMade(tx, vmId);
    await moveVm(tx, vmId, 'OperationSucceeded');
  });
}

/** On the first host that can; one that fails is given back before another is tried. */
async function bootSomewhere(job: Job, input: StartInput, world: World): Promise<void> {
  const failures: Failure[] = [];
  for (;;) {
    const turn = failures.length + 1;
    const named = (step: string): string => (turn === 1 ? step : `${step} (host ${turn})`);
    const { hostId } = await job.tx(named('place'), (tx) => placeAgain(tx, { input, world, failures }), {
      undo: (tx) => releasePlace(tx, input.vmId),
    });
    if (hostId === null) throw asItWas(failures.at(-1)!);
    const boot = (): Promise<void> => bootOn(job, world, { vmId: input.vmId, hostId, named });
    if (turn === HOSTS_TRIED) return boot();
    const tried = await job.attempt(named('host failed'), boot, { mayFail });
    if ('done' in tried) return;
    failures.push({ hostId, ...tried.failed });
  }
}

type Failure = JobError & { hostId: number };
const asItWas = ({ code, text }: JobError): Error =>
  code in errors ? new ApiError(code as ErrorCode, text) : new Error(text);

interface Booting {
  vmId: number;
  hostId: number;
  named: (step: string) => string;
}

async function bootOn(job: Job, world: World, { vmId, hostId, named }: Booting): Promise<void> {
  await job.call(named('networks'), (call) => prepareNetworks(world, call, { vmId, hostId }));
  await job.call(named('disks'), (call) => prepareVolumes(world, call, { vmId, hostId }));
  await job.call(
    named('boot'),
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
}

interface Placing {
  input: StartInput;
  world: World;
  failures: readonly Failure[];
}

/** The first host, or one that has not failed yet; null where there is no such host. */
async function placeAgain(tx: Tx, { input, world, failures }: Placing): Promise<{ hostId: number | null }> {
  const last = failures.at(-1);
  if (!last) return placeVm(tx, input, world);
  await releasePlace(tx, input.vmId);
  try {
    const placed = await placeVm(tx, { ...input, exceptHostIds: failures.map((failure) => failure.hostId) }, world);
    await noteAnotherHost(tx, input.vmId, last);
    return placed;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'insufficientServerCapacity') return { hostId: null };
    throw error;
  }
}

async function noteAnotherHost(tx: Tx, vmId: number, { text }: Failure): Promise<void> {
  const { name, uuid, accountId, domainId } = await vmById(tx, vmId);
  await insertEvent(tx, {
    type: 'VM.START',
    state: 'Created',
    level: 'WARN',
    description: `Instance ${name} did not start on its host and is tried on another: ${text}`,
    userId: SYSTEM.userId,
    accountId,
    domainId,
    startId: null,
    resourceType: 'VirtualMachine',
    resourceUuid: uuid,
  });
}

export const startVm = workflow<StartInput, { vmId: number }, World>('vm.start', async (job, input, world) => {
  await startSteps(job, input, world);
  return { vmId: input.vmId };
});

async function placeVm(
  tx: Tx,
  { vmId, hostId, clusterId, podId, exceptHostIds }: StartInput & { exceptHostIds?: readonly number[] },
  { settings }: World,
): Promise<Placement> {
  const vm = await lockVm(tx, vmId);
  const volumes = await volumesOfGuest(tx, vmId);
  const storage = storageNeed(volumes);
  const placement = await place(tx, {
    zoneId: vm.zoneId,
    podId,
    clusterId,
    hostId,
    ...(exceptHostIds ? { exceptHostIds } : {}),
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
    rules: placementRules(settings, vm.accountId),
  });
  await changeVm(tx, vmId, { host_id: placement.hostId, placement: JSON.stringify(placement) });
  // Last the row that all guests of a pool change, and wait for until the commit.
  await placeVolumes(tx, {
    volumes,
    hostId: placement.hostId,
    overcommit: settings.number('storage.overprovisioning.factor'),
  });
  return placement;
}

/** Gives the host's capacity back. Harmless where the guest holds none. */
export async function releasePlace(tx: Tx, vmId: number): Promise<void> {
  const vm = await lockVm(tx, vmId);
  if (vm.hostId === null) return;
  await releaseHost(tx, vm.hostId, { cpuMhz: vm.cpus * vm.cpuMhz, memoryMib: vm.memoryMib });
  await changeVm(tx, vmId, { host_id: null, last_host_id: vm.hostId });
}

/** As its host is told of it. */
export async function guestOf(world: World, vmId: number): Promise<Guest> {
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
