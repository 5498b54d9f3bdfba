// Which processes belong to a laboratory, told by the kernel's own namespaces and never by a program's name:
// a process of a host shares the host's UTS namespace (nothing a host runs leaves that), one of the Internet or the
// fabric shares its network namespace. Invariant: a process of somebody else is never signalled.
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { LAB_ENVIRONMENT, fabricOf, internetOf, KEEP_DIR, netnsFile } from './names.ts';

/** The kernel's number of a namespace that a file keeps, or undefined when nothing is mounted there (any more). */
export async function namespaceNumber(file: string): Promise<number | undefined> {
  // All namespaces are files of one kernel file system; a keeper whose mount is gone is a file of another one.
  const [kept, mine] = await Promise.all([stat(file).catch(() => undefined), stat('/proc/self/ns/net')]);
  return kept !== undefined && kept.dev === mine.dev ? kept.ino : undefined;
}

async function processNumber(pid: string, kind: 'uts' | 'net'): Promise<number | undefined> {
  try {
    return Number(/\[(\d+)\]/.exec(await readlink(`/proc/${pid}/ns/${kind}`))?.[1]);
  } catch {
    return undefined; // it ended meanwhile, or is a kernel thread
  }
}

const pids = async (): Promise<string[]> =>
  (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid);

export type Kept = { uts: Set<number>; net: Set<number> };

/** The namespaces that still exist of the laboratory of this name. */
export async function keptNamespaces(name: string): Promise<Kept> {
  const keepers = await readdir(`${KEEP_DIR}/${name}`).catch(() => []);
  const [uts, net] = await Promise.all([
    Promise.all(
      keepers.filter((file) => file.endsWith('.uts')).map((file) => namespaceNumber(`${KEEP_DIR}/${name}/${file}`)),
    ),
    Promise.all([fabricOf(name), internetOf(name)].map((netns) => namespaceNumber(netnsFile(netns)))),
  ]);
  const known = (numbers: (number | undefined)[]): Set<number> => new Set(numbers.filter((n) => n !== undefined));
  return { uts: known(uts), net: known(net) };
}

export async function processesOf(kept: Kept): Promise<number[]> {
  if (kept.uts.size === 0 && kept.net.size === 0) return [];
  const all = await Promise.all(
    (await pids()).map(async (pid) => {
      const [uts, net] = await Promise.all([processNumber(pid, 'uts'), processNumber(pid, 'net')]);
      const ours = (uts !== undefined && kept.uts.has(uts)) || (net !== undefined && kept.net.has(net));
      return ours ? Number(pid) : undefined;
    }),
  );
  return all.filter((pid) => pid !== undefined);
}

/** Processes that carry the laboratory's mark (environment or control group) although its namespaces are gone. */
export async function markedProcesses(name: string): Promise<number[]> {
  const group = new RegExp(`/${name}-h\\d+(/|$)`, 'm');
  const all = await Promise.all(
    (await pids()).map(async (pid) => {
      const [environ, groups, state] = await Promise.all(
        ['environ', 'cgroup', 'stat'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      );
      const marked = environ!.split('\0').includes(`${LAB_ENVIRONMENT}=${name}`) || group.test(groups!);
      const ended = /^\d+ \(.*\) Z/s.test(state!); // only its parent has not looked yet
      return marked && !ended ? Number(pid) : undefined;
    }),
  );
  return all.filter((pid) => pid !== undefined);
}
