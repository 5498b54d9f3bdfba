// Verbs of routers, as administrators have them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inNetworkCloud } from '#test/network-cloud.ts';

test(
  'a router as listed',
  inNetworkCloud(async ({ cloud, user, bob, zone, network, guest }) => {
    const net = await network();
    await guest(net.id, 'web');
    const {
      count,
      router: [router],
    } = await cloud.admin.call('listRouters', { listall: true });
    assert.equal(count, 1);
    assert.deepEqual(
      [
        router.state,
        router.guestnetworkid,
        router.guestipaddress,
        router.guestnetmask,
        router.publicip,
        router.publicnetmask,
        router.gateway,
        router.hostname,
        router.zoneid,
        router.role,
        router.account,
        router.isredundantrouter,
        router.dns1,
      ],
      [
        'Running',
        net.uuid,
        '10.1.1.1',
        '255.255.255.0',
        '203.0.113.10',
        '255.255.255.0',
        '203.0.113.1',
        'z1-h1',
        zone.zoneUuid,
        'VIRTUAL_ROUTER',
        'alice',
        false,
        '9.9.9.9',
      ],
    );
    assert.match(router.name, /^r-\d+-VM$/);
    assert.deepEqual(
      router.nic.map((nic: { traffictype: string; ipaddress: string }) => [nic.traffictype, nic.ipaddress]),
      [
        ['Guest', '10.1.1.1'],
        ['Public', '203.0.113.10'],
      ],
    );
    assert.equal(
      (
        await cloud.admin.call('listRouters', {
          listall: true,
          networkid: net.uuid,
          state: 'running',
          zoneid: zone.zoneUuid,
        })
      ).count,
      1,
    );
    assert.equal((await cloud.admin.call('listRouters', { listall: true, forvpc: true })).count, undefined);
    for (const tenant of [user, bob.user]) assert.equal((await tenant.refused('listRouters')).errorcode, 432);
  }),
);

test(
  'stopped, started, rebooted, destroyed, and back with the next guest',
  inNetworkCloud(async ({ cloud, hosts, zone, network, guest, router }) => {
    const net = await network();
    await guest(net.id, 'web');
    const {
      router: [{ id }],
    } = await cloud.admin.call('listRouters', { listall: true });
    const host = hosts.routers.get(zone.hosts[0]!.id)!;
    assert.equal((await cloud.admin.job('stopRouter', { id })).router.state, 'Stopped');
    assert.equal(host.size, 0);
    assert.match((await cloud.admin.refused('stopRouter', { id })).errortext, /Stopped/);
    assert.match((await cloud.admin.refused('rebootRouter', { id })).errortext, /Stopped/);
    assert.equal((await cloud.admin.job('startRouter', { id })).router.state, 'Running');
    assert.equal(host.size, 1);
    const calls = hosts.calls.length;
    assert.equal((await cloud.admin.job('rebootRouter', { id })).router.state, 'Running');
    assert.ok(hosts.calls.slice(calls).some((text) => text.startsWith('removeRouter')));
    assert.equal((await router(net.id)).guest.hosts.length, 1);
    await cloud.admin.job('destroyRouter', { id });
    assert.equal(host.size, 0);
    assert.equal((await cloud.admin.call('listRouters', { listall: true })).count, undefined);
    await guest(net.id, 'next');
    const {
      router: [fresh],
    } = await cloud.admin.call('listRouters', { listall: true });
    assert.notEqual(fresh.id, id);
    assert.deepEqual(
      (await router(net.id)).guest.hosts.map((one) => one.name),
      ['web', 'next'],
    );
  }),
);

test(
  'a change while the router is stopped takes effect when it is started',
  inNetworkCloud(async ({ cloud, user, network, guest, router }) => {
    const net = await network();
    await guest(net.id, 'web');
    const {
      router: [{ id }],
    } = await cloud.admin.call('listRouters', { listall: true });
    await cloud.admin.job('stopRouter', { id });
    await user.job('updateNetwork', { id: net.uuid, networkdomain: 'later.example' });
    await cloud.admin.job('startRouter', { id });
    assert.equal((await router(net.id)).guest.domain, 'later.example');
  }),
);
