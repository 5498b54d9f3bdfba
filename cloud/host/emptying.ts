// Emptying a host: what runs on it is moved, one job per instance, until nothing does. May be begun again at any time: it looks
// what is there and what was tried. Invariant: it gives up on a host only when nobody works on what is left.
import type { Call } from '#kernel/job.ts';
import { insertEvent } from '#kernel/event.ts';
import type { Tx } from '#kernel/db.ts';
import { fail } from '#api/errors.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { leaveHost } from '../router/leave.ts';
import { lockedGuest } from '../vm/locked.ts';
import { migrateVm } from '../vm/migrate.ts';
import { stopVm } from '../vm/stop.ts';
import { enqueueForVm } from '../vm/system-job.ts';
import { guestsOn, routersOn, type GuestHere } from './emptying.store.ts';
import { lockHost } from './host.store.ts';

const TRIES = 3;
const LOOK_MS = 300;
const TOLD = 5;

export interface Emptying {
  hostId: number;
  /** Jobs after this one are of this attempt. */
  afterJob: number;
}

/** Comes back when nothing runs on the host; throws what could not be moved, and why. */
export async function emptyHost(world: World, call: Call, emptying: Emptying): Promise<void> {
  for (let most = 0; ;) {
    await checkStillWanted(world, emptying.hostId);
    const left = await guestsOn(world.db.read, emptying.hostId, emptying.afterJob);
    if (left.length === 0) break;
    most = Math.max(most, left.length);
    call.progress((100 * (most - left.length)) / most, `${left.length} of ${most} instances to go`);
    if (await world.db.tx((tx) => sendAway(tx, world, emptying))) world.enqueued();
    else refuseStuck(left);
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
  }
  for (const { networkId } of await routersOn(world.db.read, emptying.hostId))
    await leaveHost(world, call, { networkId, hostId: emptying.hostId });
}

async function checkStillWanted(world: World, hostId: number): Promise<void> {
  const { resourceState } = await world.db.tx((tx) => lockHost(tx, hostId));
  if (resourceState !== 'PrepareForMaintenance')
    fail('wrongState', `The host is ${resourceState}: it is not to be emptied any more`);
}

/** A job for each that nobody works on. False: nobody works on any of them, and there is nothing to try. */
async function sendAway(tx: Tx, world: World, { hostId, afterJob }: Emptying): Promise<boolean> {
  await lockHost(tx, hostId);
  const guests = await guestsOn(tx, hostId, afterJob);
  const idle = guests.filter((guest) => !guest.busy && guest.state === 'Running' && guest.failures < TRIES);
  for (const guest of idle) await sendOne(tx, world, guest);
  return idle.length > 0 || guests.length === 0 || guests.some(({ busy }) => busy);
}

async function sendOne(tx: Tx, world: World, guest: GuestHere): Promise<void> {
  await lockedGuest(tx, guest.id);
  const forced = guest.local && world.settings.text('host.maintenance.local.storage.strategy') === 'ForceStop';
  if (forced) await enqueueForVm(tx, stopVm, { vmId: guest.id, force: true }, guest);
  else await enqueueForVm(tx, migrateVm, { vmId: guest.id }, guest);
  await insertEvent(tx, {
    type: forced ? 'VM.STOP' : 'VM.MIGRATE',
    state: 'Scheduled',
    description: `Instance ${guest.name} is ${forced ? 'stopped' : 'moved'}: its host is put in maintenance`,
    userId: SYSTEM.userId,
    accountId: guest.accountId,
    domainId: guest.domainId,
    startId: null,
    resourceType: 'VirtualMachine',
    resourceUuid: guest.uuid,
  });
}

function refuseStuck(left: readonly GuestHere[]): never {
  const told = left.slice(0, TOLD).map(({ name, state, lastFailure }) => `${name} (${lastFailure ?? `is ${state}`})`);
  const more = left.length > TOLD ? ` and ${left.length - TOLD} more` : '';
  return fail('resourceInUse', `The host still runs what could not be moved: ${told.join('; ')}${more}`);
}
