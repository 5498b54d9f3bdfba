// After a restore the rows are older than the world. Until every host was heard, guests are what their hosts say: one that runs
// is Running there, whatever the backup thinks, and nothing that would end or remove anything is run.
import type { Db } from '#kernel/db.ts';
import { insertEvent } from '#kernel/event.ts';
import type { Keeper } from '#kernel/keeper.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { reserve } from '../limit/limit.ts';
import { holdHost, releaseHost } from '../placement/placement.ts';
import { volumesMade } from '../volume/volume.ts';
import {
  begin,
  foundRunning,
  hostsHeard,
  leftMidway,
  settle,
  unsettled,
  unwindTime,
  type Restored,
} from './adopt.store.ts';
import { releasePlace } from './start.ts';
import { changeVm, lockVm, moveVm } from './vm.store.ts';

/** Hosts ping every five seconds; one that is lost does not hold up the cloud for ever. */
const AT_LEAST_S = 12;
const AT_MOST_S = 600;

/** In the transaction that loads a backup. */
export const afterRestore = unwindTime;

/** Not while a restored cloud learns what became of its hosts. */
export const onceSettled = (world: World, keeper: Keeper): Keeper => ({
  ...keeper,
  run: async (signal) => {
    if (!(await unsettled(world.db.read))) await keeper.run(signal);
  },
});

/** The same for the keeper that compares guests with their hosts' reports: meanwhile it believes them. */
export const adoptFirst = (world: World, keeper: Keeper): Keeper => ({
  ...keeper,
  run: async (signal) => {
    const restored = await unsettled(world.db.read);
    if (restored) await learn(world, restored);
    else await keeper.run(signal);
  },
});

async function learn(world: World, restored: Restored): Promise<void> {
  if (!restored.begun) await begin(world.db.read);
  const found = await foundRunning(world.db.read, restored);
  for (const one of found)
    await adopt(world, one).catch((error: unknown) => world.log.warn({ err: error, vm: one.id }, 'vm.not-adopted'));
  if (!(await hostsHeard(world.db.read, { atLeastS: AT_LEAST_S, atMostS: AT_MOST_S }))) return;
  for (const { id } of await leftMidway(world.db.read, restored)) await writeDown(world.db, id);
  await settle(world.db.read);
  world.log.info({}, 'restore.settled');
}

async function adopt(world: World, { id, hostId }: { id: number; hostId: number }): Promise<void> {
  await world.db.tx(async (tx) => {
    const vm = await lockVm(tx, id);
    if (vm.state === 'Destroyed') {
      await reserve(tx, world.settings, vm, { instances: 1, cpus: vm.cpus, memoryMib: vm.memoryMib });
      await moveVm(tx, id, 'RecoveryRequested');
    }
    if (vm.hostId !== hostId) {
      const held = { cpuMhz: vm.cpus * vm.cpuMhz, memoryMib: vm.memoryMib };
      if (vm.hostId !== null) await releaseHost(tx, vm.hostId, held);
      await holdHost(tx, hostId, held); // it is there already, so it takes what it takes
    }
    if (vm.state === 'Starting') await volumesMade(tx, id);
    await changeVm(tx, id, { host_id: hostId, destroyed: null });
    await moveVm(tx, id, 'FollowAgentPowerOnReport');
    await insertEvent(tx, {
      type: 'VM.START',
      state: 'Completed',
      level: 'WARN',
      description: `Instance ${vm.name} was ${vm.state} in the backup; its host has it running, and is believed`,
      userId: SYSTEM.userId,
      accountId: vm.accountId,
      domainId: vm.domainId,
      startId: null,
      resourceType: 'VirtualMachine',
      resourceUuid: vm.uuid,
    });
  });
}

const writeDown = (db: Db, id: number): Promise<void> =>
  db.tx(async (tx) => {
    await moveVm(tx, id, 'FollowAgentPowerOffReport');
    await releasePlace(tx, id);
  });
