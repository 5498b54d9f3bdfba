// hosts.power: controllers are asked for the power state, many at once, and whose power may not be commanded has the state Disabled.
// Invariant: of any number of hosts those are asked that were not asked for longest; a controller that does not answer holds nobody up
// for longer than it is waited for.
import { isLost } from '#kernel/db.ts';
import type { Keeper } from '#kernel/keeper.ts';
import { TurnLost } from '#kernel/turn.ts';
import type { World } from '../context.ts';
import { POWER_KEEPER } from './allow.ts';
import { PowerFailure } from './driver.ts';
import { dueHosts, forbiddenHosts, noteAsked, type Managed } from './out-of-band.store.ts';
import { notePower, patienceS, talkTo } from './talk.ts';

const ANSWER_WITHIN_S = 10;
/** Controllers that said nothing, or refused us, are asked again after this. */
const SILENT_AGAIN_S = 30;
const AT_ONCE_PER_RUN = 10;
const FORBIDDEN_PER_RUN = 500;

export const powerKeeper = (world: World): Keeper => ({
  name: POWER_KEEPER,
  everyMs: 2_000,
  run: async (signal) => {
    for (const host of await forbiddenHosts(world.db.read, FORBIDDEN_PER_RUN)) {
      if (signal.aborted) return;
      await world.db.tx((tx) => notePower(tx, host, 'Disabled'));
    }
    const atOnce = Math.max(1, world.settings.number('outofbandmanagement.sync.poolsize'));
    const due = await dueHosts(world.db.read, {
      everyS: world.settings.number('outofbandmanagement.background.task.execution.interval'),
      silentS: SILENT_AGAIN_S,
      limit: atOnce * AT_ONCE_PER_RUN,
    });
    const next = due.values();
    const one = async (): Promise<void> => {
      for (const host of next) {
        if (signal.aborted) return;
        await look(world, host, signal);
      }
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, due.length) }, one));
  },
});

/** What the controller says, or that it says nothing, is written down by the conversation. */
async function look(world: World, host: Managed, signal: AbortSignal): Promise<void> {
  const withinS = Math.min(ANSWER_WITHIN_S, patienceS(world, host));
  try {
    await talkTo(world, host, { withinS, signal }).status();
  } catch (error) {
    if (error instanceof PowerFailure) return;
    if (isLost(error) || error instanceof TurnLost) throw error;
    world.log.warn({ err: error, host: host.name }, 'host.power.not-asked');
    await world.db.tx((tx) => noteAsked(tx, host.hostId));
  }
}
