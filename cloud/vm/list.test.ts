// Which instances a list shows, and which parts of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { makeGuest, makePlace } from '#test/guests.ts';
import { makeAccount, type TestAccount } from '#test/tenants.ts';

interface Scene {
  one: TestAccount;
  names: (params?: Record<string, string | boolean>) => Promise<string[]>;
}
async function scene(cloud: TestCloud): Promise<Scene> {
  const one = await makeAccount(cloud, { name: 'one' });
  const other = await makeAccount(cloud, { name: 'other' });
  const place = await makePlace(cloud.db, one);
  for (const [name, ip] of [
    ['web', '10.1.2.17'],
    ['db', '10.1.2.171'],
    ['v10.1.9', '10.1.2.99'],
  ] as const) {
    const { id } = await makeGuest(cloud.db, place, { ...one, name });
    await cloud.db.read.run(sql`update nic set ip = ${ip} where vm_id = ${id}`);
  }
  const elsewhere = await makePlace(cloud.db, other);
  const foreign = await makeGuest(cloud.db, elsewhere, { ...other, name: 'foreign' });
  await cloud.db.read.run(sql`update nic set ip = '10.1.2.17' where vm_id = ${foreign.id}`);
  return {
    one,
    names: async (params = {}) =>
      ((await one.user.call('listVirtualMachines', params))['virtualmachine'] ?? [])
        .map(({ name }: { name: string }) => name)
        .toSorted(),
  };
}

test(
  'a keyword that looks like an address finds who has it, or whose name has it; never somebody else',
  inCloud(async (cloud) => {
    const { names } = await scene(cloud);
    assert.deepEqual(await names({ keyword: '10.1.2.17' }), ['db', 'web']);
    assert.deepEqual(await names({ keyword: '10.1.2.171' }), ['db']);
    assert.deepEqual(await names({ keyword: '10.1.9' }), ['v10.1.9']);
    assert.deepEqual(await names({ keyword: 'we' }), ['web']);
    await cloud.db.read.run(
      sql`with place as (insert into vlan_range(zone_id, gateway, netmask, cidr, start_ip, end_ip) select zone_id, '203.0.113.1', '255.255.255.0', '203.0.113.0/24', '203.0.113.7', '203.0.113.7' from vm where name = 'web' returning id, zone_id)
        insert into public_ip(zone_id, vlan_range_id, address, mac, state, static_nat_vm_id) select zone_id, id, '203.0.113.7', '02:00:00:00:00:99', 'Allocated', (select id from vm where name = 'web') from place`,
    );
    assert.deepEqual(await names({ keyword: '203.0.113.7' }), ['web']);
  }),
);

test(
  'by kind of network; and of what this cloud has none of, none',
  inCloud(async (cloud) => {
    const { names } = await scene(cloud);
    assert.deepEqual(await names({ forvirtualnetwork: true }), ['db', 'v10.1.9', 'web']);
    assert.deepEqual(await names({ forvirtualnetwork: false }), []);
    await cloud.db.read.run(sql`update network set guest_type = 'Shared'`);
    assert.equal((await names({ forvirtualnetwork: false })).length, 3);
    for (const kind of ['gpuenabled', 'isvnf', 'leased']) {
      assert.deepEqual(await names({ [kind]: true }), [], kind);
      assert.equal((await names({ [kind]: false })).length, 3, kind);
    }
  }),
);

test(
  'details choose the parts that are shown; user data is shown to who asks for it',
  inCloud(async (cloud) => {
    const { one } = await scene(cloud);
    await cloud.db.read.run(sql`update vm set user_data = 'aGVsbG8=' where name = 'web'`);
    const shown = async (params = {}) =>
      (await one.user.call('listVirtualMachines', { name: 'web', ...params }))['virtualmachine'][0];
    const whole = await shown();
    const min = await shown({ details: 'min' });
    assert.deepEqual([min.id, min.name, min.state, min.zonename], [whole.id, 'web', 'Stopped', whole.zonename]);
    for (const field of ['nic', 'templateid', 'serviceofferingid', 'cpunumber', 'affinitygroup', 'rootdeviceid'])
      assert.ok(field in whole && !(field in min), field);
    const some = await shown({ details: 'nics,tmpl' });
    assert.ok('nic' in some && 'templatename' in some && !('serviceofferingid' in some));
    assert.equal((await shown({ details: 'stats' })).cpunumber, 1);
    assert.deepEqual(await shown({ details: 'all' }), whole);
    const { errortext } = await one.user.refused('listVirtualMachines', { details: 'nics,colour' });
    assert.match(errortext, /^details names 'colour'; accepted: all, group, nics/);
    assert.equal(whole.userdata, undefined);
    assert.equal((await shown({ userdata: true })).userdata, 'aGVsbG8=');
  }),
);
