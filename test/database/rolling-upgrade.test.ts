// Two servers behind a balancer go from one release to the next under load, one after the other: no call fails and no job does.
// A release whose second server does not get ready is left by one command. What takes away from the schema waits for `finish`,
// and then shuts the older release out.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { onDatabase } from '#kernel/archive.ts';
import { endChild, runningChild, startChild } from '#tools/cloud/children.ts';
import { withKeys, withPassword, type Api } from '#tools/cloud/api.ts';
import { makeCloud, type Tortured } from '#test/chaos/cloud.ts';
import { PASSWORD, startProcesses, type Processes } from '#test/chaos/servers.ts';
import { until } from '#test/e2e/environment.ts';
import { startBalancer, type Balancer } from '#tools/cloud/balancer.ts';
import { badRelease, CONTRACT, EXPAND, nextRelease, release } from './releases.ts';

const UPGRADE = fileURLToPath(new URL('../../tools/upgrade/main.ts', import.meta.url));

let processes: Processes;
let cloud: Tortured;
let balancer: Balancer;
let api: Api;
let work: Load | undefined;
/** By the database's clock. */
let loadedSince = '';
const folders = { n: '', next: '', bad: '' };

before(async () => {
  processes = await startProcesses({ servers: 2, fsync: false });
  const { dir, databaseUrl } = processes;
  for (const name of ['n', 'next', 'bad']) mkdirSync(path.join(dir, name));
  folders.n = release(path.join(dir, 'n'));
  folders.next = nextRelease(path.join(dir, 'next'));
  folders.bad = badRelease(path.join(dir, 'bad'));
  const env = { DATABASE_URL: databaseUrl, NEPHOS_ADMIN_PASSWORD: PASSWORD };
  const startServer: Processes['startServer'] = async ({ name }) => {
    const config = path.join(dir, `${name}.json`);
    writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(config, 'utf8')), leaveS: 1 }));
    const argv = [process.execPath, path.join(folders.n, 'server/main.ts'), config];
    (await startChild({ dataDir: dir, name, argv, env, readyWhen: 'ready ' })).child.unref();
  };
  cloud = await makeCloud({ ...processes, startServer }, 0);
  const origins = processes.servers.map(({ url }) => new URL(url).origin);
  balancer = await startBalancer({ origins: () => origins });
  api = await administrator(`http://127.0.0.1:${balancer.port}/client/api`);
});
after(async () => {
  await work?.end();
  await balancer?.stop();
  for (const { name } of processes?.servers ?? []) await endChild(processes.dir, name);
  await processes?.stop();
});

async function administrator(url: string): Promise<Api> {
  const admin = withPassword({ api: url, username: 'admin', password: PASSWORD });
  const [user] = await admin.list('listUsers', { username: 'admin' });
  const keys = await admin.make('registerUserKeys', { id: user!.id, name: 'upgrade' });
  return withKeys({ api: url, apikey: String(keys['apikey']), secretkey: String(keys['secretkey']) });
}

interface Load {
  calls: number;
  jobs: number;
  readonly failed: string[];
  end(): Promise<void>;
}

/** Ordinary clients: guests come and go, volumes too, things are listed and made. */
function load(): Load {
  const { shop } = cloud;
  const done: Load = { calls: 0, jobs: 0, failed: [], end: async () => {} };
  let ended = false;
  const forever = async (who: string, once: (name: string) => Promise<void>): Promise<void> => {
    for (let n = 1; !ended; n += 1)
      await once(`${who}-${n}-${Date.now()}`).catch((error: unknown) => {
        done.failed.push(`${who}: ${(error as Error).message}`);
        ended = true;
      });
  };
  const job = async (command: string, params: Record<string, string | boolean | number>) => {
    const made = await api.make(command, params);
    done.jobs += 1;
    return made;
  };
  const call = async (command: string, params = {}): Promise<void> => {
    await api.call(command, params);
    done.calls += 1;
  };
  const guest = async (name: string): Promise<void> => {
    const { zoneId, templateId, offeringId } = shop;
    const where = { zoneid: zoneId, templateid: templateId, serviceofferingid: offeringId };
    const { id } = await job('deployVirtualMachine', { ...where, name });
    await job('destroyVirtualMachine', { id, expunge: true });
  };
  const volume = async (name: string): Promise<void> => {
    const { id } = await job('createVolume', {
      name,
      zoneid: shop.zoneId,
      diskofferingid: shop.diskOfferingId,
      size: 1,
    });
    await call('deleteVolume', { id });
  };
  const clients = [
    forever('guest-a', guest),
    forever('guest-b', guest),
    forever('volume', volume),
    forever('list', () => call('listVirtualMachines')),
    forever('make', (name) =>
      call('createServiceOffering', { name, displaytext: name, cpunumber: 1, cpuspeed: 100, memory: 64 }),
    ),
  ];
  done.end = async () => {
    ended = true;
    await Promise.all(clients);
  };
  return done;
}

