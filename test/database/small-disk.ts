// A PostgreSQL of one's own whose cloud database lies on a disk of its own that is small: filled and emptied by a file. What it
// writes elsewhere (its log of changes) has room, so that it refuses statements instead of falling over.
import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startPostgres } from '#server/postgres.ts';

const run = promisify(execFile);
const SIZE_MIB = 96;

export interface SmallDisk {
  readonly url: string;
  /** As the database's superuser. */
  superuser(): Promise<pg.Client>;
  /** To the last byte. */
  fill(): void;
  empty(): void;
  stop(): Promise<void>;
}

/** Why it cannot be had, or undefined. */
export const noSmallDisk = (): string | undefined =>
  process.getuid!() === 0 ? undefined : 'a small disk is a mount, which takes root';

export async function startOnSmallDisk(settings: Readonly<Record<string, string>>): Promise<SmallDisk> {
  const dir = mkdtempSync(path.join(tmpdir(), 'nephos-small-disk-'));
  chmodSync(dir, 0o755); // as root the server runs as somebody else
  const [dataDir, disk] = [path.join(dir, 'db'), path.join(dir, 'disk')];
  const server = await startPostgres({ dataDir, durable: false, settings });
  mkdirSync(disk);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_MIB}m`, 'nephos-small-disk', disk]);
  const space = path.join(disk, 'space');
  mkdirSync(space, { mode: 0o700 });
  const { uid, gid } = statSync(dataDir);
  chownSync(space, uid, gid);
  const { port } = new URL(server.url);
  const superuser = async (): Promise<pg.Client> => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: Number(port),
      user: 'postgres',
      password: passwordOf(dataDir),
    });
    client.on('error', () => {});
    await client.connect();
    return client;
  };
  const admin = await superuser();
  await admin.query(`create tablespace small location '${space}'`);
  await admin.query('create database cloud owner nephos tablespace small');
  await admin.end();
  const ballast = path.join(disk, 'ballast');
  return {
    url: Object.assign(new URL(server.url), { pathname: '/cloud' }).toString(),
    superuser,
    fill: () => fill(ballast),
    empty: () => rmSync(ballast, { force: true }),
    stop: async () => {
      await server.stop();
      await run('umount', [disk]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const passwordOf = (dataDir: string): string =>
  (JSON.parse(readFileSync(`${dataDir}.secrets.json`, 'utf8')) as { postgres: string }).postgres;

function fill(file: string): void {
  const fd = openSync(file, 'a');
  try {
    for (const size of [1 << 20, 1 << 12])
      for (;;) {
        try {
          writeSync(fd, Buffer.alloc(size, 1));
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
          break;
        }
      }
  } finally {
    closeSync(fd);
  }
}
