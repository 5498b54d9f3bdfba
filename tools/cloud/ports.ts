// Is a port free, and if not, who holds it: told before anything is started.
import { createServer } from 'node:net';
import path from 'node:path';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export class PortTaken extends Error {}

/** Throws PortTaken with the holder's name and pid. */
export async function checkPort(host: string, port: number, change: string): Promise<void> {
  if (await isFree(host, port)) return;
  const holder = holderOf(port);
  throw new PortTaken(
    `${host}:${port} is in use${holder ? ` by ${holder}` : ''}. Stop that, or choose another with ${change}`,
  );
}

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });

const LISTENING = '0A';

function holderOf(port: number): string | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listening(file, port)));
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (holds(pid, inodes)) return `${programOf(pid)} (process ${pid})`;
  }
  return undefined;
}

/** As it was called: the kernel's short name of a process is that of its main thread, «MainThread» for every Node.js. */
function programOf(pid: string): string {
  const [program = '', script = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const name = path.basename(program);
  return name === 'node' && script ? `${name} ${path.basename(script)}` : name;
}

/** Socket inodes that listen on the port. */
function listening(file: string, port: number): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[3] === LISTENING && parseInt(fields[1]?.split(':')[1] ?? '0', 16) === port)
      .map((fields) => fields[9]!);
  } catch {
    return [];
  }
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) =>
      inodes.has(/^socket:\[(\d+)\]$/.exec(readlink(`/proc/${pid}/fd/${fd}`))?.[1] ?? ''),
    );
  } catch {
    return false;
  }
}
const readlink = (file: string): string => {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
};
