// Networks under real concurrency: a database of its own, several connections, transactions that commit.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openDb, statementsOn, type Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { testServer } from '#test/cloud.ts';
import { cloneDatabase } from '#test/database.ts';
import { fakeNetworkHosts, type FakeNetworkHosts } from '#test/fake-network.ts';
import { testCall } from '#test/network-cloud.ts';
import { makeGuest, makeNetworkZone, type NetworkZone } from '#test/network-rows.ts';
import type { World } from '../context.ts';
import { seenNetwork } from './look.ts';
import { makeDefaultNetwork } from './make.ts';
import { addNics, freeNics, networksForGuest, prepareNetworks, refreshRouters } from './network.ts';
import { freeIp } from './nic.store.ts';

const GUESTS = 8;
let db: Db;
let world: World;
let hosts: FakeNetworkHosts;
let zone: NetworkZone;
let end: () => Promise<void>;
const owner = { accountId: 2, domainId: 1 };

before(async () => {
  const { url, drop } = await cloneDatabase();
  db = openDb({ url, max: 12 });
  const server = await testServer(db);
  hosts = fakeNetworkHosts();
  Object.assign(server.world.drivers, { network: hosts });
  world = server.world;
  zone = await makeNetworkZone(db, { hosts: 3 });
  end = async () => {
    server.close();
    await db.close();
    await drop();
  };
});
after(() => end());

const cxOn = (tx: Db['read']) =>
  ({ tx, settings: world.settings, sealer: world.sealer, event: async () => {} }) as never;
const together = <T>(n: number, work: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: n }, (_, index) => work(index)));

test('several first guests of an account at once make one network', async () => {
  const ids = await together(4, () =>
    db.tx(async (tx) => (await networksForGuest(cxOn(tx), { networkIds: [], owner, zoneId: zone.zoneId }))[0]!.id),
  );
  assert.equal(new Set(ids).size, 1);
});

test("guests added, started and removed at once in a fresh network: addresses, identifier and router are one's own, and the router ends with the newest", async () => {
  const networkId = await db.tx((tx) => makeDefaultNetwork(cxOn(tx), { owner, zoneId: zone.zoneId }));
  const guests = await together(GUESTS, (index) =>
    db.tx(async (tx) => {
      const vm = await makeGuest(tx, zone, {
        accountId: owner.accountId,
        name: `g${index}`,
        hostId: zone.hosts[index % 3]!.id,
      });
      await addNics(tx, [{ vmId: vm.id, network: await seenNetwork(tx, networkId), deviceId: 0, isDefault: true }]);
      return { id: vm.id, hostId: zone.hosts[index % 3]!.id };
    }),
  );
  const ips = await db.read.rows<{ ip: string }>(
    sql`select host(ip) as ip from nic where network_id = ${networkId} and removed is null`,
  );
  assert.equal(new Set(ips.map(({ ip }) => ip)).size, GUESTS);

  await Promise.all(guests.map((guest) => prepareNetworks(world, testCall, { vmId: guest.id, hostId: guest.hostId })));
  const [network] = await db.read.rows<{ state: string; vni: number; generation: number }>(
    sql`select state, vni, generation from network where id = ${networkId}`,
  );
  assert.equal(network!.state, 'Implemented');
  assert.equal((await db.read.rows(sql`select 1 from vni where network_id = ${networkId}`)).length, 1);
  assert.equal((await db.read.rows(sql`select 1 from public_ip where network_id = ${networkId}`)).length, 1);
  const [router] = await db.read.rows<{ uuid: string; hostId: number; appliedGeneration: number }>(
    sql`select uuid, host_id as "hostId", applied_generation as "appliedGeneration" from router where network_id = ${networkId} and removed is null`,
  );
  assert.equal(router!.appliedGeneration, network!.generation);
  assert.equal(hosts.routers.get(router!.hostId)!.get(router!.uuid)!.guest.hosts.length, GUESTS);
  for (const host of zone.hosts) {
    assert.deepEqual(
      hosts.networks.get(host.id)!.get(network!.vni)!.peers.toSorted(),
      zone.hosts
        .filter((one) => one.id !== host.id)
        .map((one) => one.address)
        .toSorted(),
    );
  }

  await Promise.all(
    guests.slice(1).map(async (guest) => {
      await db.tx((tx) => freeNics(tx, guest.id));
      await refreshRouters(world, testCall, { vmId: guest.id });
    }),
  );
  assert.deepEqual(
    hosts.routers
      .get(router!.hostId)!
      .get(router!.uuid)!
      .guest.hosts.map((host) => host.name),
    ['g0'],
  );
});

test('the last free public address goes to one of those who ask', async () => {
  await db.read.run(
    sql`update public_ip set state = 'Reserved', system = true where state = 'Free' and id not in (select min(id) from public_ip where state = 'Free')`,
  );
  const networks: number[] = [];
  for (let index = 0; index < 3; index += 1)
    networks.push(await db.tx((tx) => makeDefaultNetwork(cxOn(tx), { owner, zoneId: zone.zoneId })));
  const results = await Promise.allSettled(
    networks.map(async (networkId, index) => {
      const vm = await db.tx(async (tx) => {
        const made = await makeGuest(tx, zone, {
          accountId: owner.accountId,
          name: `last${index}`,
          hostId: zone.hosts[0]!.id,
        });
        await addNics(tx, [{ vmId: made.id, network: await seenNetwork(tx, networkId), deviceId: 0, isDefault: true }]);
        return made;
      });
      await prepareNetworks(world, testCall, { vmId: vm.id, hostId: zone.hosts[0]!.id });
    }),
  );
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
  for (const result of results)
    if (result.status === 'rejected')
      assert.equal((result.reason as { code: string }).code, 'insufficientAddressCapacity');
  assert.equal(
    (
      await db.read.rows(
        sql`select 1 from network where id = any(${networks}) and (state <> 'Allocated' or vni is not null)`,
      )
    ).length,
    1,
    'those without stay Allocated, with nothing taken',
  );
});

