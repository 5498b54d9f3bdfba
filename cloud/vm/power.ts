// What hosts report of their guests' power, compared with what should be. A guest that powered itself off is Stopped within
// seconds; one that runs though it should not is ended. A guest that a job works on is left to its job.
import type { Keeper } from '#kernel/keeper.ts';
import { insertEvent } from '#kernel/event.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { noteReport, offButRunning, strays, type PowerReport } from './power.store.ts';
import { releasePlace } from './start.ts';
import { lockVm, moveVm } from './vm.store.ts';

/** A guest must be missing from this many seconds of reports before its host is believed: QEMU may be starting. */
const BELIEVE_AFTER_S = 2;

/** Keeps the report; only what differs from the last one is written. */
export async function powerReported(world: World, hostId: number, report: PowerReport): Promise<void> {
  const changed = await noteReport(world.db.read, hostId, report);
  if (changed > 0) world.poke('power.sync');
}

export const powerKeeper = (world: World): Keeper => ({
  name: 'power.sync',
  everyMs: 5_000,
  run: async () => {
    for (const vm of await offButRunning(world.db.read, BELIEVE_AFTER_S)) await writeDownStopped(world, vm.id);
    for (const stray of await strays(world.db.read, BELIEVE_AFTER_S)) {
      if (!world.drivers.hypervisor.reachable(stray.hostId)) continue;
      world.log.warn({ vm: stray.name, host: stray.hostId }, 'vm.stray');
      await world.drivers.hypervisor.stop(
        stray.hostId,
        stray.name,
        { force: true, graceS: 0 },
        { job: `stray:${stray.name}`, epoch: 0, trace: null, signal: AbortSignal.timeout(30_000), progress: () => {} },
      );
    }
  },
});

async function writeDownStopped(world: World, vmId: number): Promise<void> {
  await world.db.tx(async (tx) => {
    const vm = await lockVm(tx, vmId);
    if (vm.state !== 'Running') return;
    await moveVm(tx, vmId, 'FollowAgentPowerOffReport');
    await releasePlace(tx, vmId);
    await insertEvent(tx, {
      type: 'VM.STOP',
      state: 'Completed',
      level: 'WARN',
      description: `Instance ${vm.name} powered off by itself`,
      userId: SYSTEM.userId,
      accountId: vm.accountId,
      domainId: vm.domainId,
      startId: null,
      resourceType: 'VirtualMachine',
      resourceUuid: vm.uuid,
    });
  });
}
