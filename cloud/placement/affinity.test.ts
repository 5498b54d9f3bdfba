// Affinity groups decide where a guest goes: strictly, or as a wish.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { makeGuest, makePlace } from '#test/guests.ts';
import { smallNeed } from '#test/placement-need.ts';
import { makeAccount } from '#test/tenants.ts';
import { place } from './placement.ts';
import type { Need } from './placement.store.ts';

async function scene(
  cloud: TestCloud,
  type: string,
): Promise<{
  hosts: number[];
  need: (vmId: number) => Need;
  put: (vmId: number, hostId: number) => Promise<number>;
  vms: number[];
}> {
  const { db } = cloud;
  const one = await makeAccount(cloud, { name: 'one' });
  const at = await makePlace(db, one);
  const pod = await db.read.one<{ id: number }>(
    sql`insert into pod(zone_id, name, gateway, cidr) values (${at.zoneId}, 'p', '10.0.0.1', '10.0.0.0/24') returning id`,
  );
  const cluster = await db.read.one<{ id: number }>(
    sql`insert into cluster(zone_id, pod_id, name, hypervisor) values (${at.zoneId}, ${pod.id}, 'c', 'KVM') returning id`,
  );
  const hosts: number[] = [];
  for (const name of ['h1', 'h2']) {
    hosts.push(
      (
        await db.read.one<{
          id: number;
        }>(sql`insert into host(zone_id, pod_id, cluster_id, name, hypervisor, guid, private_ip, status, cpus, cpu_mhz, memory_mib)
      values (${at.zoneId}, ${pod.id}, ${cluster.id}, ${name}, 'KVM', gen_random_uuid(), '10.0.0.2', 'Up', 8, 2000, 8192) returning id`)
      ).id,
    );
  }
  const { id: groupId } = await db.read.one<{ id: number }>(
    sql`insert into affinity_group(account_id, domain_id, name, type) values (${one.accountId}, 1, 'g', ${type}) returning id`,
  );
  const vms: number[] = [];
  for (const name of ['a', 'b', 'c']) vms.push((await makeGuest(db, at, { ...one, name })).id);
  await db.read.run(sql`update vm set affinity_group_ids = ${[groupId]} where id = any(${vms})`);
  return {
    hosts,
    vms,
    put: (vmId, hostId) => db.read.run(sql`update vm set host_id = ${hostId} where id = ${vmId}`),
    need: (vmId) =>
      smallNeed(cloud.server.settings, {
        zoneId: at.zoneId,
        hypervisor: 'KVM',
        affinity: { vmId, groupIds: [groupId] },
        rules: undefined,
      }),
  };
}

test(
  'anti-affinity spreads, and says why when hosts run out',
  inCloud(async (cloud) => {
    const { hosts, vms, need, put } = await scene(cloud, 'host anti-affinity');
    await put(vms[0]!, hosts[0]!);
    assert.equal((await place(cloud.db.read, need(vms[1]!))).hostId, hosts[1]);
    await put(vms[1]!, hosts[1]!);
    await assert.rejects(place(cloud.db.read, need(vms[2]!)), /2 hosts run an instance that must not share its host/);
  }),
);

test(
  'affinity keeps together',
  inCloud(async (cloud) => {
    const { hosts, vms, need, put } = await scene(cloud, 'host affinity');
    await put(vms[0]!, hosts[1]!);
    for (let round = 0; round < 5; round += 1)
      assert.equal((await place(cloud.db.read, need(vms[1]!))).hostId, hosts[1]);
    await cloud.db.read.run(sql`update host set resource_state = 'Disabled' where id = ${hosts[1]}`);
    await assert.rejects(place(cloud.db.read, need(vms[1]!)), /runs none of the instances that must share its host/);
  }),
);

test(
  'wishes are followed while they can be',
  inCloud(async (cloud) => {
    const { hosts, vms, need, put } = await scene(cloud, 'non-strict host anti-affinity');
    await put(vms[0]!, hosts[0]!);
    for (let round = 0; round < 5; round += 1)
      assert.equal((await place(cloud.db.read, need(vms[1]!))).hostId, hosts[1]);
    await put(vms[1]!, hosts[1]!);
    assert.ok(hosts.includes((await place(cloud.db.read, need(vms[2]!))).hostId));
  }),
);
