// The standing duties of networks: what is empty is shut down, what is missing comes back, what nobody knows goes, whoever died in between.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reconcileKeeper } from '#cloud/router/reconcile.ts';
import { sql } from '#kernel/sql.ts';
import { inNetworkCloud, testCall, type NetworkCloud } from '#test/network-cloud.ts';
import { freeNics, prepareNetworks } from './network.ts';
import { tidyKeeper } from './tidy.ts';

const never = new AbortController().signal;
const connected = (at: NetworkCloud): void => {
  at.cloud.world.drivers.hosts = {
    ...at.cloud.world.drivers.hosts,
    isConnected: (hostId: number) => !at.hosts.down.has(hostId),
  };
};
const tidy = async (at: NetworkCloud): Promise<void> => tidyKeeper(at.cloud.world).run(never);
const reconcile = async (at: NetworkCloud): Promise<void> => {
  connected(at);
  await reconcileKeeper(at.cloud.world).run(never);
};
const later = (at: NetworkCloud): Promise<unknown> =>
  at.cloud.db.read
    .run(sql`update network set empty_since = empty_since - interval '1 hour' where empty_since is not null`)
    .then(() => at.cloud.db.read.run(sql`update host_network set created = created - interval '1 hour'`));
const stateOf = async (at: NetworkCloud, id: number): Promise<string> =>
  (await at.cloud.db.read.one<{ state: string }>(sql`select state from network where id = ${id}`)).state;

async function stopped(at: NetworkCloud, vmId: number): Promise<void> {
  await at.cloud.db.read.run(sql`update vm set state = 'Stopped', host_id = null where id = ${vmId}`);
}

test(
  'a network without running guests is shut down after its time and comes back with the next one, at the same address',
  inNetworkCloud(async (at) => {
    const { cloud, hosts, zone, network, guest, router } = at;
    const net = await network();
    const vm = await guest(net.id, 'web');
    const before = (await router(net.id)).public!.addresses[0]!.ip;
    await tidy(at);
    await later(at);
    await tidy(at);
    assert.equal(await stateOf(at, net.id), 'Implemented', 'a guest runs');
    await stopped(at, vm.id);
    await tidy(at);
    assert.equal(await stateOf(at, net.id), 'Implemented', 'empty, but not for long');
    await later(at);
    await tidy(at);
    assert.equal(await stateOf(at, net.id), 'Allocated');
    assert.equal(hosts.routers.get(zone.hosts[0]!.id)!.size, 0);
    assert.equal(hosts.networks.get(zone.hosts[0]!.id)!.size, 0);
    assert.deepEqual(
      await cloud.db.read.one(
        sql`select (select count(*) from vni where network_id is not null) as vnis, (select count(*) from host_network) as placed, (select count(*) from router where removed is null) as routers`,
      ),
      { vnis: 0, placed: 0, routers: 0 },
    );
    await cloud.db.read.run(sql`update vm set state = 'Starting', host_id = ${zone.hosts[1]!.id} where id = ${vm.id}`);
    await prepareNetworks(cloud.world, testCall, { vmId: vm.id, hostId: zone.hosts[1]!.id });
    assert.equal((await router(net.id)).public!.addresses[0]!.ip, before);
  }),
);

test(
  'a host lets go of a network once its last guest there is gone, and the others are told',
  inNetworkCloud(async (at) => {
    const { hosts, zone, network, guest } = at;
    const net = await network();
    await guest(net.id, 'a', 0);
    const b = await guest(net.id, 'b', 1);
    const [vni] = [...hosts.networks.get(zone.hosts[1]!.id)!.keys()];
    await stopped(at, b.id);
    await later(at);
    await tidy(at);
    assert.equal(hosts.networks.get(zone.hosts[1]!.id)!.size, 0);
    assert.deepEqual(hosts.networks.get(zone.hosts[0]!.id)!.get(vni!)!.peers, []);
  }),
);

test(
  'an identifier is not given to another network while a host that is away has it',
  inNetworkCloud(async (at) => {
    const { cloud, hosts, zone, network, guest } = at;
    await cloud.db.read.run(sql`delete from vni where vni > 5001`);
    const net = await network({ name: 'a' });
    const vm = await guest(net.id, 'web');
    await stopped(at, vm.id);
    hosts.down.add(zone.hosts[0]!.id);
    await tidy(at);
    await later(at);
    await tidy(at);
    assert.equal(await stateOf(at, net.id), 'Allocated');
    const other = await network({ name: 'b' });
    await assert.rejects(guest(other.id, 'x', 1), { code: 'insufficientNetworkCapacity' });
    hosts.down.clear();
    hosts.routers.get(zone.hosts[0]!.id)!.clear(); // routers.reconcile did that
    await tidy(at);
    await cloud.db.read.run(sql`update vm set host_id = null where name = 'x'`);
    await guest(other.id, 'y', 1);
  }),
);