const upgrade = (...words: string[]): Promise<{ code: number; text: string }> =>
  new Promise((resolve) => {
    const env = { ...process.env, NEPHOS_DATA: processes.dir, DATABASE_URL: processes.databaseUrl };
    execFile(
      process.execPath,
      [UPGRADE, ...words, '--steady', '1', '--patience', '10'],
      { env },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), text: stdout + stderr }),
    );
  });

const runBy = (name: string): string =>
  readFileSync(`/proc/${runningChild(processes.dir, name)}/cmdline`, 'utf8')
    .split('\0')
    .find((word) => word.endsWith('server/main.ts'))!;
const ask = <T>(text: string): Promise<T[]> =>
  onDatabase(processes.databaseUrl, async (client) => (await client.query(text)).rows as T[]);
const more = async (what: Load, jobs: number): Promise<void> => {
  const target = what.jobs + jobs;
  await until(`${jobs} more jobs`, async () => what.jobs >= target || what.failed.length > 0);
};

test('from one release to the next under load: no failed call, no failed job', async () => {
  loadedSince = (await ask<{ now: string }>('select now()::text as now'))[0]!.now;
  work = load();
  await more(work, 4);
  const began = Date.now();
  const said = await upgrade(folders.next);
  assert.equal(said.code, 0, said.text);
  const took = Date.now() - began;
  await more(work, 4);
  console.log(
    `upgrade of two servers: ${took} ms; ${work.calls} calls, ${work.jobs} jobs, ${work.failed.length} failed`,
  );
  assert.deepEqual(work.failed, []);
  for (const name of ['server-1', 'server-2']) assert.ok(runBy(name).startsWith(folders.next), runBy(name));
  const applied = await ask<{ name: string }>(`select name from migration where name like '999%'`);
  assert.deepEqual(applied, [{ name: EXPAND }], 'what takes away waits');
  assert.match((await upgrade('status')).text, new RegExp(`waiting for finish: ${CONTRACT}`));
});

test('a release that does not get ready is left by one command, under the same load', async () => {
  const said = await upgrade(folders.bad);
  assert.equal(said.code, 1, said.text);
  assert.match(
    said.text,
    /server-2 .*did not get ready and was put back.*npm run upgrade -- rollback.*this release is bad/s,
  );
  assert.ok(runBy('server-1').startsWith(folders.bad) && runBy('server-2').startsWith(folders.next));
  const back = await upgrade('rollback');
  assert.equal(back.code, 0, back.text);
  assert.ok(runBy('server-1').startsWith(folders.next), runBy('server-1'));
  await more(work!, 4);
  await work!.end();
  assert.deepEqual(work!.failed, []);
  const failed = await ask(`select kind, error from job where state <> 'done' and created > '${loadedSince}'`);
  assert.deepEqual(failed, [], 'jobs that did not end well');
});

test('what takes away is applied when asked for, not before the last old server is gone, and shuts the old release out', async () => {
  const done = await upgrade('finish');
  assert.match(done.text, new RegExp(`applied ${CONTRACT}`));
  const [name] = ['server-1'];
  await endChild(processes.dir, name);
  const env = { ...process.env, DATABASE_URL: processes.databaseUrl };
  const argv = [path.join(folders.n, 'server/main.ts'), path.join(processes.dir, `${name}.json`)];
  const { status, stderr } = spawnSync(process.execPath, argv, { env, encoding: 'utf8', timeout: 60_000 });
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`this release is too old for the database: ${CONTRACT}`));
});
