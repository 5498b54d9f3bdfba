// A cloud is backed up while it works, goes on, is lost and restored: what the backup holds is there again, and the hosts that
// moved on meanwhile are believed: no guest is stopped by it. Then its database moves to another server, of another version.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync, copyFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { onDatabase } from '#kernel/archive.ts';
import { startPostgres, type Postgres } from '#server/postgres.ts';
import { programsIn } from '#server/postgres-programs.ts';
import type { Thing } from '#tools/cloud/api.ts';
import { startTestCloud, until, type TestCloud } from '#test/e2e/environment.ts';
import { readSimulated } from '#test/simulated.ts';
import { db } from './db-command.ts';

let cloud: TestCloud;
let dir: string;
let file: string;
let other: Postgres | undefined;
before(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'nephos-backup-'));
  chmodSync(dir, 0o755);
  file = path.join(dir, 'cloud.backup');
  cloud = await startTestCloud({ mode: 'simulator' });
});
after(async () => {
  await cloud?.stop();
  await other?.stop();
  if (dir) rmSync(dir, { recursive: true, force: true });
});

const deploy = (name: string): Promise<Thing> =>
  cloud.api.make('deployVirtualMachine', {
    zoneid: cloud.zone.id,
    templateid: cloud.template.id,
    serviceofferingid: cloud.offering.id,
    name,
  });
const stateOf = async ({ name }: Thing): Promise<string | undefined> =>
  (await cloud.api.list('listVirtualMachines')).find((guest) => guest.name === name)?.state;

/** What the simulated hosts have running. */
async function onHosts(): Promise<string[]> {
  const { hosts } = await readSimulated(cloud.dataDir);
  return [...hosts.values()].flatMap(({ guests }) => guests.map(({ name }) => name));
}
const ask = async <T>(text: string): Promise<T[]> =>
  onDatabase(await cloud.databaseUrl(), async (client) => (await client.query(text)).rows as T[]);

test('a backup is made while the cloud works, and is refused where it could mislead', async () => {
  const going = deploy('runs');
  const made = await db(cloud.dataDir, ['backup', file]);
  assert.equal(made.code, 0, made.text);
  assert.match(made.text, /rows of \d+ tables\. It needs the key with the fingerprint [0-9a-f]{16}/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  await going;
  rmSync(file);
  const again = await db(cloud.dataDir, ['backup', file, '--key', path.join(cloud.dataDir, 'cloud.json')]);
  assert.match(again.text, /key/);
  assert.equal(again.code, 1);
});

test('hosts that moved on are believed, and no guest is stopped by a restore', async () => {
  const runs = (await cloud.api.list('listVirtualMachines'))[0]!;
  const sleeps = await deploy('sleeps');
  await cloud.api.make('stopVirtualMachine', { id: sleeps.id, forced: true });
  const ended = await deploy('ended');
  assert.equal((await db(cloud.dataDir, ['backup', file])).code, 0);

  await cloud.api.make('startVirtualMachine', { id: sleeps.id });
  await cloud.api.make('stopVirtualMachine', { id: ended.id, forced: true });
  const younger = await deploy('younger');
  const [offering] = await cloud.api.list('listNetworkOfferings', { guestiptype: 'Isolated', state: 'Enabled' });
  const [zone] = await cloud.api.list('listZones');
  const wish = { name: 'later', zoneid: zone!.id, networkofferingid: offering!.id };
  const later = await cloud.api.make('createNetwork', wish);
  const names = await ask<{ name: string; instance: string }>('select name, instance_name as instance from vm');
  const instance = (name: string): string => names.find((row) => row.name === name)!.instance;
  const running = ['runs', 'sleeps', 'younger'].map(instance);
  await until('the hosts to have it written down', async () => {
    const held = await onHosts();
    return running.every((name) => held.includes(name));
  });

  assert.match((await db(cloud.dataDir, ['restore', file, '--overwrite'])).text, /servers are connected/);
  await cloud.crashServer(async () => {
    await refusals();
    const restored = await db(cloud.dataDir, ['restore', file, '--overwrite']);
    assert.equal(restored.code, 0, restored.text);
    const told = `Not in it are instances: younger (${younger.id}); they go on running`;
    assert.ok(restored.text.includes(told), restored.text);
    assert.ok(restored.text.includes(`Nor networks: later (${later.id}); their routers are removed`), restored.text);
  });
  await until('the restored cloud to be settled', async () => {
    const held = await onHosts();
    assert.deepEqual(
      running.filter((name) => !held.includes(name)),
      [],
      'stopped by the restore',
    );
    return (await ask(`select from restored where settled is not null`)).length > 0;
  });
  assert.equal(await stateOf(runs), 'Running');
  assert.equal(await stateOf(sleeps), 'Running', 'started after the backup');
  await until('what its owner had stopped to be known', async () => (await stateOf(ended)) === 'Stopped');
  assert.equal(await stateOf(younger), undefined, 'made after the backup');
  const next = await deploy('next');
  assert.equal(next.state, 'Running');
  const held = await onHosts();
  assert.deepEqual(
    running.filter((name) => !held.includes(name)),
    [],
    'ended by a keeper afterwards',
  );
  await cloud.api.make('destroyVirtualMachine', { id: next.id, expunge: true });
});

/** Each changes nothing. */
async function refusals(): Promise<void> {
  const count = async (): Promise<unknown> => (await ask('select count(*)::int as n from vm'))[0];
  const before_ = await count();
  assert.match((await db(cloud.dataDir, ['restore', file])).text, /there is a cloud in this database; say --overwrite/);
  const wrong = path.join(dir, 'wrong.key');
  writeFileSync(wrong, Buffer.alloc(32, 1));
  const refused = await db(cloud.dataDir, ['restore', file, '--overwrite', '--key', wrong]);
  assert.match(refused.text, /needs the key with the fingerprint [0-9a-f]{16}; the one in .*wrong\.key is/);
  const torn = path.join(dir, 'torn.backup');
  copyFileSync(file, torn);
  truncateSync(torn, Math.floor(statSync(file).size * 0.8));
  assert.match((await db(cloud.dataDir, ['restore', torn, '--overwrite'])).text, /no whole backup/);
  assert.deepEqual(await count(), before_);
}

test('the database moves to an external server of the oldest supported version', async () => {
  const listed = async (): Promise<string[]> =>
    (await cloud.api.list('listVirtualMachines')).map(({ name, state }) => `${name} ${state}`).toSorted();
  const before_ = await listed();
  other = await startPostgres({ dataDir: path.join(dir, 'other'), programs: programsIn('/usr/lib/postgresql/15/bin') });
  const { url } = other;
  await cloud.crashServer(async () => {
    const moved = await db(cloud.dataDir, ['move', url]);
    assert.equal(moved.code, 0, moved.text);
  });
  await cloud.restart();
  assert.deepEqual(await listed(), before_);
  const guest = await deploy('on-15');
  const rows = await onDatabase(
    url,
    async (client) => (await client.query(`select state from vm where name = 'on-15'`)).rows,
  );
  assert.deepEqual(rows, [{ state: 'Running' }]);
  await cloud.api.make('destroyVirtualMachine', { id: guest.id, expunge: true });
});
