// Rules of addresses and networks: what reaches the router, what is refused, what is left when things end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freeNics } from '#cloud/network/network.ts';
import { sql } from '#kernel/sql.ts';
import { inNetworkCloud } from '#test/network-cloud.ts';

test(
  'a firewall rule is on the router when its job is done, and off when it is deleted',
  inNetworkCloud(async ({ user, bob, network, guest, router, address }) => {
    const net = await network();
    await guest(net.id, 'web');
    const ip = await address(net.uuid);
    const { firewallrule: rule } = await user.job('createFirewallRule', {
      ipaddressid: ip.id,
      protocol: 'TCP',
      startport: 80,
      endport: 90,
      cidrlist: '192.0.2.0/24,198.51.100.7',
    });
    assert.deepEqual(
      [rule.protocol, rule.startport, rule.endport, rule.cidrlist, rule.state, rule.ipaddress, rule.networkid],
      ['tcp', 80, 90, '192.0.2.0/24,198.51.100.7/32', 'Active', ip.ipaddress, net.uuid],
    );
    assert.deepEqual((await router(net.id)).firewall, [
      {
        protocol: 'tcp',
        ports: { start: 80, end: 90 },
        publicIp: ip.ipaddress,
        sourceCidrs: ['192.0.2.0/24', '198.51.100.7/32'],
      },
    ]);
    const ping = (
      await user.job('createFirewallRule', { ipaddressid: ip.id, protocol: 'icmp', icmptype: 8, icmpcode: 0 })
    ).firewallrule;
    assert.deepEqual([ping.icmptype, ping.icmpcode, ping.cidrlist], [8, 0, '0.0.0.0/0']);
    assert.equal((await user.call('listFirewallRules', { ipaddressid: ip.id })).count, 2);
    assert.equal((await bob.user.call('listFirewallRules', { listall: true })).count, undefined);
    assert.equal((await bob.user.refused('deleteFirewallRule', { id: rule.id })).errorcode, 531);
    assert.equal(
      (await bob.user.refused('createFirewallRule', { ipaddressid: ip.id, protocol: 'tcp', startport: 1 })).errorcode,
      531,
    );
    await user.job('deleteFirewallRule', { id: rule.id });
    assert.deepEqual(
      (await router(net.id)).firewall.map((one) => one.protocol),
      ['icmp'],
    );
    assert.equal((await user.call('listFirewallRules', { ipaddressid: ip.id })).count, 1);
  }),
);

test(
  'firewall rules that conflict or say nothing possible are refused',
  inNetworkCloud(async ({ user, network, address }) => {
    const net = await network();
    await address(net.uuid); // source NAT
    const ip = await address(net.uuid);
    const refused = async (params: Record<string, string | number>, text: RegExp, code = 431): Promise<void> => {
      const error = await user.refused('createFirewallRule', { ipaddressid: ip.id, protocol: 'tcp', ...params });
      assert.match(error.errortext, text);
      assert.equal(error.errorcode, code, error.errortext);
    };
    await user.job('createFirewallRule', { ipaddressid: ip.id, protocol: 'tcp', startport: 100, endport: 200 });
    await refused({ startport: 150 }, /overlaps/, 537);
    await user.job('createFirewallRule', {
      ipaddressid: ip.id,
      protocol: 'tcp',
      startport: 150,
      cidrlist: '192.0.2.0/24',
    });
    await user.job('createFirewallRule', { ipaddressid: ip.id, protocol: 'udp', startport: 150 });
    await refused({ startport: 90, endport: 80 }, /comes before/);
    await refused({ startport: 0 }, /1 to 65535/);
    await refused({ startport: 70000 }, /1 to 65535/);
    await refused({ endport: 80 }, /startport is missing/);
    await refused({ protocol: 'gre', startport: 1 }, /accepted: tcp, udp, icmp/);
    await refused({ protocol: 'icmp', startport: 1 }, /no ports/);
    await refused({ protocol: 'icmp', icmptype: 300 }, /icmptype/);
    await refused({ startport: 1, icmptype: 8 }, /icmptype/);
    await refused({ startport: 1, cidrlist: '192.0.2.1/24' }, /cidrlist/);
  }),
);

