// Networks under real concurrency: a database of its own, several connections, transactions that commit.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openDb, type Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { testServer } from '#test/cloud.ts';
import { cloneDatabase } from '#test/database.ts';
import { fakeNetworkHosts, type FakeNetworkHosts } from '#test/fake-network.ts';
import { testCall } from '#test/network-cloud.ts';
import { makeGuest, makeNetworkZone, type NetworkZone } from '#test/network-rows.ts';
import type { World } from '../context.ts';
import { makeDefaultNetwork } from './make.ts';
import { addNic, freeNics, networksForGuest, prepareNetworks, refreshRouters } from './network.ts';

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
    db.tx(async (tx) => (await networksForGuest(cxOn(tx), { networkIds: [], owner, zoneId: zone.zoneId }))[0]),
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
      await addNic(tx, { vmId: vm.id, networkId, deviceId: 0, isDefault: true });
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
        await addNic(tx, { vmId: made.id, networkId, deviceId: 0, isDefault: true });
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
