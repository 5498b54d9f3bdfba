// What hosts tell, written down: who is there, which guests run, what the agent had to repair.
import { heardOfHosts, hostConnected } from '#cloud/host/status.ts';
import { powerReported } from '#cloud/vm/power.ts';
import { keepUsage, UsageMeter, type UsageSample } from '#cloud/vm/usage.ts';
import { passwordTaken, routerRepaired } from '#cloud/network/router-news.ts';
import type { World } from '#cloud/context.ts';
import type { Db } from '#kernel/db.ts';
import { isLost } from '#kernel/db.ts';
import type { Log } from '#kernel/log.ts';
import type { ReportBody } from '#protocol/messages.ts';
import type { Ended, HubEvents } from './agents.ts';
import { linksDown, linkUp } from './links.store.ts';

const FLUSH_MS = 1_000;
const GONE_AFTER_MS = 20;

export interface HostEventsOptions {
  db: Db;
  log: Log;
  /** Whose links these are. */
  self: { id: number; run: number };
  world: () => World;
  /** Rows of links changed. */
  tell: () => void;
}

export function hostEvents({ db, log, self, world, tell }: HostEventsOptions): HubEvents {
  const heard = new Map<number, { cpuUsedPercent: number; memoryUsedMib: number; sequence: number }>();
  const usage = new UsageMeter(() => world().settings.number('vm.stats.interval'));
  let used: UsageSample[] = [];
  let gone: Ended[] = [];
  let timer: NodeJS.Timeout | undefined;
  let ending: NodeJS.Timeout | undefined;
  const report =
    (what: string) =>
    (error: unknown): void => {
      if (!isLost(error)) log.warn({ err: error }, what);
    };
  /** Pings of all hosts of a second are one statement. */
  const flush = (): void => {
    timer = undefined;
    const batch = [...heard].map(([hostId, ping]) => ({ hostId, ...ping }));
    heard.clear();
    if (batch.length > 0) void heardOfHosts(db.read, batch).catch(report('hosts.heard.failed'));
    const samples = used;
    used = [];
    if (samples.length > 0) void keepUsage(db, world().settings, samples).catch(report('usage.keep.failed'));
  };
  /** So are the links that end within a moment. */
  const writeGone = (): void => {
    ending = undefined;
    const batch = gone;
    gone = [];
    void linksDown(db.read, batch)
      .then(() => {
        tell();
        world().poke('hosts.liveness');
      })
      .catch(report('links.down.failed'));
  };
  return {
    connected: async (facts) => {
      const link = await db.tx(async (tx) => {
        const hostId = await hostConnected(tx, facts);
        return linkUp(tx, { facts, hostId, serverId: self.id, run: self.run });
      });
      tell();
      return link;
    },
    disconnected: (link) => {
      gone.push(link);
      if (link.hostId !== undefined) usage.forget(link.hostId);
      ending ??= setTimeout(writeGone, GONE_AFTER_MS);
    },
    report: (hostId, name, body) => {
      if (name === 'ping') {
        const ping = body as ReportBody<'ping'>;
        heard.set(hostId, {
          cpuUsedPercent: ping.cpuUsedPercent,
          memoryUsedMib: ping.memoryUsedMib,
          sequence: ping.sequence,
        });
        used.push(...usage.heard(hostId, ping.guests, performance.now()));
        timer ??= setTimeout(flush, FLUSH_MS);
        void powerReported(world(), hostId, ping).catch(report('power.report.failed'));
      } else if (name === 'repaired')
        void routerRepaired(db, body as ReportBody<'repaired'>).catch(report('router.repaired.failed'));
      else if (name === 'passwordTaken')
        void passwordTaken(db, body as ReportBody<'passwordTaken'>).catch(report('password.taken.failed'));
    },
  };
}
