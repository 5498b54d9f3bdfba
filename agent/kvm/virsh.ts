// Talking to libvirt through virsh with argument vectors, and reading what it prints. One process per question (some
// 20 ms): slower than a connection of our own, but a libvirtd that restarts or hangs costs one call and nothing else.
// Invariant: a guest's name is always matched by the protocol's pattern, so it never looks like an option.
import { CommandFailed, run } from '../process.ts';

export type Virsh = {
  uri: string;
  /** Standard output. Rejects with CommandFailed. */
  (argv: readonly string[], options?: { timeoutS?: number }): Promise<string>;
};

const DEFAULT_TIMEOUT_S = 60;

export function makeVirsh(uri: string): Virsh {
  const ask = async (argv: readonly string[], options: { timeoutS?: number } = {}): Promise<string> =>
    (await run(['virsh', '--connect', uri, '--quiet', ...argv], { timeoutS: DEFAULT_TIMEOUT_S, ...options })).stdout;
  return Object.assign(ask, { uri });
}

/** The domain is not there (virsh has one exit code for everything, so its words must tell). */
export const isNoDomain = (error: unknown): boolean =>
  error instanceof CommandFailed &&
  /failed to get domain|Domain not found|no domain with matching|domain is not running/i.test(error.tail);

/** Undefined instead of an error where the domain is not there (any more). */
export async function unlessGone<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (isNoDomain(error)) return undefined;
    throw error;
  }
}

export type DomainState = 'running' | 'paused' | 'off';

/** Undefined when libvirt knows no such domain. */
export async function domainState(virsh: Virsh, name: string): Promise<DomainState | undefined> {
  const text = (await unlessGone(virsh(['domstate', name])))?.trim();
  if (text === undefined) return undefined;
  if (text === 'shut off' || text === 'crashed') return 'off';
  return text === 'paused' || text === 'pmsuspended' ? 'paused' : 'running'; // also idle, in shutdown
}

/** Disks as libvirt sees them: target and file (null for an empty drive). Empty when the domain is gone. */
export async function domainDisks(virsh: Virsh, name: string): Promise<{ target: string; file: string | null }[]> {
  const text = (await unlessGone(virsh(['domblklist', name]))) ?? '';
  return text.split('\n').flatMap((line) => {
    const found = /^\s*(\S+)\s+(.+?)\s*$/.exec(line);
    return found === null ? [] : [{ target: found[1]!, file: found[2] === '-' ? null : found[2]! }];
  });
}

export async function domainMacs(virsh: Virsh, name: string): Promise<Map<string, string>> {
  const text = (await unlessGone(virsh(['domiflist', name]))) ?? '';
  // Interface, type, source, model, MAC
  const rows = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row.length >= 5);
  return new Map(rows.map((row) => [row[4]!.toLowerCase(), row[0]!]));
}

/** `domstats` prints a line per domain and then key=value lines. */
export function parseDomstats(text: string): Map<string, Map<string, string>> {
  const domains = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split('\n')) {
    const name = /^Domain: '(.*)'$/.exec(line.trim())?.[1];
    if (name !== undefined) domains.set(name, (current = new Map()));
    const [key, value] = line.trim().split(/=(.*)/s);
    if (name === undefined && value !== undefined) current?.set(key!, value);
  }
  return domains;
}
