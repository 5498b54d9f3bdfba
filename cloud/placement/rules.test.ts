// What operators set about placement: how full a cluster may be, and in which order hosts are tried.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { smallNeed } from '#test/placement-need.ts';
import { makeZoneRows } from '#test/zone-rows.ts';
import { place, placementRules } from './placement.ts';
import type { Need } from './placement.store.ts';

async function scene({ db, server }: TestCloud): Promise<{ hosts: number[]; need: (more?: Partial<Need>) => Need }> {
  const { zoneId, hostIds } = await makeZoneRows(db); // each 16 × 2000 MHz, 32768 MiB
  return {
    hosts: hostIds,
    need: (more = {}) => smallNeed(server.settings, { zoneId, ...more }),
  };
}

test(
  'a cluster past its share takes nothing more, though its hosts have room; it may have a share of its own',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { need } = await scene(cloud);
    await db.read.run(sql`update host set memory_reserved_mib = 27000`);
    const attempt = () =>
      place(db.read, need()).then(
        () => 'placed',
        (error: Error) => error.message,
      );
    assert.equal(await attempt(), 'placed'); // 55 024 of 65 536 MiB; one more would be 86 %
    assert.match(await attempt(), /2 hosts belong to a cluster that gives out no more memory$/);
    const name = 'cluster.memory.allocated.capacity.disablethreshold';
    const { uuid } = await db.read.one<{ uuid: string }>(sql`select uuid from cluster`);
    await admin.call('updateConfiguration', { name, value: 0.95, clusterid: uuid });
    assert.equal(await attempt(), 'placed');
    await admin.call('updateConfiguration', { name: 'cluster.cpu.allocated.capacity.disablethreshold', value: 0.01 });
    assert.match(await attempt(), /gives out no more CPU$/);
    await admin.call('updateConfiguration', { name: 'cluster.threshold.enabled', value: false });
    const refused = await place(db.read, need({ rules: placementRules(cloud.server.settings, 2) }));
    assert.equal(refused.considered, 2);
  }),
);

test(
  'hosts are tried in the order that is set',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const { hosts, need } = await scene(cloud);
    const [first, second] = hosts as [number, number];
    const chosen = async (algorithm: string): Promise<number> => {
      await admin.call('updateConfiguration', { name: 'vm.allocation.algorithm', value: algorithm });
      return (await place(db.read, need({ rules: placementRules(cloud.server.settings, 2) }))).hostId;
    };
    for (let n = 0; n < 3; n += 1) assert.equal(await chosen('firstfit'), first);
    await db.read.run(sql`update host set cpu_reserved_mhz = case id when ${first} then 5000 else 1000 end`);
    assert.equal(await chosen('firstfitleastconsumed'), second);
    await db.read.run(sql`update host set cpu_reserved_mhz = case id when ${first} then 0 else 3000 end`);
    await db.read
      .run(sql`insert into vm(account_id, domain_id, zone_id, host_id, name, display_name, instance_name, service_offering_id, hypervisor, cpus, cpu_mhz, memory_mib, state)
      select 2, 1, zone_id, id, 'mine', 'mine', 'i-2-mine', (select min(id) from service_offering), 'Simulator', 1, 500, 512, 'Running' from host where id = ${first}`);
    assert.equal(await chosen('userdispersing'), second);
    assert.equal(await chosen('firstfitleastconsumed'), first);
  }),
);
