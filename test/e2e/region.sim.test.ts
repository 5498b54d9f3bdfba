// A simulated region as a person starts it: built guest by guest through the API and loaded in bulk it is the same cloud, a guest
// can be deployed into it, its hosts misbehave when told, it is taken up again, and stopped it leaves nothing.
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { simulator, type SimulatorClient } from '#agent/sim/control-socket.ts';
import { untoldNetworks } from '#cloud/network/placed.store.ts';
import { openDb, type Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { startPostgres } from '#server/postgres.ts';
import { brokenOnHosts } from '#test/invariants/hosts.ts';
import { withKeys, type Api } from '#tools/cloud/api.ts';
import type { CloudFile } from '#tools/cloud/cloud-file.ts';
import { freePort, until } from './environment.ts';
import { tablesOf } from './region-tables.ts';

const MAIN = fileURLToPath(new URL('../../tools/simulate/main.ts', import.meta.url));
const READY_WITHIN_MS = 240_000;
/** So long guests of simulated hosts outlive their host's last heartbeat, where nothing else is configured. */
const KILL_AFTER_S = 15;

interface Region {
  readonly dataDir: string;
  readonly api: Api;
  readonly db: Db;
  readonly hosts: SimulatorClient;
  say(...words: string[]): Promise<string>;
  stop(): Promise<void>;
  restart(): Promise<void>;
  remove(): Promise<void>;
}
const regions: Region[] = [];
after(async () => {
  for (const region of regions) await region.remove();
});

async function start(...flags: string[]): Promise<Region> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'nephos-region-'));
  chmodSync(dataDir, 0o755); // as root PostgreSQL runs as somebody else
  const [port, agentPort] = [await freePort(), await freePort()];
  const env = {
    ...process.env,
    NEPHOS_SIMULATE_DATA: dataDir,
    NEPHOS_LISTEN: `127.0.0.1:${port}`,
    NEPHOS_AGENT_PORT: String(agentPort),
    NEPHOS_NO_CONSOLE: '1',
    DATABASE_URL: undefined,
  };
  const begin = (): Promise<ChildProcess> => whenReady(spawn(process.execPath, [MAIN, ...flags], { env }));
  let child = await begin();
  const { url } = await startPostgres({ dataDir: path.join(dataDir, 'postgres') });
  const db = openDb({ url, max: 2 });
  const region: Region = {
    dataDir,
    db,
    api: withKeys(JSON.parse(readFileSync(path.join(dataDir, 'cloud.json'), 'utf8')) as CloudFile),
    hosts: simulator(path.join(dataDir, 'hosts', 'zone1.sock')),
    say: (...words) => output(spawn(process.execPath, [MAIN, ...words], { env })),
    stop: () => end(child),
    restart: async () => {
      await end(child);
      child = await begin();
    },
    remove: async () => {
      await db.close();
      await end(child);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  regions.push(region);
  return region;
}

function whenReady(child: ChildProcess): Promise<ChildProcess> {
  let said = '';
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGINT');
      reject(new Error(`the region did not start in time:\n${said.slice(-3_000)}`));
    }, READY_WITHIN_MS);
    const hear = (chunk: Buffer): void => {
      said += chunk.toString();
      if (!/^ready http/m.test(said)) return;
      clearTimeout(timer);
      resolve(child);
    };
    child.stdout!.on('data', hear);
    child.stderr!.on('data', hear);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the region ended with ${code}:\n${said.slice(-3_000)}`));
    });
  });
}

const end = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once('exit', () => resolve());
    child.kill('SIGINT');
  });

function output(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout!.on('data', (chunk: Buffer) => void (text += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => (code === 0 ? resolve(text) : reject(new Error(`ended with ${code}`))));
  });
}

/** Processes whose command line names the folder. */
const processesOf = (dataDir: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dataDir);
    } catch {
      return false;
    }
  });

const allReported = async (db: Db): Promise<boolean> =>
  (await db.read.first(
    sql`select 1 from vm where power_state is distinct from 'Running' or power_host_id is distinct from host_id`,
  )) === undefined;

test('loaded in bulk a region has the rows it has when it is built through the API', async () => {
  const size = ['--zones', '1', '--hosts', '4', '--vms', '6', '--latencies', 'none'];
  const [built, loaded] = await Promise.all([start(...size, '--build', 'api'), start(...size)]);
  for (const { db } of [built, loaded]) await until('hosts have reported all guests', () => allReported(db));
  const [one, other] = await Promise.all([built, loaded].map((region) => tablesOf(region.db)));
  for (const table of Object.keys(one!)) assert.deepEqual(other![table], one![table], `rows of ${table}`);
  for (const region of [built, loaded]) {
    assert.deepEqual(await untoldNetworks(region.db.read), [], 'hosts would be told anew what they know');
    await until(
      'hosts and rows agree',
      async () => (await brokenOnHosts(region.db.read, await region.hosts.held())).length === 0,
    );
  }
  await built.stop();
  await until('nothing of it runs', () => Promise.resolve(processesOf(built.dataDir).length === 0));
});

test('300 hosts and 1,000 guests: connected, deployed into, misbehaving, taken up again', async () => {
  const region = await start('--hosts', '300', '--vms', '1000', '--latencies', 'none');
  const { api, db, hosts } = region;
  assert.equal((await hosts.summary()).links, 300);
  assert.deepEqual(await untoldNetworks(db.read), [], 'hosts would be told anew what they were loaded with');
  assert.deepEqual(await brokenOnHosts(db.read, await hosts.held()), []);
  const [zone] = await api.list('listZones');
  const [template] = await api.list('listTemplates', { templatefilter: 'self', zoneid: zone!.id });
  const [offering] = await api.list('listServiceOfferings', { name: 'Small Instance' });
  const params = { zoneid: zone!.id, templateid: template!.id, serviceofferingid: offering!.id };
  const guest = await api.make('deployVirtualMachine', { ...params, name: 'one-more' });
  assert.equal(guest.state, 'Running');
  const on = (await hosts.guests({ host: String(guest['hostname']) })).map(({ name }) => name);
  assert.ok(
    on.includes(String(guest['instancename'])),
    `${String(guest['instancename'])} is not among ${on.join(', ')}`,
  );

  const dead = 'h-000007';
  const lost = (await hosts.guests({ host: dead })).length;
  assert.ok(lost > 0);
  assert.match(await region.say('knob', `host=${dead}`, 'dead=true'), /^1 hosts/);
  const stillSince = performance.now();
  const state = async (): Promise<string | undefined> => (await api.list('listHosts', { name: dead }))[0]?.state;
  await until('the dead host is noticed', async () => (await state()) === 'Alert');
  // It may have spoken just before, and then is missed before its lease is over.
  await until('its lease is over', () => Promise.resolve(performance.now() - stillSince > KILL_AFTER_S * 1_000));
  await region.say('rest');
  await until('it is up again', async () => (await state()) === 'Up');

  // Its lease was over when it woke: it ended what ran on it, and the rows follow.
  const agreed = async (): Promise<boolean> => (await brokenOnHosts(db.read, await hosts.held())).length === 0;
  await until('its guests have ended', async () => (await hosts.summary()).guests === 1_001 - lost);
  await until('hosts and rows agree', agreed);

  await region.restart();
  const summary = await hosts.summary();
  assert.deepEqual([summary.links, summary.guests], [300, 1_001 - lost]);
  await until('hosts and rows agree again', agreed);
});