test(
  'a network whose guest never came is not stuck in Implementing',
  inNetworkCloud(async (at) => {
    const { cloud, network, guest } = at;
    const net = await network();
    const vm = await guest(net.id, 'web');
    await cloud.db.read.run(sql`update network set state = 'Implementing' where id = ${net.id}`);
    await stopped(at, vm.id);
    await freeNics(cloud.db.read, vm.id);
    await tidy(at);
    await later(at);
    await tidy(at);
    assert.equal(await stateOf(at, net.id), 'Allocated');
  }),
);

test(
  'a peer that could not be told is told later',
  inNetworkCloud(async (at) => {
    const { hosts, zone, network, guest } = at;
    const net = await network();
    await guest(net.id, 'a', 0);
    const [vni] = [...hosts.networks.get(zone.hosts[0]!.id)!.keys()];
    hosts.down.add(zone.hosts[0]!.id);
    await guest(net.id, 'b', 1).catch(() => {}); // its router is away: the start fails, the host has the network
    assert.deepEqual(hosts.networks.get(zone.hosts[0]!.id)!.get(vni!)!.peers, []);
    hosts.down.clear();
    await tidy(at);
    assert.deepEqual(hosts.networks.get(zone.hosts[0]!.id)!.get(vni!)!.peers, [zone.hosts[1]!.address]);
  }),
);

test(
  'routers: missing ones are made again, strays removed, those behind told',
  inNetworkCloud(async (at) => {
    const { cloud, hosts, zone, network, guest, router } = at;
    const net = await network();
    await guest(net.id, 'web');
    const host = hosts.routers.get(zone.hosts[0]!.id)!;
    const state = await router(net.id);
    host.clear();
    host.set('00000000-0000-4000-8000-00000000beef', { ...state, id: '00000000-0000-4000-8000-00000000beef' });
    await reconcile(at);
    assert.deepEqual([...host.keys()], [state.id]);
    await cloud.db.read.run(
      sql`update network set generation = generation + 1, network_domain = 'later.example' where id = ${net.id}`,
    );
    await reconcile(at);
    assert.equal((await router(net.id)).guest.domain, 'later.example');
    const calls = hosts.calls.length;
    await reconcile(at);
    assert.deepEqual(
      [...new Set(hosts.calls.slice(calls).map((text) => text.split(' ')[0]))],
      ['listRouters'],
      'nothing to do, nothing done',
    );
  }),
);

test(
  'a router whose host is lost comes up beside the next best host; the old one is cleared when its host is back',
  inNetworkCloud(async (at) => {
    const { cloud, hosts, zone, network, guest, user } = at;
    const net = await network();
    await guest(net.id, 'web', 0);
    await guest(net.id, 'db', 1);
    const [old, other] = [zone.hosts[0]!.id, zone.hosts[1]!.id];
    hosts.down.add(old);
    await cloud.db.read.run(
      sql`update host set status = 'Alert', disconnected = now() - interval '10 seconds' where id = ${old}`,
    );
    await reconcile(at);
    assert.equal(hosts.routers.get(other)?.size ?? 0, 0, 'a hiccup is waited out');
    await cloud.db.read.run(sql`update host set disconnected = now() - interval '10 minutes' where id = ${old}`);
    await reconcile(at);
    assert.equal(hosts.routers.get(other)!.size, 1);
    assert.equal(
      (await cloud.db.read.rows(sql`select 1 from event where type = 'ROUTER.HA' and description like '%was moved%'`))
        .length,
      1,
    );
    assert.equal(
      (
        await cloud.admin.call('listRouters', {
          listall: true,
          hostid: (await cloud.db.read.one<{ uuid: string }>(sql`select uuid from host where id = ${other}`)).uuid,
        })
      ).count,
      1,
    );
    hosts.down.clear();
    await cloud.db.read.run(sql`update host set status = 'Up', disconnected = null where id = ${old}`);
    await reconcile(at);
    assert.equal(hosts.routers.get(old)!.size, 0);
    assert.equal((await user.call('listNetworks')).network[0].state, 'Implemented');
  }),
);

test(
  'an address given back while its router was away is free once the router was told',
  inNetworkCloud(async (at) => {
    const { cloud, hosts, zone, user, network, guest, address } = at;
    const net = await network();
    await guest(net.id, 'web');
    const ip = await address(net.uuid);
    hosts.down.add(zone.hosts[0]!.id);
    await user.job('disassociateIpAddress', { id: ip.id });
    await reconcile(at);
    const state = async (): Promise<string> =>
      (await cloud.db.read.one<{ state: string }>(sql`select state from public_ip where uuid = ${ip.id}`)).state;
    assert.equal(await state(), 'Releasing');
    hosts.down.clear();
    await reconcile(at);
    assert.equal(await state(), 'Free');
  }),
);
