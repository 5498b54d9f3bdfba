// Families of ours about the whole cloud, the same from every server: what waits, what runs late, what needs somebody.
import { jobNumbers, keeperNumbers, serverStates, standingAlerts } from './exporter.store.ts';
import type { Family, Reading } from './family.ts';

export async function ownFamilies({ tx }: Reading): Promise<Family[]> {
  const [jobs, keepers, alerts, servers] = [
    await jobNumbers(tx),
    await keeperNumbers(tx),
    await standingAlerts(tx),
    await serverStates(tx),
  ];
  const waiting = jobs.filter(({ state }) => state === 'queued');
  const secondsOf = (date: Date | null): number => (date === null ? 0 : date.getTime() / 1000);
  return [
    {
      name: 'nephos_jobs',
      help: 'Jobs that are not finished, by state (queued, blocked by an earlier one in their lane, running, undoing) and kind',
      samples: jobs.map(({ state, kind, n }) => ({ labels: { state, kind }, value: n })),
    },
    {
      name: 'nephos_queue_depth',
      help: 'Jobs that could run now and wait for a server',
      samples: [{ labels: {}, value: waiting.reduce((sum, { n }) => sum + n, 0) }],
    },
    {
      name: 'nephos_queue_oldest_seconds',
      help: 'How long the oldest of those has waited',
      samples: [{ labels: {}, value: Math.max(0, ...waiting.map(({ oldestS }) => oldestS)) }],
    },
    {
      name: 'nephos_keeper_last_end_timestamp_seconds',
      help: 'When each keeper last ended, on any server',
      samples: keepers.map(({ name, lastEnd }) => ({ labels: { keeper: name }, value: secondsOf(lastEnd) })),
    },
    {
      name: 'nephos_keeper_failing',
      help: '1 where the last run of the keeper failed',
      samples: keepers.map(({ name, failing }) => ({ labels: { keeper: name }, value: failing ? 1 : 0 })),
    },
    {
      name: 'nephos_keeper_late_seconds',
      help: 'How long ago the keeper should have begun',
      samples: keepers.map(({ name, lateS }) => ({ labels: { keeper: name }, value: lateS })),
    },
    {
      name: 'nephos_alerts',
      help: 'Alerts that stand, by kind',
      samples: alerts.map(({ name, n }) => ({ labels: { kind: name }, value: n })),
    },
    {
      name: 'nephos_management_servers',
      help: 'Management servers by state; Silent: believed to be up, not heard for half a minute',
      samples: servers.map(({ state, n }) => ({ labels: { state }, value: n })),
    },
  ];
}