/** A transaction that stays open for as long as the test wants: no limit of the pool's ends it. */
async function openTransaction(): Promise<{ tx: Db['read']; commit(): Promise<void> }> {
  const client = db.dedicated('open transaction');
  await client.connect();
  await client.query('begin');
  return {
    tx: statementsOn(client),
    commit: async () => {
      await client.query('commit');
      await client.end();
    },
  };
}

test('while a card is being added others get addresses of their own, and a guest of the network starts', async () => {
  const networkId = await db.tx((tx) => makeDefaultNetwork(cxOn(tx), { owner, zoneId: zone.zoneId }));
  const network = await seenNetwork(db.read, networkId);
  const guestOn = async (tx: Db['read'], name: string, hostId: number): Promise<number> => {
    const vm = await makeGuest(tx, zone, { accountId: owner.accountId, name, hostId });
    await addNics(tx, [{ vmId: vm.id, network, deviceId: 0, isDefault: true }]);
    return vm.id;
  };
  const [here, there] = [zone.hosts[0]!.id, zone.hosts[1]!.id];
  const first = await db.tx((tx) => guestOn(tx, 'first', here));
  await db.read.run(sql`update public_ip set state = 'Free', system = false where network_id is null`);
  await prepareNetworks(world, testCall, { vmId: first, hostId: here });
  const second = await db.tx((tx) => guestOn(tx, 'second', here));

  const slow = await openTransaction();
  const third = await guestOn(slow.tx, 'third', there);
  await prepareNetworks(world, testCall, { vmId: second, hostId: here });
  const range = { id: networkId, cidr: network.cidr!, gateway: network.gateway! };
  const another = await db.tx((tx) => freeIp(tx, range));
  await slow.commit();

  const ips = await db.read.rows<{ ip: string; vmId: number }>(
    sql`select host(ip) as ip, vm_id as "vmId" from nic where network_id = ${networkId} order by nic.ip`,
  );
  assert.deepEqual(
    ips.map(({ ip, vmId }) => [ip, vmId]),
    [
      ['10.1.1.2', first],
      ['10.1.1.3', second],
      ['10.1.1.4', third],
    ],
  );
  assert.equal(another, '10.1.1.5');
  await prepareNetworks(world, testCall, { vmId: third, hostId: there });
  const { state, vni } = await seenNetwork(db.read, networkId);
  assert.equal(state, 'Implemented');
  assert.ok(hosts.networks.get(there)!.has(vni!), 'a host that is new to the network was told of it');
});

test('where the highest address is taken, each gap is found, and then there is none', async () => {
  const networkId = await db.tx((tx) => makeDefaultNetwork(cxOn(tx), { owner, zoneId: zone.zoneId }));
  await db.read.run(sql`update network set cidr = '10.1.1.0/28' where id = ${networkId}`);
  const network = await seenNetwork(db.read, networkId);
  const add = (ip?: string): Promise<unknown> =>
    db.tx(async (tx) => {
      const vm = await makeGuest(tx, zone, { accountId: owner.accountId, name: 'gap', hostId: zone.hosts[0]!.id });
      return addNics(tx, [{ vmId: vm.id, network, deviceId: 0, isDefault: true, ip }]);
    });
  await add('10.1.1.14');
  await db.read.run(
    sql`insert into nic_secondary_ip(nic_id, network_id, vm_id, ip, account_id, domain_id) select id, network_id, vm_id, '10.1.1.9', 2, 1 from nic where network_id = ${networkId}`,
  );
  await together(11, () => add()); // 13 addresses for guests, 2 of which are taken
  const { n, high } = await db.read.one<{ n: number; high: number }>(
    sql`select count(distinct ip)::int as n, count(*) filter (where ip in ('10.1.1.1', '10.1.1.9') or ip <= '10.1.1.0' or ip >= '10.1.1.15')::int as high from nic where network_id = ${networkId}`,
  );
  assert.deepEqual({ n, high }, { n: 12, high: 0 });
  await assert.rejects(add(), { code: 'insufficientAddressCapacity' });
});

test('a card is not added to a network that began to be deleted meanwhile', async () => {
  const networkId = await db.tx((tx) => makeDefaultNetwork(cxOn(tx), { owner, zoneId: zone.zoneId }));
  const network = await seenNetwork(db.read, networkId);
  await db.read.run(sql`update network set deleting = now() where id = ${networkId}`);
  const added = db.tx(async (tx) => {
    const vm = await makeGuest(tx, zone, { accountId: owner.accountId, name: 'late', hostId: zone.hosts[0]!.id });
    return addNics(tx, [{ vmId: vm.id, network, deviceId: 0, isDefault: true }]);
  });
  await assert.rejects(added, /is being deleted/);
  assert.deepEqual(await db.read.rows(sql`select 1 from nic where network_id = ${networkId}`), []);
});
