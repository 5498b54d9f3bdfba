// A host that was lost is heard again: what it ended for a pill is started where it fits, then the pill goes, and the host may run
// instances. How it stands by what is configured is its state again.
import type { World } from '../context.ts';
import { letGuestsGo } from './certain.ts';
import { forgetFence, lockFence, type LostHost } from './fencing.store.ts';
import { soon } from './investigate.ts';
import { along, tell } from './way.ts';

const QUIET: readonly string[] = ['Suspect', 'Checking'];

export async function takeUpAgain(world: World, host: LostHost): Promise<void> {
  const seen = await Promise.all(
    host.pools.map((pool) => soon(world.drivers.leases.watch(host.id, { pool: pool.place, host: host.guid }))),
  );
  if (seen.includes(undefined)) return; // it is gone again already: other hosts are not kept waiting for it
  if (host.state === 'Fencing' && seen.some((one) => one?.fenced === host.pill)) {
    const fenced = await along(world, host, { events: ['Fenced'], text: 'took its pill: nothing of it runs any more' });
    if (!fenced) return;
    await letGuestsGo(world, fenced);
  }
  for (const pool of host.pools) await world.drivers.leases.clear(host.id, { pool: pool.place, host: host.guid });
  await world.db.tx(async (tx) => {
    const now = await lockFence(tx, host.id);
    if (now?.status !== 'Up') return;
    await forgetFence(tx, host.id);
    if (!QUIET.includes(now.state))
      await tell(tx, world, host, { text: `Host ${host.name} answers again and is taken up`, alert: true });
  });
}
