// One router with real packets: leases, names, metadata, translation, rules and their removal. Needs root; everything
// happens in namespaces of its own. The tests build on one another: the world is made once, the spec grows.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RouterSpec } from '#protocol/messages.ts';
import { run } from '../process.ts';
import { goldenPath } from './golden.ts';
import type { Peer } from './test-rpc.ts';
import { hostOf, makeWorld, needsRoot, nicOf, specOf, until, UPSTREAM_ANSWER, UPSTREAM_NAME } from './test-world.ts';
import type { Guest, World } from './test-world.ts';

const ID = 'a1a1a1a1-0000-4000-8000-000000000001';
const NAMESPACE = 'nr-a1a1a1a1';
const VNI = 1001;
const ANYWHERE = ['0.0.0.0/0'];
type Dialled = { id: number; seenAs: string; port: number } | null;

describe('a router', { skip: needsRoot }, () => {
  let world: World, agent: Peer, web: Guest, db: Guest, spec: RouterSpec;
  const apply = (change: Partial<RouterSpec>): Promise<unknown> => {
    spec = { ...spec, ...change, generation: spec.generation + 1 };
    return agent.call('apply', spec);
  };
  const dial = (from: Peer, ip: string, port: number, localAddress?: string): Promise<Dialled> =>
    from.call<Dialled>('dial', ip, port, 500, localAddress);
  const tcp = (publicIp: string, start: number, end = start, sourceCidrs = ANYWHERE) => ({
    publicIp,
    protocol: 'tcp' as const,
    ports: { start, end },
    sourceCidrs,
  });

  before(async () => {
    world = await makeWorld('r');
    agent = world.agent();
    await agent.call('start');
    await agent.call('applyNetwork', { vni: VNI, mtu: 1450, peers: [], generation: 1 }, '10.99.0.1');
    [web, db] = await Promise.all([world.guest('w', '52:54:00:00:01:10'), world.guest('d', '52:54:00:00:01:11')]);
    await agent.call('attachTap', nicOf(web, VNI, '10.1.1.10'));
    await agent.call('attachTap', nicOf(db, VNI, '10.1.1.11'));
    spec = specOf(ID, VNI);
    spec.guest.hosts = [
      hostOf(web, '10.1.1.10', 'web', {
        userData: Buffer.from('#!/bin/sh\necho hi\n').toString('base64'),
        password: { id: 'pw-1', value: 'Sesame-1' },
      }),
      hostOf(db, '10.1.1.11', 'db', { defaultRoute: false }),
    ];
    await Promise.all(
      [web, db].flatMap(({ peer }) => [peer.call('listen', 80), peer.call('listen', 8001), peer.call('listenUdp', 53)]),
    );
  });
  after(async () => {
    await world.end();
  });

  test('is refused without its bridges, before anything is made', async () => {
    await assert.rejects(agent.call('apply', { ...spec, guest: { ...spec.guest, vni: 9 } }), {
      code: 'missing',
      message: /no bridge br9/,
    });
    await assert.rejects(agent.call('apply', { ...spec, public: { ...spec.public!, bridge: 'pub9' } }), {
      code: 'missing',
      message: /no bridge pub9/,
    });
    assert.deepEqual(await agent.call('list'), []);
    assert.deepEqual(await agent.call('leftovers'), []);
  });

  test('is made by its first apply', async () => {
    const began = performance.now();
    assert.deepEqual(await agent.call('apply', spec), { generation: 1 });
    assert.ok(performance.now() - began < 3000, 'seconds even on a busy machine');
    assert.deepEqual(await agent.call('list'), [{ id: ID, generation: 1 }]);
  });

  test('the rendered rules of every sample load', async () => {
    for (const name of ['everything.nft', 'private.nft'])
      await run(['nsenter', `--net=/run/netns/${NAMESPACE}`, '--', 'nft', '--check', '-f', goldenPath(name)]);
  });

  test('leases the reserved address with gateway, name server and MTU', async () => {
    const lease = await web.lease();
    assert.deepEqual(
      [lease['ip'], lease['router'], lease['dns'], lease['mtu'], lease['domain'], lease['hostname']],
      ['10.1.1.10', '10.1.1.1', '10.1.1.1', '1450', 'cs1.internal', 'web'],
    );
    const other = await db.lease();
    assert.deepEqual(
      [other['ip'], other['router']],
      ['10.1.1.11', undefined],
      'no default route where another card has it',
    );
    await db.sh('ip', 'route', 'replace', 'default', 'via', '10.1.1.1');
    const { stdout } = await web.sh('ip', '-j', 'link', 'show', 'eth0');
    assert.equal(JSON.parse(stdout)[0].mtu, 1450);
  });

  test('a stranger gets no lease', async () => {
    const stranger = await world.guest('x', '52:54:00:00:01:99');
    await agent.call('attachTap', nicOf(stranger, VNI, '10.1.1.99'));
    const { code } = await stranger.sh(
      'busybox',
      'udhcpc',
      '-f',
      '-n',
      '-q',
      '-t',
      '2',
      '-T',
      '1',
      '-A',
      '1',
      '-i',
      'eth0',
      '-s',
      '/bin/true',
    );
    assert.equal(code, 1);
    await agent.call('detachTap', { tap: stranger.tap, mac: stranger.mac });
  });

  test('resolves guests, itself and the world', async () => {
    const resolve = (name: string): Promise<string[]> => web.peer.call<string[]>('resolve', name, '10.1.1.1');
    assert.deepEqual(await resolve('db.cs1.internal'), ['10.1.1.11']);
    assert.deepEqual(await resolve('data-server'), ['10.1.1.1']);
    assert.deepEqual(await resolve(UPSTREAM_NAME), [UPSTREAM_ANSWER]);
    await assert.rejects(resolve('nobody.cs1.internal'), /ENOTFOUND/);
  });

  test('tells a guest about itself, by the address it asks from', async () => {
    const get = (path: string, headers = {}): Promise<{ status: number; body: string }> =>
      web.peer.call('http', `http://10.1.1.1${path}`, headers);
    assert.equal((await get('/latest/meta-data/')).body, 'instance-id\nlocal-hostname\nlocal-ipv4');
    assert.equal((await get('/latest/meta-data/instance-id', { 'X-Forwarded-For': '10.1.1.11' })).body, 'id-of-web');
    assert.equal((await get('/latest/user-data')).body, '#!/bin/sh\necho hi\n');
    assert.equal((await get('/latest/meta-data/none')).status, 404);
    assert.equal((await db.peer.call<{ body: string }>('http', 'http://10.1.1.1/latest/local-hostname')).body, 'db');
    assert.equal(
      (await web.peer.call<{ status: number }>('http', 'http://10.1.1.1/latest/user-data', {}, 'POST')).status,
      405,
    );
  });

  test('hands the password over once', async () => {
    const ask = async (request: string, from = web): Promise<string> =>
      (await from.peer.call<{ body: string }>('http', 'http://10.1.1.1:8080/', { DomU_Request: request })).body;
    assert.equal(await ask('send_my_password', db), 'saved_password');
    assert.equal(await ask('send_my_password'), 'Sesame-1');
    assert.equal(await ask('what'), 'bad_request');
    assert.equal(await ask('saved_password'), 'saved_password');
    assert.equal(await ask('send_my_password'), 'saved_password');
    await until('told', async () => agent.events.some((event) => event.name === 'taken'));
    assert.deepEqual(
      agent.events.filter((event) => event.name === 'taken').map((event) => event.args),
      [[ID, '10.1.1.10', 'pw-1']],
    );
    await apply({});
    assert.equal(
      await ask('send_my_password'),
      'saved_password',
      'the same password is not offered again by a re-apply',
    );
    assert.equal(
      agent.events.filter((event) => event.name === 'taken').length,
      2,
      'but a server that still offers it is told again',
    );
    spec.guest.hosts[0]!.password = { id: 'pw-2', value: 'Sesame-2' };
    await apply({});
    assert.equal(await ask('send_my_password'), 'Sesame-2');
  });

  test('guests leave under the source NAT address', async () => {
    assert.equal((await dial(web.peer, '203.0.113.1', 7000))?.seenAs, '203.0.113.10');
    assert.equal(await web.peer.call('askUdp', '203.0.113.1', 7000), '203.0.113.10 7000');
  });

  test('nothing comes in by default, not even with a forward alone', async () => {
    await world.outside.call('dial', '203.0.113.10', 80, 100);
    const forward = {
      publicIp: '203.0.113.10',
      protocol: 'tcp' as const,
      publicPorts: { start: 80, end: 80 },
      guestIp: '10.1.1.10',
      guestPorts: { start: 80, end: 80 },
    };
    await apply({ portForwards: [forward] });
    assert.equal(await dial(world.outside, '203.0.113.10', 80), null);
    await world.inside(world.inet, 'ip', 'route', 'add', '10.1.1.0/24', 'via', '203.0.113.10');
    assert.equal(await dial(world.outside, '10.1.1.10', 80), null, "nor by the guest's own address");
    assert.equal(await dial(world.outside, '203.0.113.10', 8080), null, "nor to the router's services");
    assert.equal((await world.inside(world.inet, 'ping', '-c1', '-W1', '203.0.113.10')).code, 1);
  });

  test('a firewall rule opens a forward, for its sources only', async () => {
    await apply({
      firewall: [
        tcp('203.0.113.10', 80, 80, ['203.0.113.1/32']),
        { publicIp: '203.0.113.10', protocol: 'icmp', icmpType: 8, icmpCode: -1, sourceCidrs: ANYWHERE },
      ],
    });
    assert.equal((await dial(world.outside, '203.0.113.10', 80, '203.0.113.1'))?.seenAs, '203.0.113.1');
    assert.equal(await dial(world.outside, '203.0.113.10', 80, '203.0.113.2'), null);
    assert.equal((await world.inside(world.inet, 'ping', '-c1', '-W1', '203.0.113.10')).code, 0);
  });

  test('forwards ranges port by port, and UDP', async () => {
    await apply({
      firewall: [
        ...spec.firewall,
        tcp('203.0.113.10', 9000, 9002),
        { publicIp: '203.0.113.10', protocol: 'udp', ports: { start: 53, end: 53 }, sourceCidrs: ANYWHERE },
      ],
      portForwards: [
        ...spec.portForwards,
        {
          publicIp: '203.0.113.10',
          protocol: 'tcp',
          publicPorts: { start: 9000, end: 9002 },
          guestIp: '10.1.1.11',
          guestPorts: { start: 8000, end: 8002 },
        },
        {
          publicIp: '203.0.113.10',
          protocol: 'udp',
          publicPorts: { start: 53, end: 53 },
          guestIp: '10.1.1.11',
          guestPorts: { start: 53, end: 53 },
        },
      ],
    });
    assert.ok(await dial(world.outside, '203.0.113.10', 9001));
    assert.equal(await dial(world.outside, '203.0.113.10', 9000), null, 'nobody listens on 8000');
    assert.equal(await world.outside.call('askUdp', '203.0.113.10', 53), '203.0.113.1 53');
  });

  test('a guest reaches another, and itself, by the public address', async () => {
    await apply({ firewall: [...spec.firewall, tcp('203.0.113.10', 80)] });
    assert.equal((await dial(db.peer, '203.0.113.10', 80))?.seenAs, '10.1.1.1');
    assert.equal((await dial(web.peer, '203.0.113.10', 80))?.seenAs, '10.1.1.1');
  });

  test('static NAT goes both ways, with its own firewall', async () => {
    const second = { ip: '203.0.113.11', prefix: 24, mac: '06:00:00:00:01:11', sourceNat: false };
    await apply({
      public: { ...spec.public!, addresses: [...spec.public!.addresses, second] },
      staticNats: [{ publicIp: second.ip, guestIp: '10.1.1.11' }],
    });
    assert.equal(await dial(world.outside, second.ip, 80), null);
    assert.equal((await dial(db.peer, '203.0.113.1', 7000))?.seenAs, second.ip);
    assert.equal((await dial(web.peer, '203.0.113.1', 7000))?.seenAs, '203.0.113.10');
    await apply({ firewall: [...spec.firewall, tcp(second.ip, 80)] });
    assert.ok(await dial(world.outside, second.ip, 80));
    assert.equal((await dial(web.peer, second.ip, 80))?.seenAs, '10.1.1.1');
  });

  test('a new public address is announced to the neighbours', async () => {
    const moved = { ip: '203.0.113.77', prefix: 24, mac: '06:00:00:00:01:77', sourceNat: false };
    await world.inside(
      world.inet,
      'ip',
      'neigh',
      'replace',
      moved.ip,
      'lladdr',
      '06:de:ad:00:00:01',
      'dev',
      'eth0',
      'nud',
      'stale',
    );
    await apply({ public: { ...spec.public!, addresses: [...spec.public!.addresses, moved] } });
    const mac = spec.public!.addresses[0]!.mac;
    await until(
      'announced',
      async () => (await world.inside(world.inet, 'ip', 'neigh', 'show', moved.ip)).stdout.includes(mac),
      3000,
    );
    await apply({
      public: { ...spec.public!, addresses: spec.public!.addresses.filter((address) => address !== moved) },
    });
    assert.doesNotMatch((await world.inside(NAMESPACE, 'ip', 'address')).stdout, /203\.0\.113\.77/);
  });

  test('egress rules forbid with an allowing default and allow with a forbidding one', async () => {
    const rule = {
      protocol: 'tcp' as const,
      ports: { start: 7000, end: 7000 },
      sourceCidrs: ['10.1.1.10/32'],
      destinationCidrs: ['203.0.113.1/32'],
    };
    await apply({ egress: { defaultAllow: true, rules: [rule] } });
    assert.equal(await dial(web.peer, '203.0.113.1', 7000), null);
    assert.ok(await dial(web.peer, '203.0.113.2', 7000));
    assert.ok(await dial(db.peer, '203.0.113.1', 7000));
    await apply({ egress: { defaultAllow: false, rules: [rule] } });
    assert.ok(await dial(web.peer, '203.0.113.1', 7000));
    assert.equal(await dial(web.peer, '203.0.113.2', 7000), null);
    assert.equal(await dial(db.peer, '203.0.113.1', 7000), null);
    assert.equal(await web.peer.call('askUdp', '203.0.113.1', 7000), null);
  });

  test('removing a rule ends what it let in and nothing else', async () => {
    await apply({ egress: { defaultAllow: true, rules: [] } });
    const [inbound, outbound] = [
      await dial(world.outside, '203.0.113.11', 80),
      await dial(web.peer, '203.0.113.1', 7000),
    ];
    const other = await dial(world.outside, '203.0.113.10', 9001);
    const alive = (peer: Peer, id: number): Promise<boolean> =>
      peer.call<boolean>('say', id, `still there ${Math.random()}`, 400);
    assert.deepEqual([await alive(world.outside, inbound!.id), await alive(web.peer, outbound!.id)], [true, true]);
    const began = performance.now();
    await apply({ firewall: spec.firewall.filter((rule) => rule.publicIp !== '203.0.113.11') });
    assert.equal(await alive(world.outside, inbound!.id), false);
    assert.ok(performance.now() - began < 2000);
    assert.deepEqual([await alive(world.outside, other!.id), await alive(web.peer, outbound!.id)], [true, true]);
    await apply({ egress: { defaultAllow: false, rules: [] } });
    assert.deepEqual([await alive(web.peer, outbound!.id), await alive(world.outside, other!.id)], [false, true]);
    await apply({ portForwards: [] });
    assert.equal(await alive(world.outside, other!.id), false);
  });

  test('an ended connection is not revived by what the guest still sends', async () => {
    const [rule, forward] = [tcp('203.0.113.10', 80), { publicIp: '203.0.113.10', protocol: 'tcp' as const }];
    const ports = { publicPorts: { start: 80, end: 80 }, guestIp: '10.1.1.10', guestPorts: { start: 80, end: 80 } };
    await apply({
      egress: { defaultAllow: true, rules: [] },
      firewall: [rule],
      portForwards: [{ ...forward, ...ports }],
    });
    const inbound = await dial(world.outside, '203.0.113.10', 80);
    const heard = (): Promise<number> => world.outside.call<number>('heard', inbound!.id);
    const hears = async (ms: number): Promise<boolean> => {
      const known = await heard();
      await web.peer.call('push', 'unasked');
      return until('heard', async () => (await heard()) > known, ms).catch(() => false);
    };
    assert.equal(await hears(2000), true);
    await apply({ firewall: [] });
    // The guest may speak to the outside, and its source port would be translated to the very port that was closed.
    assert.equal(await hears(700), false);
  });

  test('an older generation is refused, the same one changes nothing', async () => {
    const rules = (): Promise<string> => world.inside(NAMESPACE, 'nft', 'list', 'ruleset').then(({ stdout }) => stdout);
    const now = await rules();
    await assert.rejects(agent.call('apply', { ...spec, generation: spec.generation - 1, firewall: [] }), {
      code: 'stale',
      message: /is at generation \d+ here/,
    });
    assert.deepEqual(await agent.call('apply', spec), { generation: spec.generation });
    assert.equal(await rules(), now);
  });

  test('guests may come and go while others keep their lease', async () => {
    const third = await world.guest('t', '52:54:00:00:01:12');
    await agent.call('attachTap', nicOf(third, VNI, '10.1.1.12'));
    const before_ = (await world.inside(NAMESPACE, 'pidof', 'dnsmasq')).stdout;
    await apply({ guest: { ...spec.guest, hosts: [...spec.guest.hosts, hostOf(third, '10.1.1.12', 'third')] } });
    assert.equal((await third.lease())['ip'], '10.1.1.12');
    assert.equal(
      (await world.inside(NAMESPACE, 'pidof', 'dnsmasq')).stdout,
      before_,
      'told by a signal, not by a restart',
    );
    // The next guest gets the very address: a remembered lease must not stand in its way.
    await apply({
      guest: {
        ...spec.guest,
        hosts: [...spec.guest.hosts.slice(0, 2), hostOf(third, '10.1.1.10', 'third')].filter(
          (host) => host.name !== 'web',
        ),
      },
    });
    await agent.call('attachTap', nicOf(third, VNI, '10.1.1.10'));
    assert.equal((await third.lease())['ip'], '10.1.1.10');
    assert.deepEqual(await db.peer.call('resolve', 'third.cs1.internal', '10.1.1.1'), ['10.1.1.10']);
  });

  test('removing leaves nothing', async () => {
    await agent.call('remove', ID);
    assert.deepEqual(await agent.call('leftovers'), []);
    assert.deepEqual(await agent.call('list'), []);
    assert.deepEqual((await run(['find', `${world.dir}/state`, '-mindepth', '1'])).stdout, '');
    await agent.call('remove', ID);
    assert.deepEqual(
      agent.events.filter((event) => event.name === 'trouble'),
      [],
    );
  });
});