test(
  'egress rules let out where nothing may leave and stop where everything may',
  inNetworkCloud(async ({ cloud, user, network, guest, router, offering }) => {
    const name = 'DefaultIsolatedNetworkOfferingWithSourceNatService';
    await cloud.db.read.run(sql`update network_offering set egress_default_allow = false where name = ${name}`);
    const deny = await network({ name: 'deny', networkofferingid: await offering(name) });
    await cloud.db.read.run(sql`update network_offering set egress_default_allow = true where name = ${name}`);
    const allow = await network({ name: 'allow' });
    for (const net of [deny, allow]) {
      await guest(net.id, `g${net.id}`);
      const { firewallrule: rule } = await user.job('createEgressFirewallRule', {
        networkid: net.uuid,
        protocol: 'udp',
        startport: 53,
        destcidrlist: '9.9.9.9/32',
      });
      assert.deepEqual(
        [rule.traffictype, rule.cidrlist, rule.destcidrlist, rule.state],
        ['Egress', '10.1.1.0/24', '9.9.9.9/32', 'Active'],
      );
      await user.job('createEgressFirewallRule', {
        networkid: net.uuid,
        protocol: 'all',
        cidrlist: '10.1.1.4/30',
        destcidrlist: '198.51.100.0/24',
      });
    }
    const { egress } = await router(deny.id);
    assert.equal(egress.defaultAllow, false);
    assert.deepEqual(egress.rules, [
      {
        protocol: 'udp',
        ports: { start: 53, end: 53 },
        sourceCidrs: ['10.1.1.0/24'],
        destinationCidrs: ['9.9.9.9/32'],
      },
      { protocol: 'all', sourceCidrs: ['10.1.1.4/30'], destinationCidrs: ['198.51.100.0/24'] },
    ]);
    assert.equal((await router(allow.id)).egress.defaultAllow, true);
    assert.match(
      (
        await user.refused('createEgressFirewallRule', {
          networkid: deny.uuid,
          protocol: 'tcp',
          startport: 1,
          cidrlist: '10.2.0.0/24',
        })
      ).errortext,
      /not inside/,
    );
    assert.equal(
      (
        await user.refused('createEgressFirewallRule', {
          networkid: deny.uuid,
          protocol: 'udp',
          startport: 53,
          destcidrlist: '9.9.9.9/32',
        })
      ).errorcode,
      537,
    );
    const { firewallrule: listed } = await user.call('listEgressFirewallRules', { networkid: deny.uuid });
    await user.job('deleteEgressFirewallRule', { id: listed[0].id });
    assert.equal((await router(deny.id)).egress.rules.length, 1);
  }),
);

test(
  'port forwarding opens the firewall with it and closes it again',
  inNetworkCloud(async ({ user, network, guest, router, address }) => {
    const net = await network();
    const web = await guest(net.id, 'web');
    const ip = await address(net.uuid);
    const { portforwardingrule: rule } = await user.job('createPortForwardingRule', {
      ipaddressid: ip.id,
      protocol: 'tcp',
      publicport: 8000,
      publicendport: 8010,
      privateport: 9000,
      privateendport: 9010,
      virtualmachineid: web.uuid,
    });
    assert.deepEqual(
      [
        rule.publicport,
        rule.publicendport,
        rule.privateport,
        rule.privateendport,
        rule.virtualmachinename,
        rule.vmguestip,
        rule.state,
      ],
      ['8000', '8010', '9000', '9010', 'web', web.ip, 'Active'],
    );
    const state = await router(net.id);
    assert.deepEqual(state.portForwards, [
      {
        publicIp: ip.ipaddress,
        protocol: 'tcp',
        publicPorts: { start: 8000, end: 8010 },
        guestIp: web.ip,
        guestPorts: { start: 9000, end: 9010 },
      },
    ]);
    assert.deepEqual(state.firewall, [
      { protocol: 'tcp', ports: { start: 8000, end: 8010 }, publicIp: ip.ipaddress, sourceCidrs: ['0.0.0.0/0'] },
    ]);
    const base = { ipaddressid: ip.id, protocol: 'tcp', privateport: 22, virtualmachineid: web.uuid };
    assert.equal((await user.refused('createPortForwardingRule', { ...base, publicport: 8005 })).errorcode, 537);
    assert.match(
      (await user.refused('createPortForwardingRule', { ...base, publicport: 1000, publicendport: 1005 })).errortext,
      /equal size/,
    );
    assert.equal(
      (await user.refused('createPortForwardingRule', { ...base, publicport: 1005, publicendport: 1000 })).errorcode,
      431,
    );
    assert.match(
      (await user.refused('createPortForwardingRule', { ...base, publicport: 22, vmguestip: '10.1.1.200' })).errortext,
      /vmguestip/,
    );
    const { portforwardingrule: udp } = await user.job('createPortForwardingRule', {
      ...base,
      protocol: 'udp',
      publicport: 8005,
      openfirewall: false,
    });
    assert.equal((await router(net.id)).firewall.length, 1);
    const { portforwardingrule: moved } = await user.job('updatePortForwardingRule', { id: udp.id, privateport: 53 });
    assert.equal(moved.privateendport, '53');
    assert.deepEqual((await router(net.id)).portForwards[1]!.guestPorts, { start: 53, end: 53 });
    await user.job('deletePortForwardingRule', { id: rule.id });
    assert.deepEqual((await router(net.id)).firewall, []);
    assert.equal((await user.call('listPortForwardingRules', { networkid: net.uuid })).count, 1);
  }),
);

