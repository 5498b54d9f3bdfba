// The agent's side of leases: a guest that uses shared storage runs only while this host owns its volumes there and the guard keeps
// the host's heartbeat alive. What another host owns is taken only from one that took a pill, or that was silent for longer than
// its guests may outlive its last renewal, as measured here by the monotonic clock.
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import type { DiskSpec, GuestSpec, PoolSpec } from '#protocol/messages.ts';
import { startDetached } from '../process.ts';
import { Refused } from '../refused.ts';
import {
  readHeartbeat,
  readOwner,
  readPill,
  type Pill,
  removeOwner,
  removePill,
  writeOwner,
  writePill,
} from './files.ts';
import type { GuardConfig } from './guard.ts';
import { monotonicMs, readHeld, readOneHeld, readStatus, removeHeld, writeHeld, type Held } from './local.ts';

export type LeaseOptions = {
  host: string;
  dataDir: string;
  runDir: string;
  renewEveryMs: number;
  killAfterS: number;
  log: Logger;
};
export type Watched = { seen: boolean; silentS: number; expired: boolean; fenced: string | null };
export type Leases = {
  /** Before the guest is started; `started` follows, or `release`. Refused: another host owns a volume and may run it. */
  acquire(guest: Pick<GuestSpec, 'name' | 'disks'>): Promise<void>;
  started(name: string): void;
  /** A disk comes to a guest that runs, or goes from it. */
  attach(name: string, disk: DiskSpec): Promise<void>;
  detach(name: string, volumeId: string): Promise<void>;
  /** The volumes are to be another host's, from now on: it runs here no more. */
  handOver(guest: Pick<GuestSpec, 'name' | 'disks'>, to: string): Promise<void>;
  /** Throws unless all its volumes are this host's. */
  check(guest: Pick<GuestSpec, 'name' | 'disks'>): Promise<void>;
  /** The guest is coming: the heartbeat is alive before its volumes are this host's. */
  expect(guest: Pick<GuestSpec, 'name' | 'disks'>): Promise<void>;
  /** The guest does not run here any more. */
  release(name: string): Promise<void>;
  watch(pool: PoolSpec, host: string): Promise<Watched>;
  fence(pool: PoolSpec, host: string, pill: Pill): Promise<void>;
  clear(pool: PoolSpec, host: string): Promise<void>;
  stop(): void;
};

/** Silent for this many times `killAfterS` and some more: its guests have ended, whatever it was doing. */
const EXPIRED_TIMES = 2;
const EXPIRED_MORE_S = 5;
const LOOK_MS = 50;
const RENEWAL_WITHIN_MS = 10_000;
const GUARD_LOOK_MS = 2_000;

const isShared = ({ pool }: DiskSpec): boolean => pool.kind !== 'Filesystem';
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Context = LeaseOptions & {
  heldDir: string;
  statusFile: string;
  /** Heartbeats as they were seen last, and since when they are the same. */
  seen: Map<string, { count: number; since: number }>;
};
type Guest = Pick<GuestSpec, 'name' | 'disks'>;

export async function openLeases(options: LeaseOptions): Promise<Leases> {
  const cx: Context = {
    ...options,
    heldDir: join(options.dataDir, 'leases'),
    statusFile: join(options.runDir, 'guard.json'),
    seen: new Map(),
  };
  await keepGuard(cx);
  const timer = setInterval(
    () => void keepGuard(cx).catch((error: Error) => cx.log.error({ reason: error.message }, 'guard.notStarted')),
    GUARD_LOOK_MS,
  );
  return {
    expect: (guest) => expect(cx, guest, false),
    acquire: (guest) => acquire(cx, guest),
    started: (name) => started(cx, name),
    release: (name) => release(cx, name),
    attach: (name, disk) => attach(cx, name, disk),
    detach: (name, volumeId) => detach(cx, name, volumeId),
    async handOver(guest, to) {
      for (const disk of guest.disks.filter(isShared)) await writeOwner(disk.pool, disk.volumeId, to);
    },
    check: (guest) => check(cx, guest),
    async watch(pool, host) {
      const { beaten: _, ...watched } = await look(cx, pool, host);
      return watched;
    },
    fence: (pool, host, pill) => writePill(pool, host, pill),
    clear: (pool, host) => removePill(pool, host),
    stop: () => clearInterval(timer),
  };
}

/** `beaten`: it was renewed since it was looked at before. */
async function look(
  { seen }: Context,
  pool: Pick<PoolSpec, 'path'>,
  host: string,
): Promise<Watched & { beaten: boolean }> {
  const beat = await readHeartbeat(pool, host);
  if (beat === undefined) return { seen: false, silentS: 0, expired: true, fenced: null, beaten: false };
  const key = `${pool.path}\0${host}`;
  const known = seen.get(key);
  const since = known?.count === beat.count ? known.since : monotonicMs();
  seen.set(key, { count: beat.count, since });
  const silentS = (monotonicMs() - since) / 1000;
  // A pill that says so was laid after the power was gone, and while it lies there the host starts nothing.
  const off = (await readPill(pool, host))?.off ?? false;
  const expired = off || silentS > EXPIRED_TIMES * beat.killAfterS + EXPIRED_MORE_S;
  const beaten = known !== undefined && known.count !== beat.count;
  return { seen: true, silentS, expired, fenced: beat.fenced, beaten };
}

/** Comes back when the other host cannot run the volume; refuses as soon as it is heard. */
async function waitForSilence(cx: Context, { pool, volumeId }: DiskSpec, other: string): Promise<void> {
  let now = { ...(await look(cx, pool, other)), beaten: false }; // what it did before this moment proves nothing
  while (!now.expired && now.fenced === null) {
    if (now.beaten) throw new Refused('refused', `volume ${volumeId} is host ${other}'s, which is alive on the pool`);
    await pause(LOOK_MS);
    now = await look(cx, pool, other);
  }
}

