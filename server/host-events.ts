// What hosts tell, written down: who is there, which guests run, what the agent had to repair.
import { heardOfHosts, hostConnected } from '#cloud/host/status.ts';
import { powerReported } from '#cloud/vm/power.ts';
import { passwordTaken, routerRepaired } from '#cloud/network/router-news.ts';
import type { World } from '#cloud/context.ts';
import type { Db } from '#kernel/db.ts';
import { isLost } from '#kernel/db.ts';
import type { Log } from '#kernel/log.ts';
import type { ReportBody } from '#protocol/messages.ts';
import type { HubEvents } from './agents.ts';

const FLUSH_MS = 1_000;

export function hostEvents({ db, log, world }: { db: Db; log: Log; world: () => World }): HubEvents {
  const heard = new Map<number, { cpuUsedPercent: number; memoryUsedMib: number; sequence: number }>();
  let timer: NodeJS.Timeout | undefined;
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
  };
  return {
    connected: async (facts) => db.tx((tx) => hostConnected(tx, facts)),
    disconnected: () => world().poke('hosts.liveness'),
    report: (hostId, name, body) => {
      if (name === 'ping') {
        const ping = body as ReportBody<'ping'>;
        heard.set(hostId, {
          cpuUsedPercent: ping.cpuUsedPercent,
          memoryUsedMib: ping.memoryUsedMib,
          sequence: ping.sequence,
        });
        timer ??= setTimeout(flush, FLUSH_MS);
        void powerReported(world(), hostId, ping).catch(report('power.report.failed'));
      } else if (name === 'repaired')
        void routerRepaired(db, body as ReportBody<'repaired'>).catch(report('router.repaired.failed'));
      else if (name === 'passwordTaken')
        void passwordTaken(db, body as ReportBody<'passwordTaken'>).catch(report('password.taken.failed'));
    },
  };
}
