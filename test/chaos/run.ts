// One run: a cloud, tenants who go on asking, faults by plan, and when all is over the check of everything that must hold.
import { openDb, type Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { settled } from '../invariants/check.ts';
import { HOSTS, makeCloud } from './cloud.ts';
import { strike } from './faults.ts';
import { betrayed, openLedger, type Ledger } from './ledger.ts';
import type { FaultKind, Plan } from './plan.ts';
import { startProcesses, type ProcessOptions, type Processes } from './servers.ts';
import { live } from './tenant.ts';

export interface RunOptions extends ProcessOptions {
  plan: Plan;
  /** How long the cloud has to come to rest after the last fault. */
  settleMs: number;
  /** Leaves the data and the logs where they are if something is wrong. */
  keep?: boolean;
  /** Ends the run early; everything is stopped. */
  signal?: AbortSignal;
  say: (text: string) => void;
}
export interface Report {
  /** Sentences of what is wrong. */
  violations: string[];
  faults: Record<FaultKind, number>;
  /** Changes as clients were told of them. */
  told: Record<string, number>;
  jobs: { done: number; failed: number; cancelled: number; takenOver: number };
  settledMs: number;
  tookMs: number;
  /** Where data and logs were left. */
  kept?: string;
}

export async function runChaos(options: RunOptions): Promise<Report> {
  const { plan, say } = options;
  const began = Date.now();
  const processes = await startProcesses(options);
  let kept = options.keep === true; // also where it breaks off
  try {
    const cloud = await makeCloud(processes, plan.tenants.length);
    say(
      `a cloud of ${processes.servers.length} servers is up after ${since(began)}; ${plan.faults.length} faults follow`,
    );
    const db = openDb({ url: processes.databaseUrl, max: 3, application: 'chaos' });
    try {
      const report = await torture({ options, processes, cloud, db });
      kept &&= report.violations.length > 0;
      return { ...report, tookMs: Date.now() - began, ...(kept ? { kept: processes.dir } : {}) };
    } finally {
      await db.close();
    }
  } finally {
    await processes.stop({ keep: kept });
  }
}

const aborted = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

const told = (ledger: Ledger): number => Object.values(ledger.counts()).reduce((sum, n) => sum + n, 0);
const since = (began: number): string => `${((Date.now() - began) / 1000).toFixed(1)} s`;

interface Torture {
  options: RunOptions;
  processes: Processes;
  cloud: Awaited<ReturnType<typeof makeCloud>>;
  db: Db;
}

async function torture({ options, processes, cloud, db }: Torture): Promise<Omit<Report, 'tookMs'>> {
  const { plan, say, settleMs } = options;
  const ledger = openLedger();
  let over = false;
  const cancel = async (jobUuid: string): Promise<void> => {
    await db.read.run(sql`update job set cancel = true where uuid = ${jobUuid}`).catch(() => {}); // the database may be away
  };
  const tenants = Promise.all(
    cloud.tenants.map(({ name, client }, index) =>
      live({ name, client, ledger, shop: cloud.shop, wishes: plan.tenants[index]!, cancel, goOn: () => !over }),
    ),
  );
  const faults = await Promise.race([
    strike({ processes, hosts: HOSTS, faults: plan.faults, progress: () => told(ledger), say }),
    tenants.then(() => Promise.reject(new Error('the tenants ended before the faults'))),
    aborted(options.signal),
  ]);
  over = true;
  await tenants;
  const calm = Date.now();
  say(`the last fault is over after ${JSON.stringify(ledger.counts())}; waiting for rest`);
  const wrong = await settled({ db, held: () => processes.simulator({}), withinMs: settleMs });
  const settledMs = Date.now() - calm;
  return {
    violations: [...wrong, ...(await betrayed(db.read, ledger))],
    faults,
    told: ledger.counts(),
    jobs: await db.read
      .one(sql`select count(*) filter (where state = 'done')::int as done, count(*) filter (where state = 'failed')::int as failed,
      count(*) filter (where state = 'cancelled')::int as cancelled, count(*) filter (where attempts > 1)::int as "takenOver" from job`),
    settledMs,
  };
}
