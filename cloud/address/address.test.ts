// Public addresses: who gets which, what a list shows, and that none is lost or given to two.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inNetworkCloud } from '#test/network-cloud.ts';

test(
  'the first address of a network is the one guests leave by; further ones are its own',
  inNetworkCloud(async ({ user, network, guest, router, address, zone }) => {
    const net = await network();
    const first = await address(net.uuid);
    await guest(net.id, 'web');
    const second = await address(net.uuid);
    assert.deepEqual(
      (await router(net.id)).public!.addresses.map(({ ip, sourceNat }) => [ip, sourceNat]),
      [
        [first.ipaddress, true],
        [second.ipaddress, false],
      ],
    );
    const { count, publicipaddress: listed } = await user.call('listPublicIpAddresses', {
      associatednetworkid: net.uuid,
    });
    assert.equal(count, 2);
    const [main, other] = listed;
    assert.deepEqual(
      [
        main.ipaddress,
        main.issourcenat,
        main.isstaticnat,
        main.state,
        main.associatednetworkid,
        main.zoneid,
        main.account,
        main.forvirtualnetwork,
      ],
      [first.ipaddress, true, false, 'Allocated', net.uuid, zone.zoneUuid, 'alice', true],
    );
    assert.equal(other.issourcenat, false);
    assert.equal(other.vlanid, undefined);
    assert.equal((await user.call('listPublicIpAddresses', { issourcenat: false })).publicipaddress[0].id, second.id);
  }),
);

test(
  'a named address, a taken one, a foreign one',
  inNetworkCloud(async ({ user, bob, cloud, network, zone }) => {
    const net = await network();
    const { ipaddress: got } = await user.job('associateIpAddress', { networkid: net.uuid, ipaddress: '203.0.113.15' });
    assert.equal(got.ipaddress, '203.0.113.15');
    for (const ipaddress of ['203.0.113.15', '198.51.100.1', 'nonsense'])
      assert.match(
        (await user.refused('associateIpAddress', { networkid: net.uuid, ipaddress })).errortext,
        /ipaddress/,
      );
    assert.equal((await bob.user.refused('associateIpAddress', { networkid: net.uuid })).errorcode, 531);
    assert.equal((await bob.user.refused('disassociateIpAddress', { id: got.id })).errorcode, 531);
    assert.match(
      (await bob.user.refused('disassociateIpAddress', { ipaddress: '203.0.113.15' })).errortext,
      /may not|no public address/,
    );
    await cloud.db.read.run(sql`update vlan_range set account_id = ${bob.accountId}`);
    assert.equal((await user.refused('associateIpAddress', { networkid: net.uuid })).errorcode, 533);
    await cloud.db.read.run(sql`update vlan_range set account_id = null`);
    assert.match(
      (await user.refused('associateIpAddress', { zoneid: zone.zoneUuid, isportable: true })).errortext,
      /isportable/,
    );
  }),
);

test(
  "without a network the account's own in the zone is taken",
  inNetworkCloud(async ({ user, network, zone }) => {
    const net = await network();
    const { ipaddress } = await user.job('associateIpAddress', { zoneid: zone.zoneUuid });
    assert.equal(ipaddress.associatednetworkid, net.uuid);
    assert.match((await user.refused('associateIpAddress', {})).errortext, /networkid is missing/);
    await network({ name: 'second' });
    assert.match((await user.refused('associateIpAddress', { zoneid: zone.zoneUuid })).errortext, /2 networks/);
  }),
);

