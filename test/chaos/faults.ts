// Does to the cloud what the plan says, one fault after the other; each ends by itself.
import { setTimeout as pass } from 'node:timers/promises';
import type { Fault, FaultKind } from './plan.ts';
import type { Processes, ServerProcess } from './servers.ts';

export interface FaultOptions {
  processes: Processes;
  hosts: readonly string[];
  faults: readonly Fault[];
  /** Changes that clients were told of so far. */
  progress: () => number;
  say: (text: string) => void;
}

/** Does one fault; resolves when the next may come. `later` is what ends it. */
interface Striking {
  processes: Processes;
  hosts: readonly string[];
  fault: Fault;
  later: (work: () => Promise<void>) => void;
}

const RETURN_WITHIN_MS = 120_000;
/** Nothing may happen for so long while the cloud is away. */
const IDLE_MS = 8_000;
const FAIL_SHARE = 0.15;
const LOSE_SHARE = 0.2;
const SLOW_MS = 400;
const USUAL_MS = 8;

/** Every call takes this long where nothing else is said, so that faults meet jobs in the middle. */
export const USUAL_KNOBS = { latencyMs: USUAL_MS, failShare: 0, loseReplyShare: 0 };

const alive = ({ servers }: Processes): ServerProcess[] => servers.filter((server) => server.ready && !server.paused);
const struck = <T>(of: readonly T[], { at }: Fault): T => of[Math.floor(at * of.length)]!;

const strikes: Readonly<Record<FaultKind, (striking: Striking) => Promise<void>>> = {
  kill: async ({ processes, fault, later }) => {
    const server = struck(await someAlive(processes), fault);
    await processes.killServer(server);
    later(async () => {
      await pass(fault.lastsMs);
      await startAgain(processes, server);
    });
  },
  pause: async ({ processes, fault, later }) => {
    const server = struck(await someAlive(processes), fault);
    const { child } = server;
    server.paused = true;
    child!.kill('SIGSTOP');
    later(async () => {
      await pass(fault.lastsMs);
      if (server.child !== child) return;
      child!.kill('SIGCONT');
      server.paused = false;
    });
  },
  database: ({ processes, fault }) => processes.crashDatabase(fault.lastsMs),
  cut: async ({ processes, hosts, fault }) => {
    await processes.simulator({ cut: fault.at < 0.2 ? hosts : [struck(hosts, fault)] });
  },
  fail: (striking) => misbehave(striking, { failShare: FAIL_SHARE }, { failShare: 0 }),
  slow: (striking) => misbehave(striking, { latencyMs: SLOW_MS }, { latencyMs: USUAL_MS }),
  lose: (striking) => misbehave(striking, { loseReplyShare: LOSE_SHARE }, { loseReplyShare: 0 }),
};

type Knobs = Partial<typeof USUAL_KNOBS>;
async function misbehave({ processes, fault, later }: Striking, on: Knobs, off: Knobs): Promise<void> {
  await processes.simulator({ knobs: on });
  later(async () => {
    await pass(fault.lastsMs);
    await processes.simulator({ knobs: off });
  });
}

/** Some server that can be struck; they come again by themselves. */
async function someAlive(processes: Processes): Promise<ServerProcess[]> {
  for (const end = Date.now() + RETURN_WITHIN_MS; Date.now() < end; await pass(50)) {
    const servers = alive(processes);
    if (servers.length > 0) return servers;
  }
  throw new Error(`no server is up for ${RETURN_WITHIN_MS / 1000} s; with --keep the logs are in ${processes.dir}`);
}

/** A server that cannot start because the database is away is started again by whoever runs it. */
async function startAgain(processes: Processes, server: ServerProcess): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await processes.startServer(server);
      return;
    } catch (error) {
      if (tries === 20) throw error;
      await pass(500);
    }
  }
}

/** On a slow machine faults must not follow each other so fast that nothing happens between them. */
async function something(progress: () => number): Promise<void> {
  const before = progress();
  for (const end = Date.now() + IDLE_MS; Date.now() < end && progress() === before;) await pass(20);
}

/** Resolves when all have struck and all have ended. */
export async function strike({
  processes,
  hosts,
  faults,
  progress,
  say,
}: FaultOptions): Promise<Record<FaultKind, number>> {
  const done: Record<FaultKind, number> = { kill: 0, pause: 0, database: 0, cut: 0, fail: 0, slow: 0, lose: 0 };
  const ending = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const later = (work: () => Promise<void>): void => {
    const end = work()
      .catch((error: unknown) => void failures.push(error))
      .finally(() => ending.delete(end));
    ending.add(end);
  };
  for (const [index, fault] of faults.entries()) {
    await pass(fault.afterMs);
    await something(progress);
    await strikes[fault.kind]({ processes, hosts, fault, later });
    done[fault.kind] += 1;
    if ((index + 1) % 50 === 0) say(`${index + 1} of ${faults.length} faults`);
    if (failures.length > 0) throw failures[0];
  }
  await Promise.all(ending);
  if (failures.length > 0) throw failures[0];
  await processes.simulator({ knobs: USUAL_KNOBS });
  return done;
}