async function own(cx: Context, disk: DiskSpec): Promise<void> {
  const owner = await readOwner(disk.pool, disk.volumeId);
  if (owner === cx.host) return;
  if (owner !== undefined) {
    await waitForSilence(cx, disk, owner);
    cx.log.warn({ volume: disk.volumeId, from: owner }, 'lease.takenOver');
  }
  await writeOwner(disk.pool, disk.volumeId, cx.host);
}

/** The guard knows of the guest, and has renewed the heartbeat on its pools since. */
async function expect({ heldDir, statusFile }: Context, guest: Guest, starting: boolean): Promise<void> {
  const disks = guest.disks.filter(isShared);
  if (disks.length === 0) return;
  const began = monotonicMs();
  writeHeld(heldDir, heldOf(guest.name, disks, starting));
  const paths = [...new Set(disks.map(({ pool }) => pool.path))];
  for (;;) {
    const status = readStatus(statusFile);
    if (Object.keys(status?.fenced ?? {}).length > 0)
      throw new Refused('refused', 'this host is fenced: the cloud has not taken it up again yet');
    if (paths.every((path) => (status?.renewedAt[path] ?? 0) >= began)) return;
    if (monotonicMs() - began > RENEWAL_WITHIN_MS)
      throw new Refused('failed', `the guard of this host has not renewed its heartbeat on ${paths.join(', ')}`);
    await pause(LOOK_MS);
  }
}

async function acquire(cx: Context, guest: Guest): Promise<void> {
  try {
    await expect(cx, guest, true);
    for (const disk of guest.disks.filter(isShared)) await own(cx, disk);
  } catch (error) {
    await release(cx, guest.name);
    throw error;
  }
}

function started({ heldDir }: Context, name: string): void {
  const known = readOneHeld(heldDir, name);
  if (known) writeHeld(heldDir, { ...known, starting: false });
}

async function release({ heldDir, host }: Context, name: string): Promise<void> {
  for (const volume of readOneHeld(heldDir, name)?.volumes ?? [])
    if ((await readOwner(volume, volume.id).catch(() => undefined)) === host) await removeOwner(volume, volume.id);
  removeHeld(heldDir, name);
}

async function attach(cx: Context, name: string, disk: DiskSpec): Promise<void> {
  if (!isShared(disk)) return;
  await own(cx, disk);
  const known = readOneHeld(cx.heldDir, name) ?? { guest: name, starting: false, pools: [], volumes: [] };
  const { id, path } = disk.pool;
  writeHeld(cx.heldDir, {
    ...known,
    pools: [...known.pools.filter((pool) => pool.id !== id), { id, path }],
    volumes: [...known.volumes.filter((one) => one.id !== disk.volumeId), { id: disk.volumeId, path }],
  });
}

async function detach({ heldDir, host }: Context, name: string, volumeId: string): Promise<void> {
  const known = readOneHeld(heldDir, name);
  const volume = known?.volumes.find((one) => one.id === volumeId);
  if (!known || !volume) return;
  if ((await readOwner(volume, volumeId)) === host) await removeOwner(volume, volumeId);
  const volumes = known.volumes.filter((one) => one.id !== volumeId);
  const pools = known.pools.filter((pool) => volumes.some((one) => one.path === pool.path));
  writeHeld(heldDir, { ...known, pools, volumes });
}

async function check({ host }: Context, guest: Guest): Promise<void> {
  for (const disk of guest.disks.filter(isShared)) {
    const owner = await readOwner(disk.pool, disk.volumeId);
    if (owner !== host)
      throw new Refused('refused', `volume ${disk.volumeId} is ${owner ?? 'nobody'}'s yet, so its guest waits`);
  }
}

const heldOf = (guest: string, disks: readonly DiskSpec[], starting: boolean): Held => ({
  guest,
  starting,
  pools: [...new Map(disks.map(({ pool }) => [pool.id, { id: pool.id, path: pool.path }])).values()],
  volumes: disks.map(({ volumeId, pool }) => ({ id: volumeId, path: pool.path })),
});

/** Starts the guard unless it runs. It is nobody's child: it goes on when the agent ends. */
async function keepGuard({ heldDir, statusFile, ...options }: Context): Promise<void> {
  const file = join(options.dataDir, 'guard-config.json');
  if (await guardRuns(statusFile, file)) return;
  await mkdir(options.runDir, { recursive: true });
  const config: GuardConfig = {
    host: options.host,
    heldDir,
    statusFile,
    renewEveryMs: options.renewEveryMs,
    killAfterS: options.killAfterS,
  };
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  const log = await open(join(options.dataDir, 'guard.log'), 'a', 0o600);
  try {
    const program = new URL('guard.ts', import.meta.url).pathname;
    const pid = await startDetached([process.execPath, '--disable-warning=ExperimentalWarning', program, file], {
      logFd: log.fd,
      cwd: dirname(program),
    });
    options.log.info({ pid, held: readHeld(heldDir).length }, 'guard.started');
    await pause(GUARD_LOOK_MS / 2);
  } finally {
    await log.close();
  }
}

/** Known by its configuration: a pid alone could be somebody else's by now. */
async function guardRuns(statusFile: string, configFile: string): Promise<boolean> {
  const status = readStatus(statusFile);
  if (status === undefined) return false;
  const command = await readFile(`/proc/${status.pid}/cmdline`, 'utf8').catch(() => '');
  return command.split('\0').includes(configFile);
}
