// What hosts report of their guests' power, compared with what should be. A guest that powered itself off is Stopped within
// seconds; one that runs though it should not, or is not there any more, is ended by a job in its own lane; one that is found on
// another host than ours is followed there. A guest that a job works
// on is left to its job; one that this cloud never knew is nobody's to end.
import type { Tx } from '#kernel/db.ts';
import { insertEvent } from '#kernel/event.ts';
import { workflow, type Job } from '#kernel/job.ts';
import type { Keeper } from '#kernel/keeper.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { holdHost, releaseHost } from '../placement/placement.ts';
import {
  isStray,
  noteReports,
  offButRunning,
  strays,
  type Hearer,
  type PowerReport,
  type Stray,
} from './power.store.ts';
import { hostPlace } from './migrate.store.ts';
import { releasePlace } from './start.ts';
import { enqueueForVm } from './system-job.ts';
import { changeVm, lockVm, moveVm, type VmRow } from './vm.store.ts';

/** A guest must be missing from this many seconds of reports before its host is believed: QEMU may be starting. */
const BELIEVE_AFTER_S = 2;
/** An instance that was expunged while its host did not answer: reports from before say nothing about it. */
const REMOVED_AFTER_S = 30;

/** Keeps the reports of some hosts; only what differs from the last ones is written. */
export async function powersReported(world: World, reports: readonly PowerReport[], by?: Hearer): Promise<void> {
  const changed = await noteReports(world.db.read, reports, by);
  if (changed > 0) world.poke('power.sync');
}

export const powerKeeper = (world: World): Keeper => ({
  name: 'power.sync',
  everyMs: 5_000,
  run: async () => {
    for (const vm of await offButRunning(world.db.read, BELIEVE_AFTER_S)) await writeDownStopped(world, vm.id);
    const found = await strays(world.db.read, { afterS: 2 * BELIEVE_AFTER_S, removedAfterS: REMOVED_AFTER_S });
    const reachable = found.filter(({ hostId }) => world.drivers.hypervisor.reachable(hostId));
    for (const stray of reachable) await world.db.tx((tx) => enqueueEnd(tx, stray));
    if (reachable.length > 0) world.enqueued();
  },
});

/** In the instance's lane, so that it meets neither a start nor a migration: those come before it, and it looks again, or after. */
const enqueueEnd = (tx: Tx, stray: Stray): Promise<unknown> =>
  enqueueForVm(tx, endStray, { vmId: stray.id, hostId: stray.hostId }, stray);

/** Ends a guest where its host says it runs, if that is still not where it should. */
export const endStray = workflow<{ vmId: number; hostId: number }, { vmId: number }, World>(
  'vm.end-stray',
  async (job, { vmId, hostId }, world) => {
    const { name, ownHostId, ownIsDown } = await job.tx('look again', async (tx) => {
      const vm = await lockVm(tx, vmId);
      return {
        name: (await isStray(tx, { vmId, hostId })) ? vm.instanceName : null,
        ownHostId: vm.state === 'Running' ? vm.hostId : null,
        // A host that is Down has been fenced: it has none.
        ownIsDown: vm.hostId !== null && (await hostPlace(tx, vm.hostId)).status === 'Down',
      };
    });
    if (name === null) return { vmId };
    if (ownHostId !== null && (ownIsDown || !(await runsTwice(job, world, { name, ownHostId })))) {
      await job.tx('follow', (tx) => followTo(tx, vmId, hostId));
      return { vmId };
    }
    world.log.warn({ vm: name, host: hostId }, 'vm.stray');
    await job.call('end it', async (call) => {
      await world.drivers.hypervisor.stop(hostId, name, { force: true, graceS: 0 }, call);
      return {};
    });
    await job.tx('tell', async (tx) => {
      const vm = await lockVm(tx, vmId);
      const rather = vm.removed === null ? `is ${vm.state}` : 'was expunged';
      await note(tx, vm, `Instance ${vm.name} ${rather}, but ran on a host that had been away; it was ended there`);
    });
    return { vmId };
  },
);

/** Where it should be is asked first: only a host that answers and has it makes the other one wrong. While that host is silent
 * nothing is done, as ending what may be the only one is no repair. */
const runsTwice = (
  job: Job,
  world: World,
  { name, ownHostId }: { name: string; ownHostId: number },
): Promise<boolean> => job.call('ask', async () => (await world.drivers.hypervisor.running(ownHostId)).includes(name));

/** The rows go where the guest is, whether or not that host would have been chosen. */
async function followTo(tx: Tx, vmId: number, hostId: number): Promise<void> {
  const vm = await lockVm(tx, vmId);
  if (vm.state !== 'Running' || vm.hostId === hostId) return;
  const held = { cpuMhz: vm.cpus * vm.cpuMhz, memoryMib: vm.memoryMib };
  if (vm.hostId !== null) await releaseHost(tx, vm.hostId, held);
  await holdHost(tx, hostId, held);
  await changeVm(tx, vmId, { host_id: hostId, last_host_id: vm.hostId ?? vm.lastHostId });
  await moveVm(tx, vmId, 'AgentReportMigrated');
  await note(tx, vm, `Instance ${vm.name} was found on another host and is followed there`, 'VM.MIGRATE');
}

async function writeDownStopped(world: World, vmId: number): Promise<void> {
  await world.db.tx(async (tx) => {
    const vm = await lockVm(tx, vmId);
    if (vm.state !== 'Running') return;
    await moveVm(tx, vmId, 'FollowAgentPowerOffReport');
    await releasePlace(tx, vmId);
    await note(tx, vm, `Instance ${vm.name} powered off by itself`);
  });
}

const note = (tx: Tx, vm: VmRow, description: string, type: 'VM.STOP' | 'VM.MIGRATE' = 'VM.STOP'): Promise<number> =>
  insertEvent(tx, {
    type,
    state: 'Completed',
    level: 'WARN',
    description,
    userId: SYSTEM.userId,
    accountId: vm.accountId,
    domainId: vm.domainId,
    startId: null,
    resourceType: 'VirtualMachine',
    resourceUuid: vm.uuid,
  });
