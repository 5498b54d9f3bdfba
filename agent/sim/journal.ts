// What simulated hosts know, kept in a file that only grows while they run: one line per change, the last one of a thing counts.
// It is written anew, shortest, when it is opened. A line that a crash cut off is ignored.
import { open, readFile, rename } from 'node:fs/promises';
import type { SimState } from './host.ts';
import { makeSimStorage, type SimStorage, type StorageChange } from './storage.ts';

/** `h`: all a host holds. The others: one thing in storage, null where it went. */
export type Line = ['h', string, SimState] | StorageChange;

export interface Journal {
  readonly hosts: ReadonlyMap<string, SimState>;
  readonly storage: SimStorage;
  /** The host's state is written down soon. */
  hostChanged(name: string, state: () => SimState): void;
  flush(): Promise<void>;
  close(): Promise<void>;
}

const PAUSE_MS = 100;

/** Without a file nothing is kept. */
export async function openJournal(file: string | undefined, imagesDir?: string): Promise<Journal> {
  const hosts = new Map<string, SimState>();
  const dirty = new Map<string, () => SimState>();
  const lines: Line[] = [];
  let timer: NodeJS.Timeout | undefined;
  let keeping = false;
  const storage = makeSimStorage({
    imagesDir,
    changed: (change) => {
      if (!keeping) return;
      lines.push(change);
      soon();
    },
  });
  if (file) {
    await readInto(file, { hosts, storage });
    await rewrite(file, linesOf(hosts, storage));
    keeping = true;
  }
  const out = file ? await open(file, 'a', 0o600) : undefined;
  let writing: Promise<void> = Promise.resolve();
  const write = async (): Promise<void> => {
    const hostLines = [...dirty].map(([name, of]): Line => ['h', name, of()]);
    dirty.clear();
    const text = [...lines.splice(0), ...hostLines].map((line) => `${JSON.stringify(line)}\n`).join('');
    if (text && out) await out.appendFile(text);
  };
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    writing = writing.then(write, write);
    return writing;
  };
  const soon = (): void => {
    timer ??= setTimeout(() => void flush(), PAUSE_MS);
  };
  return {
    hosts,
    storage,
    hostChanged: (name, of) => {
      if (!file) return;
      dirty.set(name, of);
      soon();
    },
    flush,
    close: async () => {
      await flush();
      await out?.close();
    },
  };
}

export async function readInto(
  file: string,
  { hosts, storage }: { hosts: Map<string, SimState>; storage: Pick<SimStorage, 'put'> },
): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  for (const line of text.split('\n')) {
    const entry = parse(line);
    if (entry?.[0] === 'h') hosts.set(entry[1], entry[2]);
    else if (entry) storage.put(entry);
  }
}

function parse(line: string): Line | undefined {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}

const BATCH = 5_000;

/** Whole or not at all: the old file stands until the new one is complete. Also what a loader writes. */
export async function rewrite(file: string, lines: Iterable<Line>): Promise<void> {
  const out = await open(`${file}.new`, 'w', 0o600);
  let batch: string[] = [];
  for (const line of lines) {
    batch.push(JSON.stringify(line));
    if (batch.length < BATCH) continue;
    await out.appendFile(`${batch.join('\n')}\n`);
    batch = [];
  }
  if (batch.length > 0) await out.appendFile(`${batch.join('\n')}\n`);
  await out.close();
  await rename(`${file}.new`, file);
}

function* linesOf(hosts: ReadonlyMap<string, SimState>, storage: SimStorage): Generator<Line> {
  yield* storage.changes();
  for (const [name, state] of hosts) yield ['h', name, state];
}
