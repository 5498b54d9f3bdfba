// A guest's networks from nothing to a router that knows it, on real rows and hosts at the driver interface.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '#kernel/job.ts';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '../../test/cloud.ts';
import { fakeNetworkHosts, type FakeNetworkHosts } from '../../test/fake-network.ts';
import { makeGuest, makeNetworkZone, type NetworkZone } from '../../test/network-rows.ts';
import { makeAccount, type TestAccount } from '../../test/tenants.ts';
import { seenNetwork } from './look.ts';
import { makeDefaultNetwork } from './make.ts';
import { addNics, freeNics, guestNics, networksForGuest, prepareNetworks, refreshRouters } from './network.ts';
import { passwordTaken, routerRepaired } from './router-news.ts';

const call: Call = { job: 'test', epoch: 1, trace: null, signal: new AbortController().signal, progress: () => {} };
interface Setup {
  cloud: TestCloud;
  zone: NetworkZone;
  hosts: FakeNetworkHosts;
  account: TestAccount;
  owner: { accountId: number; domainId: number };
  cx: never;
}

const setup = (work: (at: Setup) => Promise<void>) =>
  inCloud(async (cloud) => {
    const zone = await makeNetworkZone(cloud.db);
    const account = await makeAccount(cloud, { name: 'alice' });
    const hosts = fakeNetworkHosts();
    cloud.world.drivers.network = hosts;
    const cx = {
      tx: cloud.db.read,
      settings: cloud.server.settings,
      sealer: cloud.server.sealer,
      event: async () => {},
    } as never;
    await work({ cloud, zone, hosts, account, owner: { accountId: account.accountId, domainId: 1 }, cx });
  });

async function guestIn(
  { cloud, zone, account }: Setup,
  networkId: number,
  name: string,
  hostIndex = 0,
): Promise<number> {
  const vm = await makeGuest(cloud.db.read, zone, {
    accountId: account.accountId,
    name,
    hostId: zone.hosts[hostIndex]!.id,
  });
  await addNics(cloud.db.read, [
    { vmId: vm.id, network: await seenNetwork(cloud.db.read, networkId), deviceId: 0, isDefault: true },
  ]);
  return vm.id;
}

test(
  'the first guest of an account gets a network, a router and a source NAT address',
  setup(async (at) => {
    const { cloud, zone, hosts, owner, cx } = at;
    const [first] = await networksForGuest(cx, { networkIds: [], owner, zoneId: zone.zoneId });
    const networkId = first!.id;
    const [second] = await networksForGuest(cx, { networkIds: [], owner, zoneId: zone.zoneId });
    assert.equal(second!.id, networkId, 'the second guest gets the same');
    const vm = await makeGuest(cloud.db.read, zone, {
      accountId: owner.accountId,
      name: 'web',
      hostId: zone.hosts[0]!.id,
      password: cloud.server.sealer.seal('secret'),
    });
    await addNics(cloud.db.read, [{ vmId: vm.id, network: first!, deviceId: 0, isDefault: true }]);
    await prepareNetworks(cloud.world, call, { vmId: vm.id, hostId: zone.hosts[0]!.id });
    const network = await cloud.db.read.one<{ name: string; state: string; vni: number }>(
      sql`select name, state, vni from network where id = ${networkId}`,
    );
    assert.equal(network.name, 'alice-network');
    assert.equal(network.state, 'Implemented');
    const router = [...hosts.routers.get(zone.hosts[0]!.id)!.values()][0]!;
    assert.equal(router.guest.vni, network.vni);
    assert.equal(router.guest.address, '10.1.1.1');
    assert.equal(router.guest.prefix, 24);
    assert.equal(router.guest.domain, `cs${owner.accountId.toString(16)}cloud.internal`);
    assert.deepEqual(router.guest.nameServers, ['9.9.9.9', '1.1.1.1']);
    assert.equal(router.public?.bridge, 'cloudbr1');
    assert.deepEqual(
      router.public?.addresses.map(({ ip, prefix, sourceNat }) => ({ ip, prefix, sourceNat })),
      [{ ip: '203.0.113.10', prefix: 24, sourceNat: true }],
    );
    const [host] = router.guest.hosts;
    assert.equal(host!.ip, '10.1.1.2');
    assert.deepEqual(host!.password, { id: 'p-web', value: 'secret' });
    assert.equal(host!.metadata['vm-id'], vm.uuid);
    assert.equal(host!.metadata['public-ipv4'], '203.0.113.10');
    assert.equal(host!.metadata['public-keys'], 'ssh-ed25519 AAAA');
    const [nic] = await guestNics(cloud.db.read, vm.id);
    assert.deepEqual(
      { ...nic, nicId: '', mac: '' },
      {
        nicId: '',
        vni: network.vni,
        tap: nic!.tap,
        mac: '',
        ip: '10.1.1.2',
        secondaryIps: [],
        mtu: 1450,
        device: 0,
        rateMbps: 200,
      },
    );
    assert.match(nic!.tap, /^t[0-9a-z]{8,14}$/);
    assert.deepEqual(
      await cloud.db.read.one(
        sql`select state, applied_generation = (select generation from network where id = ${networkId}) as current from router where network_id = ${networkId}`,
      ),
      { state: 'Running', current: true },
    );
    assert.deepEqual(
      await cloud.db.read.rows(
        sql`select type, used from resource_count where owner_type = 'a' and owner_id = ${owner.accountId} order by type`,
      ),
      [
        { type: 1, used: 1 },
        { type: 6, used: 1 },
      ],
    );
  }),
);

