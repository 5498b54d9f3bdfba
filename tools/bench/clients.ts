// Many API clients at once, each with a connection of its own that it keeps: played by processes of their own, as a process may
// have 20,000 files open and the servers that answer have their own to open.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { percentile } from './region-world.ts';

const WORKER = fileURLToPath(new URL('./clients.worker.ts', import.meta.url));
const PER_PROCESS = 5_000;

export interface Crowd {
  /** Each client keeps to one. */
  urls: readonly string[];
  clients: number;
  /** Of each client, one after the other. */
  requests: number;
}
/** A process's share of a crowd. */
export type Share = Crowd & { first: number };
export interface Answers {
  times: number[];
  /** What went wrong: how often. */
  wrong: Record<string, number>;
  /** Most connections that were open at one time. */
  open: number;
}
export interface Crowded {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  wrong: Record<string, number>;
  open: number;
}

/** All connect first; when every one of them is connected or refused, they begin to ask. */
export async function crowd(wanted: Crowd): Promise<Crowded> {
  const shares: Share[] = [];
  for (let first = 0; first < wanted.clients; first += PER_PROCESS)
    shares.push({ ...wanted, first, clients: Math.min(PER_PROCESS, wanted.clients - first) });
  const processes = shares.map((share) => play(share));
  try {
    await Promise.all(processes.map(({ connected }) => connected));
    const began = performance.now();
    for (const { go } of processes) go();
    const answers = await Promise.all(processes.map(({ answers }) => answers));
    const seconds = (performance.now() - began) / 1000;
    const times = answers.flatMap((one) => one.times);
    const wrong: Record<string, number> = {};
    for (const one of answers) for (const [what, n] of Object.entries(one.wrong)) wrong[what] = (wrong[what] ?? 0) + n;
    return {
      perSecond: times.length / seconds,
      p50Ms: percentile(times, 0.5),
      p99Ms: percentile(times, 0.99),
      wrong,
      open: answers.reduce((sum, { open }) => sum + open, 0),
    };
  } finally {
    for (const { end } of processes) end();
  }
}

interface Playing {
  connected: Promise<void>;
  answers: Promise<Answers>;
  go(): void;
  end(): void;
}

function play(share: Share): Playing {
  const child = fork(WORKER, [JSON.stringify(share)], { serialization: 'advanced' });
  const connected = Promise.withResolvers<void>();
  const answers = Promise.withResolvers<Answers>();
  child.on('message', (said: 'connected' | Answers) => {
    if (said === 'connected') connected.resolve();
    else answers.resolve(said);
  });
  child.once('exit', (code, signal) => {
    const ended = new Error(`a process of clients ended (${signal ?? code})`);
    connected.reject(ended);
    answers.reject(ended);
  });
  answers.promise.catch(() => {}); // told by whoever waits for it
  return {
    connected: connected.promise,
    answers: answers.promise,
    go: () => child.send('go'),
    end: () => child.kill(),
  };
}
