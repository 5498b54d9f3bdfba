// Routers that are tampered with, outlive their agent, come back after a reboot, and live beside others with the same
// addresses. Needs root; everything happens in namespaces of its own.
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { RouterSpec } from '#protocol/messages.ts';
import type { Peer } from './test-rpc.ts';
import { hostOf, makeWorld, needsRoot, nicOf, specOf, until } from './test-world.ts';
import type { Guest, World } from './test-world.ts';

const [ID, OTHER] = ['b2b2b2b2-0000-4000-8000-000000000001', 'b2b2b2b2-ffff-4000-8000-000000000002'];
const NAMESPACE = 'nr-b2b2b2b2';
const [VNI, OTHER_VNI] = [2001, 2002];
/** The promise is ten seconds; it is kept far better. */
const REPAIR_MS = 10_000;
type Dialled = { id: number; seenAs: string } | null;

describe('routers are kept', { skip: needsRoot }, () => {
  let world: World, agent: Peer, guest: Guest, twin: Guest, spec: RouterSpec, twinSpec: RouterSpec;
  const dial = (from: Peer, ip: string, port: number): Promise<Dialled> => from.call<Dialled>('dial', ip, port, 500);
  const alive = (peer: Peer, id: number): Promise<boolean> =>
    peer.call<boolean>('say', id, `hello ${Math.random()}`, 500);
  const inside = (...argv: string[]) => world.inside(NAMESPACE, ...argv);
  const pid = async (): Promise<number> => Number(await readFile(`${world.runDir}/${NAMESPACE}/dnsmasq.pid`, 'utf8'));
  const repairs = (): string[] =>
    agent.events
      .filter((event) => event.name === 'repaired' && event.args[0] === ID)
      .map((event) => String(event.args[1]));
  /** Tamper, and wait until the router was put right because of it. */
  async function repaired(what: RegExp, tamper: () => Promise<unknown>): Promise<void> {
    const known = repairs().length;
    await tamper();
    await until(
      `repair of ${what}`,
      async () =>
        repairs()
          .slice(known)
          .some((text) => what.test(text)),
      REPAIR_MS,
    ).catch((error: Error) => {
      throw new Error(`${error.message}; the agent told ${JSON.stringify(agent.events.slice(-4))}`);
    });
  }
  /** An end of the agent's process without a word, and a new one. */
  async function restartAgent(signal: NodeJS.Signals): Promise<void> {
    await agent.end(signal);
    agent = world.agent();
    await agent.call('start');
  }

  before(async () => {
    world = await makeWorld('k');
    agent = world.agent();
    await agent.call('start');
    for (const vni of [VNI, OTHER_VNI])
      await agent.call('applyNetwork', { vni, mtu: 1450, peers: [], generation: 1 }, '10.99.0.1');
    [guest, twin] = await Promise.all([world.guest('g', '52:54:00:00:02:10'), world.guest('t', '52:54:00:00:03:10')]);
    await agent.call('attachTap', nicOf(guest, VNI, '10.1.1.10'));
    await agent.call('attachTap', nicOf(twin, OTHER_VNI, '10.1.1.10'));
    const common = specOf(ID, VNI);
    const open = (publicIp: string): Pick<RouterSpec, 'firewall' | 'portForwards'> => ({
      firewall: [{ publicIp, protocol: 'tcp', ports: { start: 80, end: 80 }, sourceCidrs: ['0.0.0.0/0'] }],
      portForwards: [
        {
          publicIp,
          protocol: 'tcp',
          publicPorts: { start: 80, end: 80 },
          guestIp: '10.1.1.10',
          guestPorts: { start: 80, end: 80 },
        },
      ],
    });
    spec = {
      ...common,
      ...open('203.0.113.10'),
      guest: {
        ...common.guest,
        hosts: [hostOf(guest, '10.1.1.10', 'here', { password: { id: 'k-1', value: 'Kept-1' } })],
      },
    };
    const second = { ip: '203.0.113.20', prefix: 24, mac: '06:00:00:00:02:20', sourceNat: true };
    twinSpec = {
      ...common,
      ...open(second.ip),
      id: OTHER,
      name: 'r-2-vm',
      public: { ...common.public!, addresses: [second] },
      guest: { ...common.guest, vni: OTHER_VNI, hosts: [hostOf(twin, '10.1.1.10', 'there')] },
    };
    await Promise.all([agent.call('apply', spec), agent.call('apply', twinSpec)]);
    await Promise.all([guest.lease(), twin.lease(), guest.peer.call('listen', 80), twin.peer.call('listen', 80)]);
  });
  after(async () => {
    await world.end();
  });

  test('two with the same beginning of their ids and the same addresses inside do not meet', async () => {
    const [one, two] = [await dial(guest.peer, '203.0.113.1', 7000), await dial(twin.peer, '203.0.113.1', 7000)];
    assert.deepEqual([one?.seenAs, two?.seenAs], ['203.0.113.10', '203.0.113.20']);
    assert.equal(
      (await guest.peer.call<{ body: string }>('http', 'http://10.1.1.1/latest/local-hostname')).body,
      'here',
    );
    assert.equal(
      (await twin.peer.call<{ body: string }>('http', 'http://10.1.1.1/latest/local-hostname')).body,
      'there',
    );
    assert.ok(await dial(world.outside, '203.0.113.20', 80));
    assert.equal(
      (await dial(guest.peer, '203.0.113.20', 80))?.seenAs,
      '203.0.113.10',
      'and speak to each other like strangers',
    );
  });

  test('a rule deleted by hand comes back, and connections did not notice', async () => {
    const connection = await dial(guest.peer, '203.0.113.1', 7000);
    await repaired(/nft rule missing: oifname "eth0" ip saddr 10\.1\.1\.0\/24 ct status dnat snat/, () =>
      inside('nft', 'flush', 'chain', 'inet', 'nephos_router', 'translate_out'),
    );
    assert.equal((await dial(guest.peer, '203.0.113.1', 7000))?.seenAs, '203.0.113.10');
    assert.equal(await alive(guest.peer, connection!.id), true);
    await repaired(/unexpected nft rule: accept/, () =>
      inside('nft', 'insert', 'rule', 'inet', 'nephos_router', 'public_in', 'accept'),
    );
    await repaired(/nft table missing/, () => inside('nft', 'flush', 'ruleset'));
    assert.equal(await alive(guest.peer, connection!.id), true);
    assert.equal(await dial(world.outside, '203.0.113.10', 81), null);
  });

  test('a dead dnsmasq is replaced', async () => {
    const old = await pid();
    await repaired(/dnsmasq was not running/, async () => process.kill(old, 'SIGKILL'));
    assert.notEqual(await pid(), old);
    assert.equal((await guest.lease())['ip'], '10.1.1.10');
  });

  test('addresses, routes, links and forwarding are put back', async () => {
    const connection = await dial(guest.peer, '203.0.113.1', 7000);
    await repaired(/address 203\.0\.113\.10 missing/, () =>
      inside('ip', 'address', 'delete', '203.0.113.10/24', 'dev', 'eth2'),
    );
    await repaired(/default route missing/, () => inside('ip', 'route', 'delete', 'default'));
    await repaired(/forwarding was off/, () => inside('sysctl', '-qw', 'net.ipv4.ip_forward=0'));
    await repaired(/default route missing|eth2/, () => inside('ip', 'link', 'set', 'eth2', 'down'));
    await repaired(/eth0 was not on bridge br2001/, () =>
      world.onHost('ip', 'link', 'set', 'nrg-b2b2b2b2', 'nomaster'),
    );
    await repaired(/eth0 had no cable/, () => world.onHost('ip', 'link', 'delete', 'nrg-b2b2b2b2'));
    assert.equal((await guest.lease())['ip'], '10.1.1.10', 'dnsmasq listens on the new card');
    assert.equal(
      (await guest.peer.call<{ body: string }>('http', 'http://10.1.1.1/latest/local-hostname')).body,
      'here',
    );
    assert.equal(await alive(guest.peer, connection!.id), true);
  });

  test('a namespace that lost its name gets it back with all that is in it', async () => {
    const connection = await dial(guest.peer, '203.0.113.1', 7000);
    await repaired(/namespace was gone/, () => world.onHost('ip', 'netns', 'delete', NAMESPACE));
    assert.equal(await alive(guest.peer, connection!.id), true);
    assert.equal((await inside('ip', 'link', 'show', 'eth2')).code, 0);
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`an agent ended by ${signal} leaves working routers, and the next adopts them untouched`, async () => {
      const [outward, inward] = [
        await dial(guest.peer, '203.0.113.1', 7000),
        await dial(world.outside, '203.0.113.10', 80),
      ];
      const nameServer = await pid();
      await agent.end(signal);
      await until(
        'watchers ended',
        async () =>
          (await world.onHost('pgrep', '-f', 'nft monitor')).stdout === '' ||
          (await inside('pgrep', '--ns', String(nameServer), '--nslist', 'net', '-f', 'nft monitor')).code === 1,
      );
      assert.deepEqual([await alive(guest.peer, outward!.id), await alive(world.outside, inward!.id)], [true, true]);
      assert.equal((await guest.lease())['ip'], '10.1.1.10');
      assert.ok(await dial(guest.peer, '203.0.113.1', 7000));
      agent = world.agent();
      await agent.call('start');
      assert.deepEqual(repairs(), [], 'there was nothing to repair');
      assert.deepEqual([await alive(guest.peer, outward!.id), await alive(world.outside, inward!.id)], [true, true]);
      assert.equal(await pid(), nameServer);
      assert.equal(
        (await guest.peer.call<{ body: string }>('http', 'http://10.1.1.1/latest/local-hostname')).body,
        'here',
      );
      assert.deepEqual(
        new Set((await agent.call<{ id: string }[]>('list')).map((router) => router.id)),
        new Set([ID, OTHER]),
      );
    });
  }

  test('what was broken while the agent was away is repaired when it comes back', async () => {
    await agent.end('SIGKILL');
    await inside('nft', 'flush', 'chain', 'inet', 'nephos_router', 'forwarding');
    process.kill(await pid(), 'SIGKILL');
    agent = world.agent();
    await agent.call('start');
    assert.match(repairs().join(), /dnsmasq was not running; nft rule missing/);
    assert.ok(await dial(guest.peer, '203.0.113.1', 7000));
    assert.equal((await guest.lease())['ip'], '10.1.1.10');
  });

  test('a taken password stays taken, and is told again until the server heard', async () => {
    const ask = async (request: string): Promise<string> =>
      (await guest.peer.call<{ body: string }>('http', 'http://10.1.1.1:8080/', { DomU_Request: request })).body;
    assert.equal(await ask('send_my_password'), 'Kept-1');
    await ask('saved_password');
    await until('written', async () => stat(`${world.dir}/state/${ID}/taken.json`).catch(() => null));
    await restartAgent('SIGKILL');
    assert.equal(await ask('send_my_password'), 'saved_password');
    assert.deepEqual(
      agent.events.filter((event) => event.name === 'taken').map((event) => event.args),
      [[ID, '10.1.1.10', 'k-1']],
    );
  });

  test("the spec on disk is for root's eyes", async () => {
    assert.equal((await stat(`${world.dir}/state/${ID}/spec.json`)).mode & 0o777, 0o600);
    assert.equal((await stat(`${world.dir}/state`)).mode & 0o777, 0o700);
  });

  test('after a reboot everything comes back from disk alone', async () => {
    await agent.end('SIGKILL');
    // What a reboot takes: processes, namespaces with their cables, and /run.
    for (const suffix of ['b2b2b2b2', 'b2b2b2b2f']) {
      const namespace = `nr-${suffix}`;
      process.kill(Number(await readFile(`${world.runDir}/${namespace}/dnsmasq.pid`, 'utf8')), 'SIGKILL');
      await world.onHost('ip', 'netns', 'delete', namespace);
      await world.onHost('rm', '-r', `${world.runDir}/${namespace}`);
      await world.onHost('ip', 'link', 'delete', `nrg-${suffix}`);
    }
    agent = world.agent();
    await agent.call('start');
    assert.match(repairs().join(), /namespace was gone/);
    assert.equal((await guest.lease())['ip'], '10.1.1.10');
    assert.deepEqual(
      [(await dial(guest.peer, '203.0.113.1', 7000))?.seenAs, (await dial(twin.peer, '203.0.113.1', 7000))?.seenAs],
      ['203.0.113.10', '203.0.113.20'],
    );
  });

  test('a router whose bridge is missing at the start is finished when the bridge appears', async () => {
    await agent.end('SIGKILL');
    await world.onHost('ip', 'link', 'set', 'br2001', 'name', 'away');
    await world.onHost('ip', 'link', 'set', 'nrg-b2b2b2b2', 'nomaster');
    agent = world.agent();
    await agent.call('start');
    assert.ok(agent.events.some((event) => event.name === 'trouble' && /no bridge br2001/.test(String(event.args[1]))));
    assert.equal((await dial(twin.peer, '203.0.113.1', 7000))?.seenAs, '203.0.113.20', 'the others are not held up');
    await world.onHost('ip', 'link', 'set', 'away', 'name', 'br2001');
    await until('finished', async () => repairs().length > 0, REPAIR_MS);
    assert.ok(await dial(guest.peer, '203.0.113.1', 7000));
  });

  test('removing both leaves nothing', async () => {
    await Promise.all([agent.call('remove', ID), agent.call('remove', OTHER)]);
    assert.deepEqual(await agent.call('leftovers'), []);
  });
});