test(
  'forwarding to a guest of somebody else or of another network is refused',
  inNetworkCloud(async ({ user, cloud, bob, network, guest, address }) => {
    const [net, other] = [await network({ name: 'a' }), await network({ name: 'b' })];
    const [web, away] = [await guest(net.id, 'web'), await guest(other.id, 'away')];
    const ip = await address(net.uuid);
    const params = { ipaddressid: ip.id, protocol: 'tcp', publicport: 22, privateport: 22 };
    assert.match(
      (await user.refused('createPortForwardingRule', { ...params, virtualmachineid: away.uuid })).errortext,
      /no address in the network/,
    );
    await cloud.db.read.run(sql`update vm set account_id = ${bob.accountId} where id = ${web.id}`);
    assert.equal(
      (await user.refused('createPortForwardingRule', { ...params, virtualmachineid: web.uuid })).errorcode,
      531,
    );
  }),
);

test(
  'static NAT: one address, one guest; not with source NAT, forwarding or twice',
  inNetworkCloud(async ({ user, network, guest, router, address }) => {
    const net = await network();
    const [web, db] = [await guest(net.id, 'web'), await guest(net.id, 'db')];
    const {
      publicipaddress: [main],
    } = await user.call('listPublicIpAddresses', { issourcenat: true });
    const [ip, second] = [await address(net.uuid), await address(net.uuid)];
    assert.match(
      (await user.refused('enableStaticNat', { ipaddressid: main.id, virtualmachineid: web.uuid })).errortext,
      /leave by/,
    );
    await user.call('enableStaticNat', { ipaddressid: ip.id, virtualmachineid: web.uuid });
    await user.call('enableStaticNat', { ipaddressid: ip.id, virtualmachineid: web.uuid });
    assert.match(
      (await user.refused('enableStaticNat', { ipaddressid: ip.id, virtualmachineid: db.uuid })).errortext,
      /another instance/,
    );
    assert.match(
      (await user.refused('enableStaticNat', { ipaddressid: second.id, virtualmachineid: web.uuid })).errortext,
      /another public address/,
    );
    const { ipforwardingrule: rule } = await user.job('createIpForwardingRule', {
      ipaddressid: ip.id,
      protocol: 'tcp',
      startport: 443,
    });
    assert.deepEqual((await router(net.id)).staticNats, [{ publicIp: ip.ipaddress, guestIp: web.ip }]);
    assert.deepEqual(
      (await router(net.id)).firewall.map((one) => one.ports),
      [{ start: 443, end: 443 }],
    );
    assert.equal((await user.call('listIpForwardingRules', { ipaddressid: ip.id })).ipforwardingrule[0].id, rule.id);
    const {
      publicipaddress: [shown],
    } = await user.call('listPublicIpAddresses', { isstaticnat: true });
    assert.deepEqual(
      [shown.id, shown.virtualmachineid, shown.vmipaddress, shown.isstaticnat],
      [ip.id, web.uuid, web.ip, true],
    );
    assert.match(
      (
        await user.refused('createPortForwardingRule', {
          ipaddressid: ip.id,
          protocol: 'tcp',
          publicport: 1,
          privateport: 1,
          virtualmachineid: web.uuid,
        })
      ).errortext,
      /static NAT/,
    );
    await user.job('disableStaticNat', { ipaddressid: ip.id });
    assert.deepEqual((await router(net.id)).staticNats, []);
    assert.deepEqual((await router(net.id)).firewall, []);
    assert.match((await user.refused('disableStaticNat', { ipaddressid: ip.id })).errortext, /no static NAT/);
  }),
);

