// Cards of instances that run and of those that do not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { GuestNic, HypervisorDriver } from '#cloud/vm/driver.ts';
import { sql } from '#kernel/sql.ts';
import { inNetworkCloud, type NetworkCloud } from '#test/network-cloud.ts';

/** A hypervisor that keeps what cards it was told to plug. */
function hypervisor(at: NetworkCloud): Map<string, GuestNic> {
  const cards = new Map<string, GuestNic>();
  const driver: Partial<HypervisorDriver> = {
    attachNic: async (_hostId, _name, nic) => {
      cards.set(nic.mac, nic);
    },
    detachNic: async (_hostId, _name, { mac }) => {
      cards.delete(mac);
    },
  };
  at.cloud.world.drivers.hypervisor = driver as HypervisorDriver;
  return cards;
}

test(
  'a second card is plugged into a running guest, made the default one, and taken away',
  inNetworkCloud(async (at) => {
    const { cloud, user, network, guest, router } = at;
    const cards = hypervisor(at);
    const [a, b] = [
      await network({ name: 'a' }),
      await network({ name: 'b', gateway: '10.2.2.1', netmask: '255.255.255.0' }),
    ];
    const web = await guest(a.id, 'web');
    const { virtualmachine: vm } = await user.job('addNicToVirtualMachine', {
      virtualmachineid: web.uuid,
      networkid: b.uuid,
      ipaddress: '10.2.2.9',
    });
    assert.deepEqual(
      vm.nic.map((nic: { ipaddress: string; isdefault: boolean; networkid: string }) => [
        nic.ipaddress,
        nic.isdefault,
        nic.networkid,
      ]),
      [
        [web.ip, true, a.uuid],
        ['10.2.2.9', false, b.uuid],
      ],
    );
    assert.deepEqual(
      [...cards.values()].map((card) => card.ip),
      ['10.2.2.9'],
    );
    assert.deepEqual(
      (await router(b.id)).guest.hosts.map((host) => [host.ip, host.defaultRoute]),
      [['10.2.2.9', false]],
    );
    const second = vm.nic[1].id;
    assert.match(
      (await user.refused('addNicToVirtualMachine', { virtualmachineid: web.uuid, networkid: b.uuid })).errortext,
      /already/,
    );
    assert.equal((await user.call('listNics', { virtualmachineid: web.uuid })).count, 2);
    assert.equal((await user.call('listNics', { virtualmachineid: web.uuid, networkid: b.uuid })).nic[0].id, second);
    assert.match(
      (await user.refused('removeNicFromVirtualMachine', { virtualmachineid: web.uuid, nicid: web.nicUuid })).errortext,
      /default network card/,
    );
    await user.job('updateDefaultNicForVirtualMachine', { virtualmachineid: web.uuid, nicid: second });
    assert.equal((await router(b.id)).guest.hosts[0]!.defaultRoute, true);
    assert.equal((await router(a.id)).guest.hosts[0]!.defaultRoute, false);
    assert.match(
      (await user.refused('updateDefaultNicForVirtualMachine', { virtualmachineid: web.uuid, nicid: second }))
        .errortext,
      /already/,
    );
    const { virtualmachine: after } = await user.job('removeNicFromVirtualMachine', {
      virtualmachineid: web.uuid,
      nicid: web.nicUuid,
    });
    assert.deepEqual(
      after.nic.map((nic: { id: string }) => nic.id),
      [second],
    );
    assert.deepEqual((await router(a.id)).guest.hosts, []);
    assert.equal(
      (await cloud.db.read.one<{ n: number }>(sql`select count(*) as n from nic where removed is null`)).n,
      1,
    );
  }),
);

test(
  'a card that cannot be plugged in leaves nothing behind',
  inNetworkCloud(async (at) => {
    const { cloud, user, network, guest } = at;
    hypervisor(at);
    const [a, b] = [await network({ name: 'a' }), await network({ name: 'b' })];
    const web = await guest(a.id, 'web');
    cloud.world.drivers.hypervisor = {
      ...cloud.world.drivers.hypervisor,
      attachNic: async () => {
        throw new Error('no slot');
      },
    };
    assert.match(
      (await user.failedJob('addNicToVirtualMachine', { virtualmachineid: web.uuid, networkid: b.uuid })).text,
      /no slot/,
    );
    assert.equal((await user.call('listNics', { virtualmachineid: web.uuid })).count, 1);
  }),
);

