// What hosts tell, written down: who is there, which guests run, what the agent had to repair. Hosts speak one by one; what they
// say within a moment is written by a few statements, and while those run the next ones gather: a slow database makes
// larger batches, never a queue. Invariant: what a host says is written in the order in which it said it.
import type { HostFacts } from '#cloud/host/driver.ts';
import { heardOfHosts, hostsConnected } from '#cloud/host/status.ts';
import { powersReported } from '#cloud/vm/power.ts';
import { keepUsage, UsageMeter, type UsageSample } from '#cloud/vm/usage.ts';
import { passwordTaken, routerRepaired } from '#cloud/network/router-news.ts';
import type { World } from '#cloud/context.ts';
import type { Db } from '#kernel/db.ts';
import { isLost } from '#kernel/db.ts';
import type { Log } from '#kernel/log.ts';
import type { ReportBody } from '#protocol/messages.ts';
import type { Ended, HubEvents } from './agents.ts';
import { Gathering } from './gathering.ts';
import { heldHosts, linksDown, linksUp, type WrittenLink } from './links.store.ts';

const PINGS_EVERY_MS = 400;
const MOMENT_MS = 20;
const ARRIVALS_AT_ONCE = 250;
/** A report that says the same again is compared with the rows nevertheless after this long, as they may have changed; later
 * where there are so many hosts that more than a hundred a second would be compared for nothing. */
const COMPARE_AGAIN_MS = 30_000;
const COMPARE_EACH_MS = 10;

export interface HostEventsOptions {
  db: Db;
  log: Log;
  /** Whose links these are. */
  self: { id: number; run: number };
  world: () => World;
  /** Rows of links changed. */
  tell: () => void;
}
type Ping = ReportBody<'ping'> & { everyS: number };

export function hostEvents(options: HostEventsOptions): HubEvents {
  const { db, log, world, tell } = options;
  const report =
    (what: string) =>
    (error: unknown): void => {
      if (!isLost(error)) log.warn({ err: error }, what);
    };
  const arrivals = new Gathering<Arrival>({ afterMs: MOMENT_MS, atOnce: ARRIVALS_AT_ONCE }, (batch) =>
    writeArrivals(options, batch),
  );
  const gone = new Gathering<Ended>({ afterMs: MOMENT_MS }, (batch) =>
    linksDown(db.read, batch)
      .then(() => {
        for (const { hostId } of batch) if (hostId !== undefined) last.delete(hostId);
        tell();
        world().poke('hosts.liveness');
      })
      .catch(report('links.down.failed')),
  );
  const last = new Map<number, Compared>();
  const usage = new UsageMeter(() => world().settings.number('vm.stats.interval'));
  const used = new Gathering<UsageSample>({ afterMs: PINGS_EVERY_MS }, (batch) =>
    keepUsage(db, world().settings, batch).catch(report('usage.keep.failed')),
  );
  const pings = new Gathering<{ hostId: number; ping: Ping }>({ afterMs: PINGS_EVERY_MS }, (batch) =>
    writePings({ world: world(), db, self: options.self, last }, batch).catch((error: unknown) => {
      last.clear(); // nobody knows what was written
      report('hosts.heard.failed')(error);
    }),
  );
  return {
    connected: (facts) =>
      new Promise((resolve, reject) => {
        arrivals.add({ facts, resolve, reject });
      }),
    disconnected: (link) => {
      if (link.hostId !== undefined) usage.forget(link.hostId);
      gone.add(link);
    },
    report: (hostId, name, body, everyS) => {
      if (name === 'ping') {
        const ping = body as ReportBody<'ping'>;
        pings.add({ hostId, ping: { ...ping, everyS } });
        for (const sample of usage.heard(hostId, ping.guests, performance.now())) used.add(sample);
      } else if (name === 'repaired')
        void routerRepaired(db, body as ReportBody<'repaired'>).catch(report('router.repaired.failed'));
      else if (name === 'passwordTaken')
        void passwordTaken(db, body as ReportBody<'passwordTaken'>).catch(report('password.taken.failed'));
    },
  };
}

interface Arrival {
  facts: HostFacts;
  resolve(link: WrittenLink): void;
  reject(error: unknown): void;
}

/** Of a host that came twice the later link counts. */
async function writeArrivals({ db, self, tell }: HostEventsOptions, batch: readonly Arrival[]): Promise<void> {
  const latest = new Map(batch.map((arrival) => [arrival.facts.guid, arrival]));
  try {
    const facts = [...latest.values()].map((arrival) => arrival.facts);
    const written = await db.tx(async (tx) => {
      const ids = await hostsConnected(tx, facts);
      const links = facts.map((one) => ({ facts: one, hostId: ids.get(one.guid) }));
      return linksUp(tx, { links, serverId: self.id, run: self.run });
    });
    tell();
    const byGuid = new Map(written.map((link) => [link.guid, link]));
    for (const arrival of batch) {
      if (latest.get(arrival.facts.guid) === arrival) arrival.resolve(byGuid.get(arrival.facts.guid)!);
      else arrival.reject(new Error('the host has dialled in again'));
    }
  } catch (error) {
    for (const arrival of batch) arrival.reject(error);
  }
}

/** What was last compared of a host: in short, and when. */
interface Compared {
  said: string;
  at: number;
}

interface Writing extends Pick<HostEventsOptions, 'db' | 'self'> {
  world: World;
  last: Map<number, Compared>;
}

/** Of several pings of a host the last one counts. A server that was paused finds pings from before: what a host said that speaks to
 * another server by now is not written. What they say of guests is written first: once a host counts as heard, it stands. */
async function writePings(writing: Writing, batch: readonly { hostId: number; ping: Ping }[]): Promise<void> {
  const { db, self } = writing;
  const said = new Map(batch.map(({ hostId, ping }) => [hostId, ping]));
  const { held, at } = await heldHosts(db.read, { serverId: self.id, run: self.run, hostIds: [...said.keys()] });
  const latest = new Map([...said].filter(([hostId]) => held.has(hostId)));
  if (latest.size === 0) return;
  const isTold = await comparePowers(writing, latest);
  await heardOfHosts(
    db.read,
    [...latest].map(([hostId, { cpuUsedPercent, memoryUsedMib, sequence, everyS }]) => ({
      hostId,
      cpuUsedPercent,
      memoryUsedMib,
      sequence,
      everyS,
    })),
    isTold ? at : null,
  );
}

/** Reports of guests are compared with rows where they say something new. False where that failed: the hosts were heard all the same. */
async function comparePowers({ world, self, last }: Writing, latest: ReadonlyMap<number, Ping>): Promise<boolean> {
  const now = performance.now();
  const againMs = Math.max(COMPARE_AGAIN_MS, last.size * COMPARE_EACH_MS);
  const news = [...latest].filter(([hostId, { guests }]) => {
    const before = last.get(hostId);
    return before === undefined || before.said !== inShort(guests) || now - before.at > againMs;
  });
  if (news.length === 0) return true;
  try {
    await powersReported(
      world,
      news.map(([hostId, { guests }]) => ({ hostId, guests })),
      { serverId: self.id, run: self.run },
    );
  } catch (error) {
    if (isLost(error)) throw error;
    for (const [hostId] of news) last.delete(hostId); // nobody knows what was written
    world.log.warn({ err: error }, 'guests.not-compared');
    return false;
  }
  for (const [hostId, { guests }] of news) last.set(hostId, { said: inShort(guests), at: now });
  return true;
}

const inShort = (guests: Ping['guests']): string => guests.map(({ name, power }) => `${name} ${power}`).join();