test(
  'a rule whose router cannot be told is taken back, and its job says why',
  inNetworkCloud(async ({ cloud, hosts, zone, user, network, guest, address }) => {
    const net = await network();
    await guest(net.id, 'web');
    const ip = await address(net.uuid);
    hosts.down.add(zone.hosts[0]!.id);
    const error = await user.failedJob('createFirewallRule', { ipaddressid: ip.id, protocol: 'tcp', startport: 80 });
    assert.equal(error.code, 'hostUnavailable');
    assert.equal((await user.call('listFirewallRules')).count, undefined);
    assert.ok(cloud.world.poked.includes('routers.reconcile'));
  }),
);

test(
  'a rule is deleted though its router is away',
  inNetworkCloud(async ({ hosts, zone, user, network, guest, address }) => {
    const net = await network();
    await guest(net.id, 'web');
    const ip = await address(net.uuid);
    const { firewallrule: rule } = await user.job('createFirewallRule', {
      ipaddressid: ip.id,
      protocol: 'tcp',
      startport: 80,
    });
    hosts.down.add(zone.hosts[0]!.id);
    await user.job('deleteFirewallRule', { id: rule.id });
    assert.equal((await user.call('listFirewallRules')).count, undefined);
  }),
);

test(
  'what leads to a guest ends with its cards',
  inNetworkCloud(async ({ cloud, user, network, guest, address }) => {
    const net = await network();
    const web = await guest(net.id, 'web');
    const [ip, other] = [await address(net.uuid), await address(net.uuid)];
    await user.job('createPortForwardingRule', {
      ipaddressid: ip.id,
      protocol: 'tcp',
      publicport: 22,
      privateport: 22,
      virtualmachineid: web.uuid,
    });
    await user.call('enableStaticNat', { ipaddressid: other.id, virtualmachineid: web.uuid });
    const before = await cloud.db.read.one<{ generation: number }>(
      sql`select generation from network where id = ${net.id}`,
    );
    await freeNics(cloud.db.read, web.id);
    assert.equal((await user.call('listPortForwardingRules')).count, undefined);
    assert.equal((await user.call('listFirewallRules')).count, undefined);
    assert.equal((await user.call('listPublicIpAddresses', { isstaticnat: true })).count, undefined);
    assert.ok(
      (await cloud.db.read.one<{ generation: number }>(sql`select generation from network where id = ${net.id}`))
        .generation > before.generation,
    );
  }),
);

test(
  'an id and whether it is shown can be changed by root only',
  inNetworkCloud(async ({ cloud, user, network, address }) => {
    const net = await network();
    const ip = await address(net.uuid);
    const { firewallrule: rule } = await user.job('createFirewallRule', {
      ipaddressid: ip.id,
      protocol: 'tcp',
      startport: 80,
    });
    const customid = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee';
    const { firewallrule: changed } = await cloud.admin.job('updateFirewallRule', {
      id: rule.id,
      customid,
      fordisplay: false,
    });
    assert.deepEqual([changed.id, changed.fordisplay], [customid, false]);
    assert.equal((await user.call('listFirewallRules')).count, undefined);
    assert.match(
      (await cloud.admin.refused('updateFirewallRule', { id: customid, customid: 'x' })).errortext,
      /customid/,
    );
  }),
);
