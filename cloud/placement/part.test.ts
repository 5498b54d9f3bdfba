// In a large zone some hosts are looked at, wherever they begin; a guest that only one of all hosts can take is placed nevertheless.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud } from '#test/cloud.ts';
import { smallNeed } from '#test/placement-need.ts';
import { makeZoneRows } from '#test/zone-rows.ts';
import { place, type Placement } from './placement.ts';

const HOSTS = 900;

test(
  'of 900 hosts a hundred at most are looked at, and all of them where none of those will do',
  inCloud(async ({ db, server }) => {
    const { zoneId, hostIds } = await makeZoneRows(db);
    await db.read
      .run(sql`insert into host(zone_id, pod_id, cluster_id, name, hypervisor, guid, private_ip, status, cpus, cpu_mhz, memory_mib, last_ping)
      select zone_id, pod_id, cluster_id, 'more-' || n, hypervisor, gen_random_uuid(), private_ip, 'Up', cpus, cpu_mhz, memory_mib, now()
      from host, generate_series(3, ${HOSTS}) n where id = ${hostIds[0]}`);
    const need = smallNeed(server.settings, { zoneId });
    const looked: Placement[] = [];
    for (let n = 0; n < 12; n += 1) looked.push(await place(db.read, need));
    for (const { considered } of looked)
      assert.ok(considered >= 50 && considered <= 100, `${considered} were looked at`);
    assert.ok(new Set(looked.map(({ hostId }) => hostId)).size > 6, 'guests spread');
    assert.equal((await place(db.read, { ...need, lastHostId: hostIds[0]! })).hostId, hostIds[0]);

    // The one that fits is among the hosts looked at first, or, more often than not, found when all are.
    const considered = new Set<number>();
    for (let tries = 0; tries < 50 && !considered.has(HOSTS); tries += 1) {
      await db.read.run(sql`update host set memory_reserved_mib = memory_mib where name <> 'more-777'`);
      await db.read.run(sql`update host set memory_reserved_mib = 0, cpu_reserved_mhz = 0 where name = 'more-777'`);
      const only = await place(db.read, { ...need, rules: undefined });
      assert.equal(only.hostName, 'more-777');
      considered.add(only.considered);
    }
    assert.ok(considered.has(HOSTS), 'all hosts are looked at where none of the first will do');
    await db.read.run(sql`update host set memory_reserved_mib = memory_mib`);
    await assert.rejects(place(db.read, { ...need, rules: undefined }), /900 hosts have too little free memory/);
  }),
);
