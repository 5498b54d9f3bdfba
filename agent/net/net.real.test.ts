// Guest cards and networks with real frames: lies are dropped, rates hold, tenants with the same addresses do not meet,
// and guests do not reach the host itself. Needs root; everything happens in namespaces of its own.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Peer } from '../router/test-rpc.ts';
import { makeWorld, needsRoot, nicOf, until } from '../router/test-world.ts';
import type { Guest, World } from '../router/test-world.ts';
import { queueOf } from './interface-names.ts';

const [VNI, TWIN_VNI] = [3001, 3002];

describe('host networking', { skip: needsRoot }, () => {
  let world: World, agent: Peer, alice: Guest, bob: Guest, mallory: Guest;
  const network = (vni: number, generation: number, peers: string[] = []) =>
    agent.call('applyNetwork', { vni, mtu: 1450, peers, generation }, '10.99.0.1');
  const address = (guest: Guest, ip: string) => guest.sh('ip', 'address', 'replace', `${ip}/24`, 'dev', 'eth0');
  const ping = async (guest: Guest, ip: string, ...more: string[]): Promise<boolean> =>
    (await guest.sh('ping', '-c1', '-W1', ...more, ip)).code === 0;
  const flood = (vni: number): Promise<string> =>
    world.onHost('bridge', 'fdb', 'show', 'dev', `vx${vni}`).then(({ stdout }) => stdout);

  before(async () => {
    world = await makeWorld('n');
    agent = world.agent();
    await network(VNI, 5, ['10.99.0.2', '10.99.0.3', '10.99.0.1']);
    [alice, bob, mallory] = await Promise.all([
      world.guest('a', '52:54:00:00:0a:01'),
      world.guest('b', '52:54:00:00:0a:02'),
      world.guest('m', '52:54:00:00:0a:01'),
    ]);
    await agent.call('attachTap', nicOf(alice, VNI, '10.6.0.10', { secondaryIps: ['10.6.0.110'] }));
    await agent.call('attachTap', nicOf(bob, VNI, '10.6.0.11'));
    await Promise.all([
      address(alice, '10.6.0.10'),
      address(bob, '10.6.0.11'),
      alice.peer.call('listen', 80),
      bob.peer.call('listen', 80),
    ]);
  });
  after(async () => {
    await world.end();
  });

  test('a network floods to its peers, and takes changes and repetitions', async () => {
    assert.match(await flood(VNI), /dst 10\.99\.0\.2/);
    assert.match(await flood(VNI), /dst 10\.99\.0\.3/);
    assert.doesNotMatch(await flood(VNI), /dst 10\.99\.0\.1 /, 'not to itself');
    await network(VNI, 6, ['10.99.0.2', '10.99.0.4']);
    await network(VNI, 6, ['10.99.0.2', '10.99.0.4']);
    const now = await flood(VNI);
    assert.match(now, /dst 10\.99\.0\.4/);
    assert.doesNotMatch(now, /dst 10\.99\.0\.3/);
  });

  test('the host itself says nothing on a guest’s wire', async () => {
    for (const { tap } of [nicOf(alice, VNI, '10.6.0.10'), nicOf(bob, VNI, '10.6.0.11')])
      assert.equal((await world.onHost('ip', '-6', 'address', 'show', 'dev', tap)).stdout, '');
  });

  test('an older generation is refused, by a restarted agent too', async () => {
    await assert.rejects(network(VNI, 5), { code: 'stale', message: /network 3001 is at generation 6 here/ });
    const next = world.agent();
    await assert.rejects(next.call('applyNetwork', { vni: VNI, mtu: 1450, peers: [], generation: 3 }, '10.99.0.1'), {
      code: 'stale',
    });
    await next.end();
  });

  test('honest guests speak to each other', async () => {
    assert.equal(await ping(alice, '10.6.0.11'), true);
    assert.ok(await bob.peer.call('dial', '10.6.0.10', 80, 700));
  });

  test('also under their secondary addresses', async () => {
    await alice.sh('ip', 'address', 'add', '10.6.0.110/24', 'dev', 'eth0');
    assert.equal(await ping(alice, '10.6.0.11', '-I', '10.6.0.110'), true);
  });

  test('a foreign IP address is dropped', async () => {
    await alice.sh('ip', 'address', 'add', '10.6.0.99/24', 'dev', 'eth0');
    assert.equal(await ping(alice, '10.6.0.11', '-I', '10.6.0.99'), false);
    await alice.sh('ip', 'address', 'delete', '10.6.0.99/24', 'dev', 'eth0');
  });

  test('a foreign address in ARP is dropped, the own passes', async () => {
    const arp = async (from: string): Promise<boolean> =>
      (await alice.sh('arping', '-q', '-c', '1', '-w', '1', '-I', 'eth0', '-s', from, '10.6.0.11')).code === 0;
    assert.equal(await arp('10.6.0.10'), true);
    await alice.sh('ip', 'address', 'add', '10.6.0.1/24', 'dev', 'eth0');
    assert.equal(await arp('10.6.0.1'), false);
    // Unasked, as an attacker would: the neighbour must not believe it.
    await bob.sh('ip', 'neigh', 'replace', '10.6.0.1', 'lladdr', '02:00:00:00:00:01', 'dev', 'eth0', 'nud', 'stale');
    await alice.sh('arping', '-q', '-U', '-c', '1', '-w', '1', '-I', 'eth0', '10.6.0.1');
    assert.match((await bob.sh('ip', 'neigh', 'show', '10.6.0.1')).stdout, /02:00:00:00:00:01/);
    await alice.sh('ip', 'address', 'delete', '10.6.0.1/24', 'dev', 'eth0');
  });

  test('a foreign MAC is dropped', async () => {
    await alice.sh('ip', 'link', 'set', 'eth0', 'address', '52:54:00:00:0a:77');
    assert.equal(await ping(alice, '10.6.0.11'), false);
    await alice.sh('ip', 'link', 'set', 'eth0', 'address', alice.mac);
    assert.equal(await ping(alice, '10.6.0.11'), true);
  });

  test('nobody but the router serves DHCP', async () => {
    const heard = async (from: number, to: number): Promise<boolean> => {
      const ear = bob.peer.call<boolean>('hear', to, 800);
      await alice.peer.call('shout', from, to, '10.6.0.255');
      return ear;
    };
    assert.equal(await heard(1067, 68), true);
    assert.equal(await heard(67, 68), false);
  });

  test('IPv6, and with it router advertisements, does not pass where addresses are ours', async () => {
    const linkLocal = async (guest: Guest): Promise<string> =>
      (
        JSON.parse((await guest.sh('ip', '-j', '-6', 'address', 'show', 'dev', 'eth0', 'scope', 'link')).stdout) as {
          addr_info: { local: string }[];
        }[]
      )[0]!.addr_info[0]!.local;
    const target = `${await linkLocal(bob)}%eth0`;
    assert.equal(await ping(alice, target), false);
    await agent.call('attachTap', nicOf(alice, VNI, null));
    await agent.call('attachTap', nicOf(bob, VNI, null));
    assert.equal(await ping(alice, target), true, 'but on a plain layer-2 network it does');
    await agent.call('attachTap', nicOf(alice, VNI, '10.6.0.10'));
    await agent.call('attachTap', nicOf(bob, VNI, '10.6.0.11'));
    assert.equal(await ping(alice, target), false);
  });

  test('tenants with the same addresses never meet', async () => {
    await network(TWIN_VNI, 1);
    await agent.call('attachTap', nicOf(mallory, TWIN_VNI, '10.6.0.12'));
    await address(mallory, '10.6.0.12');
    assert.equal(await ping(mallory, '10.6.0.11'), false);
    const ear = mallory.peer.call<boolean>('hear', 9999, 500);
    await alice.peer.call('shout', 9998, 9999, '10.6.0.255');
    assert.equal(await ear, false);
  });

  test('guests do not reach the host, although it would answer', async () => {
    await agent.call('attachTap', nicOf(bob, VNI, '10.6.0.11'));
    await world.onHost('ip', 'address', 'add', '10.6.0.254/32', 'dev', 'lo');
    await world.onHost('ip', 'link', 'set', `br${VNI}`, 'arp', 'on');
    const mac = (await world.onHost('ip', '-j', 'link', 'show', `br${VNI}`)).stdout;
    await bob.sh(
      'ip',
      'neigh',
      'replace',
      '10.6.0.254',
      'lladdr',
      (JSON.parse(mac) as { address: string }[])[0]!.address,
      'dev',
      'eth0',
    );
    // The way back exists, so that silence is the wall and not a missing route.
    await world.onHost('ip', 'route', 'add', '10.6.0.11/32', 'dev', `br${VNI}`);
    assert.equal(await ping(bob, '10.6.0.254'), false);
    await world.onHost('nft', 'flush', 'chain', 'bridge', 'nephos', 'to_host');
    assert.equal(await ping(bob, '10.6.0.254'), true, 'without the wall it does answer');
    await network(VNI, 7);
    assert.equal(await ping(bob, '10.6.0.254'), false);
    await world.onHost('ip', 'route', 'delete', '10.6.0.11/32');
  });

  test('a default-drop firewall of the host does not touch bridged frames', async () => {
    await world.onHost(
      'nft',
      'add table inet strict; add chain inet strict f { type filter hook forward priority 0; policy drop; }',
    );
    assert.equal(await ping(alice, '10.6.0.11'), true);
    await world.onHost('nft', 'delete table inet strict');
  });

  test('a rate limit holds both ways and can be changed and lifted', async () => {
    const megabits = async (from: Guest, to: Guest, ip: string): Promise<number> => {
      const pumping = from.peer.call('pump', ip, 9, 1200);
      await until('the first bytes', async () => (await to.peer.call<number>('sunk')) > 0);
      const [before, began] = [await to.peer.call<number>('sunk'), performance.now()];
      await pumping;
      return (((await to.peer.call<number>('sunk')) - before) * 8) / (performance.now() - began) / 1000;
    };
    await Promise.all([alice, bob].map((guest) => guest.peer.call('sink', 9)));
    await agent.call('attachTap', nicOf(alice, VNI, '10.6.0.10', { rateMbps: 10 }));
    await agent.call('attachTap', nicOf(alice, VNI, '10.6.0.10', { rateMbps: 10 }));
    for (const [from, to, ip] of [
      [alice, bob, '10.6.0.11'],
      [bob, alice, '10.6.0.10'],
    ] as const) {
      const limited = await megabits(from, to, ip);
      assert.ok(limited > 4 && limited < 14, `${limited.toFixed(1)} Mbit/s with a limit of 10`);
    }
    await agent.call('attachTap', nicOf(alice, VNI, '10.6.0.10'));
    const free = await megabits(alice, bob, '10.6.0.11');
    assert.ok(free > 50, `${free.toFixed(1)} Mbit/s without a limit`);
    assert.doesNotMatch((await world.onHost('ip', 'link')).stdout, new RegExp(queueOf(alice.tap)));
  });

  test('a network in use is not removed', async () => {
    await assert.rejects(agent.call('removeNetwork', VNI), { code: 'refused', message: /in use on this host by tap/ });
  });

  test("attaching needs the interface and the network; a card whose name is another's now stays guarded", async () => {
    await assert.rejects(agent.call('attachTap', { ...nicOf(alice, VNI, '10.6.0.10'), tap: 'tapnone' }), {
      code: 'missing',
      message: /no interface tapnone/,
    });
    await agent.call('detachTap', { tap: 'tapnone', mac: alice.mac });
    await assert.rejects(agent.call('attachTap', nicOf(alice, 9, '10.6.0.10')), {
      code: 'missing',
      message: /network 9 is not on this host/,
    });
    await agent.call('detachTap', { tap: alice.tap, mac: bob.mac });
    assert.match((await world.onHost('nft', 'list', 'map', 'bridge', 'nephos', 'taps')).stdout, /tapa/);
  });

  test('detaching and removing leave nothing, twice as well as once', async () => {
    for (let i = 0; i < 2; i++) {
      for (const guest of [alice, bob, mallory]) await agent.call('detachTap', { tap: guest.tap, mac: guest.mac });
      for (const vni of [VNI, TWIN_VNI]) await agent.call('removeNetwork', vni);
    }
    assert.doesNotMatch((await world.onHost('ip', 'link')).stdout, /br3001|vx3001|br3002|ifb-/);
    const rules = (await world.onHost('nft', 'list', 'table', 'bridge', 'nephos')).stdout;
    assert.doesNotMatch(rules, /tapa|tapb|tapm|vx300/);
  });
});
