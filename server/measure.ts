// What this server tells of itself: the machine it runs on and how busy it is.
import { readFileSync, statfsSync } from 'node:fs';
import os from 'node:os';

function distribution(): string | undefined {
  try {
    return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

const busy = (): { used: number; total: number } =>
  os.cpus().reduce(
    (sum, { times }) => {
      const total = times.user + times.nice + times.sys + times.idle + times.irq;
      return { used: sum.used + total - times.idle, total: sum.total + total };
    },
    { used: 0, total: 0 },
  );

/** The disk that the server was started on: its logs are there, and often the database. */
function disk(path: string): { path: string; totalBytes: number; freeBytes: number } | undefined {
  try {
    const { bsize, blocks, bavail } = statfsSync(path);
    return { path, totalBytes: bsize * blocks, freeBytes: bsize * bavail };
  } catch {
    return undefined;
  }
}

export interface Own {
  databaseHost: string | undefined;
  /** Of the certificate that hosts see. */
  certificateExpires: () => Date;
  /** A folder on the disk that matters. */
  folder: string;
}

/** Each call measures the time since the call before. */
export function measurer({ databaseHost, certificateExpires, folder }: Own): () => Record<string, unknown> {
  const fixed = {
    kernel: os.release(),
    distribution: distribution(),
    node: process.version,
    cpus: os.cpus().length,
    databaseIsLocal: isLocal(databaseHost),
    bootedAt: new Date(Date.now() - os.uptime() * 1000).toISOString(),
  };
  let before = busy();
  return () => {
    const now = busy();
    const cpuPercent = now.total > before.total ? (100 * (now.used - before.used)) / (now.total - before.total) : 0;
    before = now;
    const { heapTotal, heapUsed } = process.memoryUsage();
    return {
      ...fixed,
      certificateExpires: certificateExpires().toISOString(),
      load: os.loadavg(),
      cpuPercent: Math.round(cpuPercent * 100) / 100,
      memoryTotal: os.totalmem(),
      memoryFree: os.freemem(),
      heapTotal,
      heapUsed,
      disk: disk(folder),
    };
  };
}

const isLocal = (host: string | undefined): boolean =>
  host === undefined ||
  host.startsWith('/') ||
  [
    'localhost',
    '127.0.0.1',
    '::1',
    ...Object.values(os.networkInterfaces()).flatMap((found) => found?.map(({ address }) => address) ?? []),
  ].includes(host);