test(
  'two guests at once in a fresh network on two hosts: one identifier, one router, peers told to both',
  setup(async (at) => {
    const { cloud, zone, hosts, cx, owner } = at;
    const networkId = await makeDefaultNetwork(cx, { owner, zoneId: zone.zoneId });
    const [a, b] = [await guestIn(at, networkId, 'a', 0), await guestIn(at, networkId, 'b', 1)];
    await prepareNetworks(cloud.world, call, { vmId: a, hostId: zone.hosts[0]!.id });
    await prepareNetworks(cloud.world, call, { vmId: b, hostId: zone.hosts[1]!.id });
    const taken = await cloud.db.read.rows<{ vni: number }>(sql`select vni from vni where network_id is not null`);
    assert.equal(taken.length, 1);
    const peers = zone.hosts.map((host) => hosts.networks.get(host.id)!.get(taken[0]!.vni)!.peers);
    assert.deepEqual(peers, [[zone.hosts[1]!.address], [zone.hosts[0]!.address]]);
    assert.equal((await cloud.db.read.rows(sql`select 1 from router where removed is null`)).length, 1);
    assert.deepEqual(
      [...hosts.routers.get(zone.hosts[0]!.id)!.values()][0]!.guest.hosts.map((host) => host.name),
      ['a', 'b'],
    );
    assert.equal(hosts.routers.get(zone.hosts[1]!.id), undefined);
  }),
);

test(
  'addresses: wished ones are checked, freed ones come back, nobody gets one twice',
  setup(async (at) => {
    const { cloud, zone, account, cx, owner } = at;
    const networkId = await makeDefaultNetwork(cx, { owner, zoneId: zone.zoneId });
    const vm = await makeGuest(cloud.db.read, zone, { accountId: account.accountId, name: 'a' });
    const add = (ip?: string, mac?: string) =>
      cloud.db.tx(async (tx) =>
        addNics(tx, [
          {
            vmId: vm.id,
            network: await seenNetwork(tx, networkId),
            deviceId: Math.floor(Math.random() * 1e6),
            isDefault: false,
            ...(ip ? { ip } : {}),
            ...(mac ? { mac } : {}),
          },
        ]),
      );
    await add('10.1.1.77');
    for (const [ip, why] of [
      ['10.1.1.1', /gateway/],
      ['10.1.1.0', /own address/],
      ['10.1.1.255', /broadcast/],
      ['10.1.2.3', /not in the network/],
      ['10.1.1.77', /taken/],
      ['abc', /IPv4/],
    ] as const) {
      await assert.rejects(add(ip), (error: { parameter?: string; message: string }) => why.test(error.message));
    }
    await add(undefined, '02:00:00:00:00:99');
    await assert.rejects(add(undefined, '02:00:00:00:00:99'), /another network card/);
    await assert.rejects(add(undefined, '03:00:00:00:00:99'), /unicast/);
    await freeNics(cloud.db.read, vm.id);
    await add('10.1.1.77');
    await cloud.db.read.run(
      sql`update network set cidr = '10.1.1.76/30', gateway = '10.1.1.78' where id = ${networkId}`,
    );
    await assert.rejects(add(), /All addresses/);
  }),
);

test(
  'networks of others, of other zones, twice, unknown or being deleted are refused',
  setup(async (at) => {
    const { cloud, zone, cx, owner } = at;
    const bob = await makeAccount(cloud, { name: 'bob' });
    const mine = await makeDefaultNetwork(cx, { owner, zoneId: zone.zoneId });
    const theirs = await makeDefaultNetwork(cx, {
      owner: { accountId: bob.accountId, domainId: 1 },
      zoneId: zone.zoneId,
    });
    const other = await makeNetworkZone(cloud.db, { name: 'z2', addresses: 0 });
    const far = await makeDefaultNetwork(cx, { owner, zoneId: other.zoneId });
    const wanted = (networkIds: (number | string)[]) =>
      networksForGuest(cx, { networkIds, owner, zoneId: zone.zoneId });
    const { uuid } = await cloud.db.read.one<{ uuid: string }>(sql`select uuid from network where id = ${mine}`);
    assert.deepEqual(
      (await wanted([uuid])).map(({ id }) => id),
      [mine],
    );
    await assert.rejects(wanted([theirs]), { code: 'permissionDenied' });
    await assert.rejects(wanted([far]), /another zone/);
    await assert.rejects(wanted([mine, uuid]), /twice/);
    await assert.rejects(wanted(['00000000-0000-4000-8000-00000000dead']), { code: 'notFound' });
    await makeDefaultNetwork(cx, { owner, zoneId: zone.zoneId });
    await assert.rejects(wanted([]), /2 networks/);
    await cloud.db.read.run(sql`update network set deleting = now() where id = ${mine}`);
    await assert.rejects(wanted([mine]), /being deleted/);
  }),
);