test(
  'giving back ends what hung on it; the source NAT address stays',
  inNetworkCloud(async ({ cloud, user, alice, network, guest, router, address }) => {
    const net = await network();
    const web = await guest(net.id, 'web');
    const ip = await address(net.uuid);
    await user.job('createPortForwardingRule', {
      ipaddressid: ip.id,
      protocol: 'tcp',
      publicport: 22,
      privateport: 22,
      virtualmachineid: web.uuid,
    });
    await cloud.db.read.run(
      sql`insert into resource_tag(resource_type, resource_uuid, key, value, account_id, domain_id) values ('PublicIpAddress', ${ip.id}, 'mine', 'secret', ${alice.accountId}, 1)`,
    );
    assert.deepEqual(
      (await user.call('listPublicIpAddresses', { id: ip.id })).publicipaddress[0].tags.map(
        (tag: { key: string }) => tag.key,
      ),
      ['mine'],
    );
    await user.job('disassociateIpAddress', { id: ip.id });
    assert.equal(
      (await cloud.db.read.rows(sql`select 1 from resource_tag where resource_uuid = ${ip.id}`)).length,
      0,
      'the next owner sees no tag of the last one',
    );
    const state = await router(net.id);
    assert.deepEqual([state.public!.addresses.length, state.portForwards.length, state.firewall.length], [1, 0, 0]);
    const {
      publicipaddress: [main],
    } = await user.call('listPublicIpAddresses');
    assert.match((await user.refused('disassociateIpAddress', { id: main.id })).errortext, /leave by/);
    assert.deepEqual(
      await cloud.db.read.one(sql`select state, account_id, network_id from public_ip where uuid = ${ip.id}`),
      { state: 'Free', account_id: null, network_id: null },
    );
    assert.deepEqual(
      await cloud.db.read.one(
        sql`select used from resource_count where owner_type = 'a' and owner_id = ${alice.accountId} and type = 1`,
      ),
      { used: 1 },
    );
  }),
);

test(
  "an address whose router is away is nobody's until the router let go of it",
  inNetworkCloud(async ({ cloud, hosts, zone, user, network, guest, address }) => {
    const net = await network();
    await guest(net.id, 'web');
    const ip = await address(net.uuid);
    hosts.down.add(zone.hosts[0]!.id);
    await user.job('disassociateIpAddress', { id: ip.id });
    assert.equal(
      (await cloud.db.read.one<{ state: string }>(sql`select state from public_ip where uuid = ${ip.id}`)).state,
      'Releasing',
    );
    assert.ok(cloud.world.poked.includes('routers.reconcile'));
  }),
);

test(
  'an address that cannot be put on its router is given back',
  inNetworkCloud(async ({ cloud, hosts, zone, user, alice, network, guest }) => {
    const net = await network();
    await guest(net.id, 'web');
    hosts.down.add(zone.hosts[0]!.id);
    assert.equal((await user.failedJob('associateIpAddress', { networkid: net.uuid })).code, 'hostUnavailable');
    assert.equal(
      (await cloud.db.read.one<{ n: number }>(sql`select count(*) as n from public_ip where state <> 'Free'`)).n,
      1,
    );
    assert.deepEqual(
      await cloud.db.read.one(
        sql`select used from resource_count where owner_type = 'a' and owner_id = ${alice.accountId} and type = 1`,
      ),
      { used: 1 },
    );
  }),
);

test(
  'limits of addresses hold',
  inNetworkCloud(async ({ cloud, user, alice, network, address }) => {
    await cloud.db.read.run(
      sql`insert into resource_limit(owner_type, owner_id, type, max) values ('a', ${alice.accountId}, 1, 2)`,
    );
    const net = await network();
    await address(net.uuid);
    await address(net.uuid);
    assert.equal((await user.refused('associateIpAddress', { networkid: net.uuid })).errorcode, 535);
  }),
);

test(
  'setting aside, and what of the free ones is shown',
  inNetworkCloud(async ({ user, bob, network }) => {
    const { publicipaddress: free } = await user.call('listPublicIpAddresses', { allocatedonly: false, state: 'Free' });
    assert.equal(free.length, 8);
    assert.equal((await user.call('listPublicIpAddresses')).count, undefined);
    const { ipaddress: mine } = await user.call('reserveIpAddress', { id: free[3].id });
    assert.deepEqual([mine.state, mine.account], ['Reserved', 'alice']);
    assert.equal((await bob.user.call('listPublicIpAddresses', { allocatedonly: false })).count, 7);
    assert.equal((await bob.user.refused('reserveIpAddress', { id: mine.id })).errorcode, 531);
    assert.equal((await bob.user.refused('releaseIpAddress', { id: mine.id })).errorcode, 531);
    const net = await network();
    await user.job('associateIpAddress', { networkid: net.uuid, ipaddress: mine.ipaddress });
    assert.match((await user.refused('releaseIpAddress', { id: mine.id })).errortext, /Allocated/);
    const { ipaddress: another } = await user.call('reserveIpAddress', { id: free[4].id });
    await user.call('releaseIpAddress', { id: another.id });
    assert.equal((await user.call('listPublicIpAddresses')).count, 1);
  }),
);
