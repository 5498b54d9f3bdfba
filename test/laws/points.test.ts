// The engine at each of its debug points, in processes: killed there, and stopped there past its lease until another worker has
// taken its jobs and ended them. Every step's effect on the database is there once, whoever woke up later; the lane is empty.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { cloneDatabase } from '#test/database.ts';
import { openDb, type Db } from '#kernel/db.ts';
import type { DebugPoint } from '#kernel/probe.ts';
import { enqueue } from '#kernel/queue.ts';
import { sql } from '#kernel/sql.ts';
import { EFFECTS, trialEngine, trialOf } from './victim.ts';

const VICTIM = path.join(import.meta.dirname, 'victim.ts');

let db: Db;
let drop: () => Promise<void>;
before(async () => {
  const clone = await cloneDatabase();
  db = openDb({ url: clone.url, max: 12 });
  drop = clone.drop;
  await db.read.run(EFFECTS);
});
after(async () => {
  await db.close();
  await drop();
});

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await condition());) {
    assert.ok(Date.now() < end, `it did not come: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 15);
    });
  }
}

interface Victim {
  child: ChildProcess;
  /** Dead or stopped. */
  struck: () => boolean;
}

async function startVictim(kind: string, point: DebugPoint, signal: 'SIGKILL' | 'SIGSTOP'): Promise<Victim> {
  const child = spawn(process.execPath, [VICTIM, db.config.connectionString!, kind, point, signal], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`the victim ended (${code})`)));
  });
  child.removeAllListeners('exit');
  const stateOf = (): string => readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.slice(0, 1);
  return { child, struck: () => child.signalCode !== null || (signal === 'SIGSTOP' && stateOf() === 'T') };
}

/** A job of a worker that died before: there is something to take over. */
async function lostBefore(uuid: string): Promise<void> {
  const ghost = new pg.Client({ connectionString: db.config.connectionString });
  await ghost.connect();
  const { rows } = await ghost.query<{ id: number }>(
    "insert into worker(name, version) values ('ghost', 1) returning id",
  );
  await ghost.query("update job set state = 'running', owner = $1, epoch = 1 where uuid = $2", [rows[0]!.id, uuid]);
  await ghost.end();
}

const jobOf = (uuid: string): Promise<{ state: string; epoch: number; owner: number }> =>
  db.read.one(sql`select state, epoch, owner from job where uuid = ${uuid}`);
/** How often each effect is there. */
const effectsOf = async (uuid: string): Promise<Record<string, number>> =>
  Object.fromEntries(
    (
      await db.read.rows<{ what: string; n: number }>(
        sql`select kind || ' ' || step as what, count(*)::int as n from effect where job = ${uuid} group by 1 order by 1`,
      )
    ).map(({ what, n }) => [what, n]),
  );

async function strike(point: DebugPoint, signal: 'SIGKILL' | 'SIGSTOP'): Promise<void> {
  const kind = `points.${point}.${signal}`;
  const fails = point.startsWith('undo');
  const victim = await startVictim(kind, point, signal);
  const survivor = trialEngine(db, { kind, name: `survivor ${kind}` });
  try {
    const job = await db.tx((tx) => enqueue(tx, trialOf(kind, db), { fails }, { lanes: [kind] }));
    if (point === 'taken-over') await lostBefore(job.uuid);
    await until(`the victim is struck at ${point}`, victim.struck);
    await survivor.start();
    await until(`${kind} ends`, async () => ['done', 'failed'].includes((await jobOf(job.uuid)).state));
    const ended = await jobOf(job.uuid);
    assert.equal(ended.state, fails ? 'failed' : 'done');
    if (signal === 'SIGSTOP') await wakeAndLook(victim, job.uuid);
    await check(job.uuid, { fails, kind });
    assert.deepEqual(await jobOf(job.uuid), ended, 'nobody touched it after its end');
  } finally {
    await survivor.stop(0);
    victim.child.kill('SIGKILL');
  }
}

/** It wakes in the middle of what is not its any more, goes on for a while as it likes, and must leave no trace. */
async function wakeAndLook({ child }: Victim, uuid: string): Promise<void> {
  const before = await effectsOf(uuid);
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  await until('the sleeper ends', () => child.exitCode !== null || child.signalCode !== null);
  const { 'call two': _two, 'call four': _four, 'undo two': _undone, ...mine } = await effectsOf(uuid);
  const { 'call two': _, 'call four': __, 'undo two': ___, ...theirs } = before;
  assert.deepEqual(mine, theirs, 'the sleeper changed the database');
}

async function check(uuid: string, { fails, kind }: { fails: boolean; kind: string }): Promise<void> {
  const effects = await effectsOf(uuid);
  const atLeastOnce = fails ? ['call two', 'undo two'] : ['call two', 'call four'];
  for (const what of atLeastOnce) {
    assert.ok(effects[what]! >= 1, `${what} is missing: ${JSON.stringify(effects)}`);
    delete effects[what];
  }
  assert.deepEqual(
    effects,
    fails ? { 'tx one': 1, 'tx three': 1, 'undo one': 1, 'undo three': 1 } : { 'tx one': 1, 'tx three': 1 },
  );
  assert.deepEqual(await db.read.rows(sql`select key from lane where key = ${kind}`), []);
}

const POINTS: readonly DebugPoint[] = [
  'beat',
  'claimed',
  'step',
  'commit',
  'committed',
  'undo',
  'undo-commit',
  'undo-committed',
  'finish',
  'finishing',
  'finished',
];
const both = (point: DebugPoint): void => {
  test(`killed at ${point}: the job goes on elsewhere`, () => strike(point, 'SIGKILL'));
  test(`stopped at ${point} past its lease: it wakes up to nothing`, () => strike(point, 'SIGSTOP'));
};
// By itself: any worker takes over from any that died.
describe('an engine', () => both('taken-over'));
describe('an engine among others', { concurrency: 4 }, () => POINTS.forEach(both));