test(
  'no identifier or no address left says so and leaves nothing half done',
  setup(async (at) => {
    const { cloud, zone, cx, owner } = at;
    const networkId = await makeDefaultNetwork(cx, { owner, zoneId: zone.zoneId });
    const vmId = await guestIn(at, networkId, 'a');
    await cloud.db.read.run(sql`update public_ip set state = 'Reserved'`);
    await assert.rejects(prepareNetworks(cloud.world, call, { vmId, hostId: zone.hosts[0]!.id }), {
      code: 'insufficientAddressCapacity',
    });
    assert.equal(
      (await cloud.db.read.one<{ n: number }>(sql`select count(*) as n from vni where network_id is not null`)).n,
      0,
    );
    await cloud.db.read.run(sql`update public_ip set state = 'Free'`);
    await cloud.db.read.run(sql`delete from vni`);
    await assert.rejects(prepareNetworks(cloud.world, call, { vmId, hostId: zone.hosts[0]!.id }), {
      code: 'insufficientNetworkCapacity',
    });
    assert.equal(
      (await cloud.db.read.one<{ state: string }>(sql`select state from network where id = ${networkId}`)).state,
      'Allocated',
    );
  }),
);

test(
  'an expunged guest is forgotten by its router; a host that is away is not waited for',
  setup(async (at) => {
    const { cloud, zone, hosts, cx, owner } = at;
    const networkId = await makeDefaultNetwork(cx, { owner, zoneId: zone.zoneId });
    const [a, b] = [await guestIn(at, networkId, 'a'), await guestIn(at, networkId, 'b')];
    for (const vmId of [a, b]) await prepareNetworks(cloud.world, call, { vmId, hostId: zone.hosts[0]!.id });
    await freeNics(cloud.db.read, a);
    await refreshRouters(cloud.world, call, { vmId: a });
    const router = (): { guest: { hosts: { name: string }[] } } =>
      [...hosts.routers.get(zone.hosts[0]!.id)!.values()][0]!;
    assert.deepEqual(
      router().guest.hosts.map((host) => host.name),
      ['b'],
    );
    hosts.down.add(zone.hosts[0]!.id);
    await freeNics(cloud.db.read, b);
    await refreshRouters(cloud.world, call, { vmId: b });
    assert.ok(cloud.world.poked.includes('routers.reconcile'));
  }),
);

test(
  'what hosts tell of routers: a repair is an event, a taken password is not offered again',
  setup(async (at) => {
    const { cloud, zone, hosts, cx, owner } = at;
    const networkId = await makeDefaultNetwork(cx, { owner, zoneId: zone.zoneId });
    const vm = await makeGuest(cloud.db.read, zone, {
      accountId: owner.accountId,
      name: 'web',
      hostId: zone.hosts[0]!.id,
      password: cloud.server.sealer.seal('secret'),
    });
    await addNics(cloud.db.read, [
      { vmId: vm.id, network: await seenNetwork(cloud.db.read, networkId), deviceId: 0, isDefault: true },
    ]);
    await prepareNetworks(cloud.world, call, { vmId: vm.id, hostId: zone.hosts[0]!.id });
    const [router] = [...hosts.routers.get(zone.hosts[0]!.id)!.keys()];
    await passwordTaken(cloud.db, { router: router!, ip: '10.1.1.2', passwordId: 'another' });
    await prepareNetworks(cloud.world, call, { vmId: vm.id, hostId: zone.hosts[0]!.id });
    assert.ok([...hosts.routers.get(zone.hosts[0]!.id)!.values()][0]!.guest.hosts[0]!.password);
    await passwordTaken(cloud.db, { router: router!, ip: '10.1.1.2', passwordId: 'p-web' });
    await prepareNetworks(cloud.world, call, { vmId: vm.id, hostId: zone.hosts[0]!.id });
    assert.equal([...hosts.routers.get(zone.hosts[0]!.id)!.values()][0]!.guest.hosts[0]!.password, null);
    assert.notEqual(
      (await cloud.db.read.one<{ password: string | null }>(sql`select password from vm where id = ${vm.id}`)).password,
      null,
    );
    await routerRepaired(cloud.db, { router: router!, what: 'dnsmasq was not running' });
    const event = await cloud.db.read.one<{ level: string; description: string }>(
      sql`select level, description from event where type = 'ROUTER.HA'`,
    );
    assert.equal(event.level, 'WARN');
    assert.match(event.description, /repaired: dnsmasq/);
  }),
);