test(
  'cards of others, in networks of others, and of guests on the move are left alone',
  inNetworkCloud(async (at) => {
    const { cloud, user, bob, network, guest } = at;
    const net = await network({ name: 'a' });
    const [web, db] = [await guest(net.id, 'web'), await guest(net.id, 'db')];
    assert.equal((await bob.user.refused('listNics', { virtualmachineid: web.uuid })).errorcode, 531);
    assert.equal(
      (await bob.user.refused('addNicToVirtualMachine', { virtualmachineid: web.uuid, networkid: net.uuid })).errorcode,
      531,
    );
    assert.match(
      (await user.refused('removeNicFromVirtualMachine', { virtualmachineid: web.uuid, nicid: db.nicUuid })).errortext,
      /no such network card/,
    );
    await cloud.db.read.run(sql`update vm set state = 'Migrating' where id = ${web.id}`);
    assert.match(
      (await user.refused('addNicToVirtualMachine', { virtualmachineid: web.uuid, networkid: net.uuid })).errortext,
      /Migrating/,
    );
  }),
);

test(
  'a stopped guest gets another address, and what leads to it follows',
  inNetworkCloud(async (at) => {
    const { cloud, user, network, guest, router, address } = at;
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
    assert.match(
      (await user.refused('updateVmNicIp', { nicid: web.nicUuid, ipaddress: '10.1.1.50' })).errortext,
      /Stopped/,
    );
    await cloud.db.read.run(sql`update vm set state = 'Stopped', host_id = null where id = ${web.id}`);
    assert.match(
      (await user.refused('updateVmNicIp', { nicid: web.nicUuid, ipaddress: '10.1.1.1' })).errortext,
      /gateway/,
    );
    const { virtualmachine: vm } = await user.job('updateVmNicIp', { nicid: web.nicUuid, ipaddress: '10.1.1.50' });
    assert.equal(vm.nic[0].ipaddress, '10.1.1.50');
    const state = await router(net.id);
    assert.deepEqual([state.guest.hosts[0]!.ip, state.portForwards[0]!.guestIp], ['10.1.1.50', '10.1.1.50']);
  }),
);

test(
  'secondary addresses: let through on the host, usable by rules, counted, never twice',
  inNetworkCloud(async (at) => {
    const { cloud, user, network, guest, address } = at;
    const cards = hypervisor(at);
    const net = await network();
    const web = await guest(net.id, 'web');
    const { nicsecondaryip: extra } = await user.job('addIpToNic', { nicid: web.nicUuid, ipaddress: '10.1.1.77' });
    assert.deepEqual(
      [extra.ipaddress, extra.nicid, extra.virtualmachineid, extra.networkid],
      ['10.1.1.77', web.nicUuid, web.uuid, net.uuid],
    );
    assert.deepEqual([...cards.values()][0]!.secondaryIps, ['10.1.1.77']);
    assert.match((await user.refused('addIpToNic', { nicid: web.nicUuid, ipaddress: '10.1.1.77' })).errortext, /taken/);
    const ip = await address(net.uuid);
    const { portforwardingrule: rule } = await user.job('createPortForwardingRule', {
      ipaddressid: ip.id,
      protocol: 'tcp',
      publicport: 22,
      privateport: 22,
      virtualmachineid: web.uuid,
      vmguestip: '10.1.1.77',
    });
    assert.equal((await user.refused('removeIpFromNic', { id: extra.id })).errorcode, 536);
    await user.job('deletePortForwardingRule', { id: rule.id });
    await user.job('removeIpFromNic', { id: extra.id });
    assert.deepEqual([...cards.values()][0]!.secondaryIps, []);
    await cloud.db.read.run(
      sql`insert into nic_secondary_ip(nic_id, network_id, vm_id, ip, account_id, domain_id) select ${web.nicId}, ${net.id}, ${web.id}, '10.1.1.100'::inet + n, 1, 1 from generate_series(1, 10) n`,
    );
    assert.match((await user.refused('addIpToNic', { nicid: web.nicUuid })).errortext, /10 secondary/);
  }),
);
