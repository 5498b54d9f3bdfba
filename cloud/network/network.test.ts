// Verbs of networks: what is accepted, refused, shown, and what is left behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inNetworkCloud } from '#test/network-cloud.ts';
import { makeDomain, makeAccount } from '#test/tenants.ts';

test(
  'a network as created, listed and shown',
  inNetworkCloud(async ({ user, bob, cloud, zone, offering }) => {
    const { network } = await user.call('createNetwork', {
      name: 'front',
      displaytext: 'Front',
      zoneid: zone.zoneUuid,
      networkofferingid: await offering('DefaultIsolatedNetworkOfferingWithSourceNatService'),
      gateway: '192.168.7.1',
      netmask: '255.255.255.128',
      networkdomain: 'front.example',
    });
    assert.deepEqual(
      {
        name: network.name,
        text: network.displaytext,
        state: network.state,
        cidr: network.cidr,
        gateway: network.gateway,
        netmask: network.netmask,
        domain: network.networkdomain,
        type: network.type,
        traffic: network.traffictype,
        account: network.account,
      },
      {
        name: 'front',
        text: 'Front',
        state: 'Allocated',
        cidr: '192.168.7.0/25',
        gateway: '192.168.7.1',
        netmask: '255.255.255.128',
        domain: 'front.example',
        type: 'Isolated',
        traffic: 'Guest',
        account: 'alice',
      },
    );
    const services = network.service.map((one: { name: string }) => one.name);
    for (const name of ['Dhcp', 'Dns', 'SourceNat', 'Firewall', 'PortForwarding', 'StaticNat'])
      assert.ok(services.includes(name), name);
    assert.equal(network.vlan, undefined);
    assert.equal((await bob.user.call('listNetworks', { listall: true })).count, undefined);
    const { count, network: listed } = await user.call('listNetworks');
    assert.equal(count, 1);
    assert.deepEqual(listed[0], network);
    assert.equal((await user.call('listNetworks', { keyword: 'ron' })).count, 1);
    assert.equal(
      (
        await user.call('listNetworks', {
          type: 'isolated',
          supportedservices: 'dhcp,sourcenat',
          zoneid: zone.zoneUuid,
          canusefordeploy: true,
        })
      ).count,
      1,
    );
    assert.equal((await user.call('listNetworks', { type: 'Shared' })).count, undefined);
    assert.equal((await cloud.admin.call('listNetworks', { listall: true, id: network.id })).count, 1);
  }),
);

test(
  'an L2 network has no addresses and no router, and its guests no address',
  inNetworkCloud(async ({ cloud, hosts, zone, network, guest, offering, user }) => {
    const l2 = await network({ networkofferingid: await offering('DefaultL2NetworkOffering') });
    const {
      network: [shown],
    } = await user.call('listNetworks', { id: l2.uuid });
    assert.deepEqual([shown.type, shown.cidr, shown.gateway], ['L2', undefined, undefined]);
    const vm = await guest(l2.id, 'plain');
    assert.equal(vm.ip, null);
    assert.equal(hosts.routers.size, 0);
    assert.equal(hosts.networks.get(zone.hosts[0]!.id)!.size, 1);
    assert.equal(
      (await cloud.db.read.one<{ state: string }>(sql`select state from network where id = ${l2.id}`)).state,
      'Implemented',
    );
  }),
);

