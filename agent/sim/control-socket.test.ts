// Simulated hosts with real links to a server that only listens, played with through their control socket.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { makeAuthority, startFakeServer, until, type FakeHostLink, type FakeServer } from '../fake-server.ts';
import { simulator, type SimulatorClient } from './control-socket.ts';
import { startSimulator, type SimConfig } from './main.ts';

let dir: string;
let server: FakeServer;
let running: { stop(): Promise<void> };
let config: SimConfig;
let client: SimulatorClient;
process.env['NEPHOS_LOG'] = 'silent';

before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'nephos-sim-'));
  const issue = await makeAuthority();
  const pem = await issue(['simulator']);
  const files = { key: path.join(dir, 'key'), cert: path.join(dir, 'cert'), ca: path.join(dir, 'ca') };
  await Promise.all((['key', 'cert', 'ca'] as const).map((name) => writeFile(files[name], pem[name])));
  server = await startFakeServer(await issue(['nephos-server', '127.0.0.1']));
  config = {
    servers: [{ host: '127.0.0.1', port: server.port }],
    ...files,
    stateFile: path.join(dir, 'state.jsonl'),
    controlSocket: path.join(dir, 'sim.sock'),
    pingEveryS: 0.05,
    loopbackAddresses: 2,
    dialAtOnce: 2,
    fleets: [
      {
        zone: 'zone1',
        firstHost: 1,
        firstPod: 1,
        hosts: 4,
        perPod: 2,
        perCluster: 2,
        cpus: 4,
        cpuMhz: 2_000,
        memoryMib: 8_192,
      },
    ],
  };
  client = simulator(config.controlSocket!);
  running = await startSimulator(config);
});
after(async () => {
  await running?.stop();
  await server?.close();
  await rm(dir, { recursive: true, force: true });
});
beforeEach(async () => {
  await client.rest();
  await until(async () => (await client.summary()).links === 4, 15_000, 'all links up');
});

const h1 = 'h-000001';
/** The newest connection of a host. */
const linkOf = (name: string): Promise<FakeHostLink> =>
  until(() => server.links.findLast((link) => link.latest('hello')?.hostname === name && !link.socket.destroyed));
const router = (generation: number) => ({
  id: '3f0c1c5e-9a50-4f0c-8d51-000000000001',
  name: 'r-1-VM',
  generation,
  guest: {
    vni: 1000,
    mtu: 1450,
    address: '10.1.1.1',
    prefix: 24,
    mac: '02:00:00:00:00:01',
    domain: '',
    nameServers: [],
    hosts: [],
  },
  public: null,
  firewall: [],
  egress: { defaultAllow: true, rules: [] },
  portForwards: [],
  staticNats: [],
});
/** Whether the host answers within a few pings of another one. */
async function answers(name: string): Promise<boolean> {
  const other = await linkOf('h-000004');
  const answered = (await linkOf(name)).ask('router.list', {}).then(() => true);
  const from = other.heard.length;
  return Promise.race([answered, until(() => other.heard.length > from + 4).then(() => false)]);
}

test('hosts are where the fleet says, with links from several addresses', async () => {
  assert.equal((await linkOf('h-000003')).latest('hello')?.privateIp, '10.64.8.10');
  const from = await Promise.all([1, 2].map(async (n) => (await linkOf(`h-00000${n}`)).socket.remoteAddress));
  assert.equal(new Set(from).size, 2);
});

test('a dead host keeps its link, says nothing and answers when it is back', async () => {
  assert.equal(await client.knob({ host: h1 }, { dead: true }), 1);
  const link = await linkOf(h1);
  const answer = link.ask('router.list', {});
  assert.equal(await answers('h-000002'), true);
  assert.equal(await answers(h1), false);
  assert.equal(link.socket.destroyed, false);
  await client.knob({ host: h1 }, { dead: false });
  assert.deepEqual((await answer).result, { routers: [] });
});

test('a crashed host has no link and comes back with nothing running', async () => {
  const link = await linkOf(h1);
  await link.call('router.apply', router(1));
  await client.knob({ host: h1 }, { crashed: true });
  await until(() => link.socket.destroyed);
  assert.equal((await client.summary()).links, 3);
  await client.knob({ host: h1 }, { crashed: false });
  assert.deepEqual(await (await linkOf(h1)).call('router.list', {}), { routers: [] });
});

test('a partitioned pod is silent as a whole, and only that', async () => {
  assert.equal(await client.knob({ pod: 'pod-001' }, { partitioned: true }), 2);
  assert.deepEqual(await Promise.all(['h-000001', 'h-000002', 'h-000003'].map(answers)), [false, false, true]);
  await client.knob({ pod: 'pod-001' }, { partitioned: false });
  assert.equal(await answers(h1), true);
});

test('the host stands before its pod, and a link can be cut to one server only', async () => {
  await client.knob({ zone: 'zone1' }, { failShare: 1 });
  await client.knob({ host: h1 }, { failShare: 0 });
  assert.match((await (await linkOf('h-000002')).ask('router.list', {})).refusal!.message, /simulated failure/);
  assert.deepEqual(await (await linkOf(h1)).call('router.list', {}), { routers: [] });
  await client.knob({ host: h1, server: '127.0.0.1:1' }, { crashed: true });
  assert.equal(await answers(h1), true);
});

test('a lost reply: it was done, the link broke, and the next one tells', async () => {
  const link = await linkOf(h1);
  await client.knob({ host: h1 }, { loseReplyShare: 1 });
  void link.ask('router.apply', router(5));
  await until(() => link.socket.destroyed);
  await client.rest({ host: h1 });
  assert.deepEqual(await (await linkOf(h1)).call('router.list', {}), {
    routers: [{ id: router(5).id, generation: 5 }],
  });
  assert.equal(await client.amnesia({ host: h1 }), 1);
  assert.deepEqual(await (await linkOf(h1)).call('router.list', {}), { routers: [] });
});

test('what is no place or no knob is refused, and nothing is turned', async () => {
  await assert.rejects(client.knob({ host: 'nobody' }, { dead: true }), /no simulated host is at/);
  await assert.rejects(client.knob({}, { failShare: 2 }), /failShare/);
  await assert.rejects(client.knob({}, { asleep: true } as never), /asleep/);
  assert.deepEqual((await client.summary()).turned, []);
});

test('what hosts know is there after a restart, and the socket is gone between', async () => {
  await (await linkOf(h1)).call('router.apply', router(7));
  await running.stop();
  assert.equal(existsSync(config.controlSocket!), false);
  await until(() => server.links.every((link) => link.socket.destroyed));
  running = await startSimulator(config);
  assert.deepEqual(await (await linkOf(h1)).call('router.list', {}), {
    routers: [{ id: router(7).id, generation: 7 }],
  });
});
