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
const ownMs = (pid: number): number => (Number(statOf(pid)[11] ?? 0) + Number(statOf(pid)[12] ?? 0)) * TICK_MS;

/** With all its children: PostgreSQL and its backends. */
export function treeMs(pid: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(statOf(name)[1]) === pid)
    .map(Number);
  return [pid, ...children].reduce((sum, one) => sum + ownMs(one), 0);
}

export const processMs = ownMs;
export const rssMib = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024);