test(
  'what is refused when a network is created, by parameter',
  inNetworkCloud(async ({ user, cloud, zone, offering }) => {
    const isolated = await offering('DefaultIsolatedNetworkOfferingWithSourceNatService');
    const base = { name: 'n', zoneid: zone.zoneUuid, networkofferingid: isolated };
    const refused = async (params: Record<string, string>, text: RegExp, code = 431): Promise<void> => {
      const error = await user.refused('createNetwork', { ...base, ...params });
      assert.match(error.errortext, text);
      assert.equal(error.errorcode, code, error.errortext);
    };
    await refused({ name: ' ' }, /name/);
    await refused({ gateway: '10.1.1.1' }, /netmask is missing/);
    await refused({ netmask: '255.255.255.0' }, /gateway is missing/);
    await refused({ gateway: '8.8.8.1', netmask: '255.255.255.0' }, /private range/);
    await refused({ gateway: '10.1.1.1', netmask: '255.255.255.252' }, /no room for guests/);
    await refused({ gateway: '10.1.1.1', netmask: '255.0.0.0' }, /too large/);
    await refused({ gateway: '10.1.1.0', netmask: '255.255.255.0' }, /own or the broadcast/);
    await refused({ gateway: '10.1.1.1', netmask: '255.0.255.0' }, /netmask/);
    await refused({ networkdomain: '-x' }, /networkdomain/);
    await refused({ startip: '10.1.1.5' }, /startip/, 432);
    await refused({ acltype: 'domain' }, /acltype/);
    await refused({ networkofferingid: await offering('DefaultSharedNetworkOffering') }, /shared networks/, 432);
    await cloud.db.read.run(sql`update network_offering set state = 'Disabled' where uuid = ${isolated}`);
    await refused({}, /disabled/);
    await cloud.db.read.run(sql`update network_offering set state = 'Enabled' where uuid = ${isolated}`);
    await cloud.db.read.run(sql`update zone set allocation_state = 'Disabled' where id = ${zone.zoneId}`);
    await refused({}, /disabled/, 531);
  }),
);

test(
  'the limit of networks counts, for the account and its domains, and what is deleted is given back',
  inNetworkCloud(async ({ cloud, zone, user, alice, offering }) => {
    await cloud.db.read.run(
      sql`insert into resource_limit(owner_type, owner_id, type, max) values ('a', ${alice.accountId}, 6, 1)`,
    );
    const params = {
      name: 'n',
      zoneid: zone.zoneUuid,
      networkofferingid: await offering('DefaultIsolatedNetworkOfferingWithSourceNatService'),
    };
    const { network } = await user.call('createNetwork', params);
    assert.equal((await user.refused('createNetwork', params)).errorcode, 535);
    await user.job('deleteNetwork', { id: network.id });
    await user.call('createNetwork', params);
  }),
);

test(
  'two networks may have the same addresses',
  inNetworkCloud(async ({ network, guest, router }) => {
    const [a, b] = [await network({ name: 'a' }), await network({ name: 'b' })];
    await guest(a.id, 'one');
    await guest(b.id, 'two');
    const [first, second] = [await router(a.id), await router(b.id)];
    assert.equal(first.guest.hosts[0]!.ip, second.guest.hosts[0]!.ip);
    assert.notEqual(first.guest.vni, second.guest.vni);
    assert.notEqual(first.public!.addresses[0]!.ip, second.public!.addresses[0]!.ip);
  }),
);

test(
  'a network with guests is not deleted; an empty one leaves nothing behind',
  inNetworkCloud(async ({ cloud, hosts, user, bob, alice, network, guest }) => {
    const net = await network();
    const vm = await guest(net.id, 'web');
    await user.job('associateIpAddress', { networkid: net.uuid });
    assert.equal((await user.refused('deleteNetwork', { id: net.uuid })).errorcode, 536);
    assert.equal((await bob.user.refused('deleteNetwork', { id: net.uuid })).errorcode, 531);
    await cloud.db.read.run(sql`update vm set state = 'Stopped', host_id = null where id = ${vm.id}`);
    await cloud.db.read.run(sql`update nic set removed = now() where vm_id = ${vm.id}`);
    await user.job('deleteNetwork', { id: net.uuid });
    assert.equal((await user.call('listNetworks')).count, undefined);
    for (const [, routers] of hosts.routers) assert.equal(routers.size, 0);
    for (const [, networks] of hosts.networks) assert.equal(networks.size, 0);
    const left = await cloud.db.read
      .one(sql`select (select count(*) from host_network) as hosts, (select count(*) from public_ip where state <> 'Free') as addresses, (select count(*) from router where removed is null) as routers,
    (select sum(used) from resource_count where owner_type = 'a' and owner_id = ${alice.accountId}) as used`);
    assert.deepEqual(left, { hosts: 0, addresses: 0, routers: 0, used: 0 });
  }),
);

