// The numbers of this process, as Prometheus reads them: requests, jobs, keepers, calls to hosts, links, database, event loop.
// Counted where they happen, so that a scrape asks nobody. What is true of the whole cloud is in cloud-metrics.ts.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Meter } from '#kernel/meter.ts';

export interface Metrics extends Meter {
  requestAnswered(command: string, status: number, seconds: number): void;
  hostCalled(method: string, outcome: string, seconds: number): void;
  /** In Prometheus's text form. */
  text(): Promise<string>;
  /** Ends the timers that measure the event loop. */
  close(): void;
}

/** Asked at each scrape. */
export interface Sources {
  readonly pool: () => { totalCount: number; idleCount: number; waitingCount: number };
  readonly links: () => number;
  readonly runningJobs: () => number;
}

const SHORT = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LONG = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800];

export function openMetrics(sources: Sources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'nephos_' });
  const registers = [registry];
  const requests = new Counter({
    name: 'nephos_http_requests_total',
    help: 'API calls answered, by command and HTTP status',
    labelNames: ['command', 'status'],
    registers,
  });
  const requestSeconds = histogram('nephos_http_request_duration_seconds', 'How long API calls took', ['command']);
  const jobSeconds = histogram(
    'nephos_job_duration_seconds',
    'How long jobs ran here until they ended',
    ['kind', 'outcome'],
    LONG,
  );
  const takenOver = new Counter({
    name: 'nephos_jobs_taken_over_total',
    help: 'Jobs of servers that died, put back in line by this one',
    registers,
  });
  const keeperSeconds = histogram(
    'nephos_keeper_duration_seconds',
    'How long keepers ran here',
    ['keeper', 'outcome'],
    LONG,
  );
  const callSeconds = histogram(
    'nephos_host_call_duration_seconds',
    'How long calls to hosts took',
    ['method', 'outcome'],
    LONG,
  );
  gauges(registers, sources);

  function histogram(name: string, help: string, labelNames: string[], buckets = SHORT): Histogram {
    return new Histogram({ name, help, labelNames, buckets, registers });
  }
  return {
    requestAnswered: (command, status, seconds) => {
      requests.inc({ command, status });
      requestSeconds.observe({ command }, seconds);
    },
    jobEnded: (kind, outcome, seconds) => jobSeconds.observe({ kind, outcome }, seconds),
    tookOver: (jobs) => takenOver.inc(jobs),
    keeperRan: (keeper, ok, seconds) => keeperSeconds.observe({ keeper, outcome: ok ? 'done' : 'failed' }, seconds),
    hostCalled: (method, outcome, seconds) => callSeconds.observe({ method, outcome }, seconds),
    text: () => registry.metrics(),
    close: () => registry.clear(),
  };
}

function gauges(registers: Registry[], { pool, links, runningJobs }: Sources): void {
  new Gauge({
    name: 'nephos_database_connections',
    help: 'Connections of this server to the database; waiting: statements that wait for one',
    labelNames: ['state'],
    registers,
    collect() {
      const { totalCount, idleCount, waitingCount } = pool();
      this.set({ state: 'busy' }, totalCount - idleCount);
      this.set({ state: 'idle' }, idleCount);
      this.set({ state: 'waiting' }, waitingCount);
    },
  });
  new Gauge({
    name: 'nephos_agent_links',
    help: 'Hosts that are connected to this server',
    registers,
    collect() {
      this.set(links());
    },
  });
  new Gauge({
    name: 'nephos_jobs_running_here',
    help: 'Jobs that this server runs now',
    registers,
    collect() {
      this.set(runningJobs());
    },
  });
}
