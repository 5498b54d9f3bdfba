// CPU time and memory of processes, as the kernel counts them: hardly disturbed by neighbours, unlike seconds.
import { readdirSync, readFileSync } from 'node:fs';

const TICK_MS = 10;
const statOf = (pid: number | string): string[] => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  } catch {
    return [];
  }
};
const ticks = (stat: readonly string[], from: number): number => Number(stat[from] ?? 0) + Number(stat[from + 1] ?? 0);
const ownMs = (pid: number): number => ticks(statOf(pid), 11) * TICK_MS;
/** Of children that ended and were waited for. */
const goneMs = (pid: number): number => ticks(statOf(pid), 13) * TICK_MS;

/** With all its children, those that ended too: PostgreSQL and its backends. */
export function treeMs(pid: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(statOf(name)[1]) === pid)
    .map(Number);
  return [pid, ...children].reduce((sum, one) => sum + ownMs(one), goneMs(pid));
}

export const processMs = ownMs;
export const rssMib = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