test(
  'nothing joins a network that is being deleted',
  inNetworkCloud(async ({ user, network }) => {
    const net = await network();
    await user.call('deleteNetwork', { id: net.uuid });
    assert.equal((await user.refused('deleteNetwork', { id: net.uuid })).errorcode, 431);
    assert.match((await user.refused('associateIpAddress', { networkid: net.uuid })).errortext, /being deleted/);
  }),
);

test(
  'restart makes the router again; only an implemented network can be restarted',
  inNetworkCloud(async ({ hosts, user, network, guest, router }) => {
    const net = await network();
    assert.match((await user.refused('restartNetwork', { id: net.uuid })).errortext, /Allocated/);
    await guest(net.id, 'web');
    const before = hosts.calls.length;
    await user.job('restartNetwork', { id: net.uuid, cleanup: true });
    assert.deepEqual(
      hosts.calls.slice(before).map((text) => text.split(' ')[0]),
      ['removeRouter', 'applyNetwork', 'applyRouter'],
    );
    assert.equal((await router(net.id)).guest.hosts.length, 1);
    assert.equal((await user.refused('restartNetwork', { id: net.uuid, makeredundant: true })).errorcode, 432);
  }),
);

test(
  'an update reaches the router and the answer',
  inNetworkCloud(async ({ user, bob, network, guest, router, offering }) => {
    const net = await network();
    await guest(net.id, 'web');
    const { network: changed } = await user.job('updateNetwork', {
      id: net.uuid,
      name: 'renamed',
      displaytext: 'text',
      networkdomain: 'new.example',
      dns1: '8.8.8.8',
    });
    assert.deepEqual(
      [changed.name, changed.displaytext, changed.networkdomain, changed.dns1],
      ['renamed', 'text', 'new.example', '8.8.8.8'],
    );
    assert.equal((await router(net.id)).guest.domain, 'new.example');
    assert.deepEqual((await router(net.id)).guest.nameServers, ['8.8.8.8']);
    assert.equal((await bob.user.refused('updateNetwork', { id: net.uuid, name: 'x' })).errorcode, 531);
    assert.equal((await user.refused('updateNetwork', { id: net.uuid, guestvmcidr: '10.1.1.0/25' })).errorcode, 432);
    assert.match(
      (
        await user.refused('updateNetwork', {
          id: net.uuid,
          networkofferingid: await offering('DefaultIsolatedNetworkOffering'),
        })
      ).errortext,
      /SourceNat/,
    );
  }),
);

test(
  'a domain administrator sees and acts on networks below, nobody beside',
  inNetworkCloud(async ({ cloud, zone, offering }) => {
    const [east, west] = [await makeDomain(cloud.db, 'east'), await makeDomain(cloud.db, 'west')];
    const carol = await makeAccount(cloud, { name: 'carol', domainId: east.id });
    const [boss, stranger] = [
      await makeAccount(cloud, { name: 'boss', domainId: east.id, role: 'DomainAdmin' }),
      await makeAccount(cloud, { name: 'stranger', domainId: west.id, role: 'DomainAdmin' }),
    ];
    const { network } = await carol.user.call('createNetwork', {
      name: 'n',
      zoneid: zone.zoneUuid,
      networkofferingid: await offering('DefaultIsolatedNetworkOfferingWithSourceNatService'),
    });
    assert.equal((await boss.user.call('listNetworks', { listall: true })).count, 1);
    assert.equal((await stranger.user.call('listNetworks', { listall: true })).count, undefined);
    assert.equal((await stranger.user.refused('deleteNetwork', { id: network.id })).errorcode, 531);
    await boss.user.job('deleteNetwork', { id: network.id });
  }),
);
