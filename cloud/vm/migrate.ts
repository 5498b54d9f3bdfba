// migrateVirtualMachine, and the move every other reason uses: a host that fits, networks there, the guest while it runs, its local
// disks with it, and nothing left behind. Invariant: the rows follow the guest. Whoever does not know whether it moved asks the
// hosts, and writes down what they say; until then the capacity of both hosts is taken.
import { migrateVirtualMachine } from '#api/vm/lifecycle.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow, type Call, type Job } from '#kernel/job.ts';
import { implement, type World } from '../context.ts';
import { prepareNetworks } from '../network/network.ts';
import { place, releaseHost } from '../placement/placement.ts';
import { deleteMoving, disksThere, endMoving, makeMoving, planMoving, type MovingVolume } from '../volume/moving.ts';
import type { HostName, Migration } from './driver.ts';
import { hostPlace } from './migrate.store.ts';
import { moveNeed } from './move-need.ts';
import { showVm } from './show.ts';
import { guestOf } from './start.ts';
import { changeVm, lockVm, moveVm, vmById } from './vm.store.ts';

export interface MigrateInput {
  vmId: number;
  /** Where an administrator wants it; else wherever it fits. */
  hostId?: number;
}
export interface Plan {
  vmId: number;
  from: HostName;
  to: HostName;
  volumes: MovingVolume[];
}

export async function migrateSteps(job: Job, { vmId, hostId }: MigrateInput, world: World): Promise<Plan> {
  const plan = await job.tx('migrating', (tx) => beginMove(tx, world, { vmId, hostId }), {
    undo: (tx, begun) => endMove(tx, begun),
  });
  await job.call('networks', (call) => prepareNetworks(world, call, { vmId, hostId: plan.to.id }));
  await job.call('disks', (call) => makeMoving(world, call, { volumes: plan.volumes, hostId: plan.to.id }), {
    undo: (call) => tidyDisks(world, call, plan),
  });
  await job.call('move', async (call) => world.drivers.hypervisor.migrate(await migrationOf(world, plan), call), {
    undo: (call) => settle(world, call, plan),
    timeoutS: world.settings.number('migratewait'),
  });
  await job.tx('moved', (tx) => endMove(tx, plan, { moved: true }));
  await job.call('tidy', (call) => tidyDisks(world, call, plan));
  world.poke('networks.tidy');
  return plan;
}

export const migrateVm = workflow<MigrateInput, { vmId: number }, World>('vm.migrate', async (job, input, world) => {
  await migrateSteps(job, input, world);
  return { vmId: input.vmId };
});

/** The host must take the guest beside what it has; the capacity of both is held till it is known where the guest is. */
async function beginMove(tx: Tx, world: World, { vmId, hostId }: MigrateInput): Promise<Plan> {
  const vm = await lockVm(tx, vmId);
  if (vm.state !== 'Running' || vm.hostId === null)
    return fail('wrongState', `The instance is ${vm.state}; one that is Running can be moved`);
  const placement = await place(tx, await moveNeed(tx, world, vm, hostId));
  await moveVm(tx, vmId, 'MigrationRequested');
  return {
    vmId,
    from: await nameOf(tx, vm.hostId),
    to: await nameOf(tx, placement.hostId),
    volumes: await planMoving(tx, {
      vmId,
      hostId: placement.hostId,
      overcommit: world.settings.number('storage.overprovisioning.factor'),
    }),
  };
}

const nameOf = async (tx: Tx, id: number): Promise<HostName> => ({ id, guid: (await hostPlace(tx, id)).guid });

async function migrationOf(world: World, { vmId, from, to, volumes }: Plan): Promise<Migration> {
  const guest = await guestOf(world, vmId);
  return {
    from,
    to,
    guest: { ...guest, disks: disksThere(guest.disks, volumes) },
    copy: volumes.map(({ uuid }) => uuid),
  };
}

/** Ends the move in rows, once: the guest is on the other host, or where it was. */
async function endMove(tx: Tx, { vmId, from, to, volumes }: Plan, { moved = false } = {}): Promise<void> {
  const vm = await lockVm(tx, vmId);
  if (vm.state !== 'Migrating') return; // written down already
  await releaseHost(tx, moved ? from.id : to.id, { cpuMhz: vm.cpus * vm.cpuMhz, memoryMib: vm.memoryMib });
  await endMoving(tx, volumes, { moved });
  if (moved) await changeVm(tx, vmId, { host_id: to.id, last_host_id: from.id });
  await moveVm(tx, vmId, moved ? 'OperationSucceeded' : 'OperationFailed');
}

/** Nobody knows how far it came: the hosts do. */
async function settle(world: World, call: Call, plan: Plan): Promise<void> {
  const where = await world.drivers.hypervisor.settleMigration(await migrationOf(world, plan), call);
  if (where === 'target') await world.db.tx((tx) => endMove(tx, plan, { moved: true }));
}

/** The files of the side the guest is not on. What cannot be deleted now is left there, and said. */
async function tidyDisks(world: World, call: Call, { vmId, to, from, volumes }: Plan): Promise<void> {
  if (volumes.length === 0) return;
  const { hostId } = await vmById(world.db.read, vmId);
  const old = hostId === to.id ? ({ at: 'old', hostId: from.id } as const) : ({ at: 'new', hostId: to.id } as const);
  await deleteMoving(world, call, { volumes, ...old }).catch((error: unknown) =>
    world.log.warn({ err: error, vm: vmId, host: old.hostId, volumes: volumes.map(({ uuid }) => uuid) }, 'disks.left'),
  );
}

function wishedHost(params: Values<typeof migrateVirtualMachine.params>): number | undefined {
  if (params.storageId !== undefined)
    fail('unsupported', 'storageid: the disks of a stopped instance are not moved by this command yet', {
      parameter: 'storageid',
    });
  if (params.hostId === undefined && params.autoSelect === false)
    fail('missingParameter', 'hostid is missing, and autoselect is false: one of them says where to', {
      parameter: 'hostid',
    });
  return params.hostId;
}

export const migrate = implement(
  migrateVirtualMachine,
  async (cx, params) => {
    const hostId = wishedHost(params);
    const vm = await lockVm(cx.tx, params.virtualMachineId);
    if (vm.state !== 'Running')
      fail('wrongState', `The instance is ${vm.state}; one that is Running can be moved to another host`, {
        parameter: 'virtualmachineid',
      });
    if (hostId === vm.hostId)
      fail('invalidParameter', 'hostid: the instance runs on that host already', { parameter: 'hostid' });
    return cx.enqueue(migrateVm, { vmId: vm.id, hostId }, { lanes: [`vm:${vm.id}`], about: vm.uuid, owner: vm });
  },
  async (cx, { vmId }: { vmId: number }) => showVm(cx, vmId),
);
