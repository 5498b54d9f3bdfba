// Instances with how large they are: the same ones as listVirtualMachines shows to the same caller, and no host's name to tenants.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { makeGuest, makePlace } from '#test/guests.ts';
import { makeAccount, type TestAccount } from '#test/tenants.ts';
import { makeZoneRows } from '#test/zone-rows.ts';

interface Scene {
  one: TestAccount;
  other: TestAccount;
  web: { id: number; uuid: string };
  db: { id: number; uuid: string };
}
/** One account with a running instance on a host and a stopped one; another with none. */
async function scene(cloud: TestCloud): Promise<Scene> {
  const [one, other] = [await makeAccount(cloud, { name: 'one' }), await makeAccount(cloud, { name: 'other' })];
  const place = await makePlace(cloud.db, one);
  const { hostIds } = await makeZoneRows(cloud.db, { hosts: 1 });
  const web = await makeGuest(cloud.db, place, { ...one, name: 'web', state: 'Running' });
  const db = await makeGuest(cloud.db, place, { ...one, name: 'db' });
  await cloud.db.read.run(
    sql`update vm set cpus = 4, cpu_mhz = 1550, memory_mib = 2560, host_id = ${hostIds[0]} where id = ${web.id}`,
  );
  return { one, other, web, db };
}

test(
  'sizes stand beside what listVirtualMachines shows, and nothing that is not known',
  inCloud(async (cloud) => {
    const { one, web } = await scene(cloud);
    const [shown] = (await one.user.call('listVirtualMachinesMetrics', { id: web.uuid }))['virtualmachine'];
    const [plain] = (await one.user.call('listVirtualMachines', { id: web.uuid }))['virtualmachine'];
    assert.deepEqual(shown, { ...plain, cputotal: '6.2 Ghz', memorytotal: '2.50 GiB' });
    assert.equal(shown.ipaddress, plain.nic[0].ipaddress);
    for (const unknown of ['cpuused', 'networkread', 'networkwrite', 'diskread', 'diskwrite', 'diskiopstotal'])
      assert.ok(!(unknown in shown), unknown);
    const small = (await one.user.call('listVirtualMachinesMetrics', { name: 'db' }))['virtualmachine'];
    assert.deepEqual([small[0].cputotal, small[0].memorytotal], ['0.5 Ghz', '0.50 GiB']);
  }),
);

test(
  'filters, pages and the bare count are those of listVirtualMachines',
  inCloud(async (cloud) => {
    const { one, web, db } = await scene(cloud);
    const found = async (params: Record<string, string | number | boolean>): Promise<string[]> =>
      ((await one.user.call('listVirtualMachinesMetrics', params))['virtualmachine'] ?? []).map(
        ({ name }: { name: string }) => name,
      );
    assert.deepEqual(await found({}), ['db', 'web']);
    assert.deepEqual(await found({ state: 'Running' }), ['web']);
    assert.deepEqual(await found({ keyword: 'we' }), ['web']);
    assert.deepEqual(await found({ ids: `${web.uuid},${db.uuid}`, state: 'Stopped' }), ['db']);
    assert.deepEqual(await found({ name: 'nobody' }), []);
    assert.deepEqual(await found({ arch: 'x86_64' }), ['db', 'web']);
    assert.deepEqual(await found({ arch: 'aarch64' }), []);
    const second = await one.user.call('listVirtualMachinesMetrics', { page: 2, pagesize: 1 });
    assert.deepEqual([second['count'], second['virtualmachine'][0].name], [2, 'web']);
    assert.deepEqual(await one.user.call('listVirtualMachinesMetrics', { retrieveonlyresourcecount: true }), {
      count: 2,
    });
    assert.match((await one.user.refused('listVirtualMachinesMetrics', { arch: 'pdp11' })).errortext, /arch.*x86_64/);
  }),
);

test(
  'tenants see their own and not where they run; the administrator sees both',
  inCloud(async (cloud) => {
    const { one, other, web } = await scene(cloud);
    assert.deepEqual(await other.user.call('listVirtualMachinesMetrics', { listall: true }), {});
    assert.deepEqual(await other.user.call('listVirtualMachinesMetrics', { id: web.uuid }), {});
    assert.equal(
      (await other.user.refused('listVirtualMachinesMetrics', { account: 'one', domainid: 1 })).errorcode,
      531,
    );
    const [mine] = (await one.user.call('listVirtualMachinesMetrics', { id: web.uuid }))['virtualmachine'];
    const [full] = (await cloud.admin.call('listVirtualMachinesMetrics', { id: web.uuid }))['virtualmachine'];
    for (const hidden of ['hostid', 'hostname', 'instancename']) {
      assert.ok(!(hidden in mine), hidden);
      assert.ok(full[hidden], hidden);
    }
    assert.equal(full.hostname, 'host-1');
    const onHost = await cloud.admin.call('listVirtualMachinesMetrics', { hostid: full.hostid, listall: true });
    assert.deepEqual([onHost['count'], onHost['virtualmachine'][0].name], [1, 'web']);
  }),
);
