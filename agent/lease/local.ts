// What the agent and the guard of one host tell each other, in files of that host alone: which guests hold leases (the agent
// writes), and how the guard is doing (the guard writes). Times are the machine's monotonic clock, the same in both processes.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

const held = z.object({
  guest: z.string(),
  /** Its process is being started: the host cannot say that it is silent. */
  starting: z.boolean(),
  pools: z.array(z.object({ id: z.uuid(), path: z.string() })),
  volumes: z.array(z.object({ id: z.uuid(), path: z.string() })),
});
/** Leases of one guest: its pools, and its volumes by their pool's path. */
export type Held = z.output<typeof held>;

const status = z.object({
  pid: z.number().int(),
  /** By the pool's path: when the newest renewal that came through began. */
  renewedAt: z.record(z.string(), z.number()),
  /** By the pool's path: the pill that was taken. */
  fenced: z.record(z.string(), z.string()),
});
export type GuardStatus = z.output<typeof status>;

/** Synchronous: the guard must be able to look while storage hangs and all of Node's helpers wait for it. */
export function readHeld(dir: string): Held[] {
  return names(dir).flatMap((name) => {
    const one = parsed(held, join(dir, name));
    return one === undefined ? [] : [one];
  });
}
export function writeHeld(dir: string, one: Held): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  put(join(dir, `${one.guest}.json`), one);
}
export const readOneHeld = (dir: string, guest: string): Held | undefined => parsed(held, join(dir, `${guest}.json`));
export const removeHeld = (dir: string, guest: string): void => rmSync(join(dir, `${guest}.json`), { force: true });

export const readStatus = (file: string): GuardStatus | undefined => parsed(status, file);
export const writeStatus = (file: string, value: GuardStatus): void => put(file, value);

function names(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

function parsed<T>(shape: z.ZodType<T>, file: string): T | undefined {
  try {
    return shape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

function put(file: string, value: unknown): void {
  writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
