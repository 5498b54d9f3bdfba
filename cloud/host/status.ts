// The link's side of a host: it dialled in, it was heard, it fell silent. One writer: what the hub tells, and the keeper that
// counts the silence. Any server may have been the one that heard it last, so silence is measured in the database.
import type { Keeper } from '#kernel/keeper.ts';
import type { Tx } from '#kernel/db.ts';
import type { World } from '../context.ts';
import type { HostFacts } from './driver.ts';
import { hostByGuid, noteFacts, noteHeard, silentHosts, markSilent, type Heard } from './status.store.ts';

/** Pings come every five seconds; three missing ones are a reason to look. */
const SILENT_AFTER_S = 16;

/** The host's row, brought up to date with what it says of itself; undefined where no zone has it. */
export async function hostConnected(tx: Tx, facts: HostFacts): Promise<number | undefined> {
  const hostId = await hostByGuid(tx, facts.guid);
  if (hostId !== undefined) await noteFacts(tx, hostId, facts);
  return hostId;
}

/** Pings of a second, all hosts at once. */
export const heardOfHosts = (tx: Tx, pings: readonly Heard[]): Promise<number> => noteHeard(tx, pings);

export const livenessKeeper = (world: World): Keeper => ({
  name: 'hosts.liveness', everyMs: 3_000,
  run: async () => {
    for (const host of await silentHosts(world.db.read, SILENT_AFTER_S)) {
      await world.db.tx((tx) => markSilent(tx, { host, afterS: SILENT_AFTER_S }));
      world.log.warn({ host: host.name }, 'host.silent');
    }
  },
});
