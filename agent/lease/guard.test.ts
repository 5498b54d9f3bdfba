// The guard and the leases on real files: who may run what, and that a guest ends in time, whatever the storage does.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { pino } from 'pino';
import type { DiskSpec } from '#protocol/messages.ts';
import { until } from '../fake-server.ts';
import { readHeartbeat, writePill } from './files.ts';
import { makeGuard, type Guard } from './guard.ts';
import { openLeases, type Leases } from './leases.ts';
import { readStatus, writeHeld } from './local.ts';

const A = '11111111-1111-4111-8111-111111111111';
const B = '22222222-2222-4222-8222-222222222222';
const VOLUME = '33333333-3333-4333-8333-333333333333';
const PILL = '44444444-4444-4444-8444-444444444444';
const POOL = '55555555-5555-4555-8555-555555555555';
const log = pino({ level: 'silent' });

let dir: string;
let pool: { path: string };
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nephos-lease-'));
  pool = { path: join(dir, 'pool') };
  await mkdir(pool.path);
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const disk = (): DiskSpec => ({
  volumeId: VOLUME,
  pool: { id: POOL, kind: 'SharedMountPoint', path: pool.path },
  format: 'qcow2',
  device: 0,
});

/** A guard whose clock and guests are the test's. */
function scene(starting = false): { guard: Guard; ended: string[]; clock: { ms: number }; statusFile: string } {
  const heldDir = join(dir, 'held');
  const statusFile = join(dir, 'guard.json');
  writeHeld(heldDir, {
    guest: 'i-1',
    starting,
    pools: [{ id: POOL, path: pool.path }],
    volumes: [{ id: VOLUME, path: pool.path }],
  });
  const ended: string[] = [];
  const clock = { ms: 1_000_000 };
  const guard = makeGuard(
    { host: A, heldDir, statusFile, renewEveryMs: 2_000, killAfterS: 15 },
    { now: () => clock.ms, end: (guest) => ended.push(guest) > 0, say: () => {} },
  );
  return { guard, ended, clock, statusFile };
}
const beats = async (): Promise<number> => (await readHeartbeat(pool, A))?.count ?? 0;
async function renewed(guard: Guard): Promise<void> {
  const before = await beats();
  await until(async () => {
    guard.tick();
    return (await beats()) > before;
  });
}

test('storage that cannot be written ends the guest after the time that was promised, and not before', async () => {
  const { guard, ended, clock } = scene();
  await renewed(guard);
  await rm(pool.path, { recursive: true });
  await symlink('/proc/nowhere', pool.path);
  clock.ms += 14_000;
  guard.tick();
  assert.deepEqual(ended, []);
  clock.ms += 2_000;
  guard.tick();
  assert.deepEqual(ended, ['i-1']);
});

test('the time counts on over a restart of the guard', async () => {
  const first = scene();
  await renewed(first.guard);
  first.guard.tick();
  await rm(pool.path, { recursive: true });
  await symlink('/proc/nowhere', pool.path);
  const second = scene();
  second.clock.ms += 16_000;
  second.guard.tick();
  assert.deepEqual(second.ended, ['i-1']);
});

test('a pill ends the guest, and only then the heartbeat says so; a guest that is being started keeps it from saying so', async () => {
  const { guard, ended } = scene();
  await renewed(guard);
  assert.equal((await readHeartbeat(pool, A))?.fenced, null);
  await writePill(pool, A, { id: PILL, off: false });
  await renewed(guard);
  assert.deepEqual(ended.slice(0, 1), ['i-1']);
  assert.equal((await readHeartbeat(pool, A))?.fenced, PILL);
  const starting = scene(true);
  // The first guard may still be writing its last heartbeat.
  await until(async () => {
    starting.guard.tick();
    return (await readHeartbeat(pool, A))?.fenced === null;
  });
});

test('one host owns a volume: another gets it when the first is silent for long enough, not while it lives', async () => {
  const opened: { leases: Leases; statusFile: string }[] = [];
  const host = async (guid: string): Promise<Leases> => {
    const own = join(dir, guid);
    await mkdir(own);
    const leases = await openLeases({ host: guid, dataDir: own, runDir: own, renewEveryMs: 100, killAfterS: 1, log });
    opened.push({ leases, statusFile: join(own, 'guard.json') });
    return leases;
  };
  const endGuard = (index: number): void => {
    opened[index]!.leases.stop();
    process.kill(readStatus(opened[index]!.statusFile)!.pid, 'SIGKILL');
  };
  try {
    const [a, b] = [await host(A), await host(B)];
    await a.acquire({ name: 'i-1', disks: [disk()] });
    a.started('i-1');
    await assert.rejects(b.acquire({ name: 'i-1', disks: [disk()] }), /is host 1{8}.*, which is alive on the pool/);
    await a.handOver({ disks: [disk()], name: 'i-1' }, B);
    await b.check({ name: 'i-1', disks: [disk()] });
    await assert.rejects(a.check({ name: 'i-1', disks: [disk()] }), /is 2{8}/);
    await a.handOver({ disks: [disk()], name: 'i-1' }, A);
    endGuard(0); // the host has died
    await b.acquire({ name: 'i-1', disks: [disk()] });
    await b.check({ name: 'i-1', disks: [disk()] });
    await b.release('i-1');
    assert.deepEqual(await readdir(join(pool.path, '.nephos', 'volumes')), []);
  } finally {
    for (const index of opened.keys()) {
      opened[index]!.leases.stop();
      const pid = readStatus(opened[index]!.statusFile)?.pid;
      if (pid !== undefined)
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          /* it has ended */
        }
    }
  }
});
