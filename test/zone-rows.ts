// A zone ready for guests, as rows: for tests that are not about how one is made. Simulated hosts, one pool, one image store,
// one template that is ready, public addresses.
import { guidOf } from '#agent/sim/main.ts';
import type { Db, Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface ZoneRows {
  zoneId: number;
  zoneUuid: string;
  hostIds: number[];
  poolId: number;
  poolUuid: string;
  templateId: number;
  templateUuid: string;
  offeringUuid: string;
  offeringId: number;
  storePath: string;
}

export const makeZoneRows = (db: Db, { hosts = 2 }: { hosts?: number } = {}): Promise<ZoneRows> =>
  db.tx(async (tx) => {
    const zone = await one(
      tx,
      sql`insert into zone(name, dns1, internal_dns1, guest_cidr, allocation_state) values ('zone1', '8.8.8.8', '8.8.8.8', '10.1.1.0/24', 'Enabled') returning id, uuid`,
    );
    const pod = await one(
      tx,
      sql`insert into pod(zone_id, name, gateway, cidr) values (${zone.id}, 'pod1', '10.98.0.1', '10.98.0.0/24') returning id, uuid`,
    );
    const cluster = await one(
      tx,
      sql`insert into cluster(zone_id, pod_id, name, hypervisor) values (${zone.id}, ${pod.id}, 'cluster1', 'Simulator') returning id, uuid`,
    );
    await makeNetworkRows(tx, zone.id);
    const hostIds: number[] = [];
    for (let n = 1; n <= hosts; n += 1) {
      const host = await one(
        tx,
        sql`insert into host(zone_id, pod_id, cluster_id, name, hypervisor, guid, private_ip, underlay_ip, status, cpus, cpu_sockets, cpu_mhz, memory_mib, bridges, last_ping)
      values (${zone.id}, ${pod.id}, ${cluster.id}, ${`host-${n}`}, 'Simulator', gen_random_uuid(), ${`10.98.0.${10 + n}`}, ${`10.98.0.${10 + n}`}, 'Up', 16, 1, 2000, 32768, '{pub}', now()) returning id, uuid`,
      );
      // The simulated host of this row knows itself by the same name.
      await tx.run(sql`update host set guid = ${guidOf(`host-${host.id}`)} where id = ${host.id}`);
      hostIds.push(host.id);
    }
    const pool = await one(
      tx,
      sql`insert into storage_pool(zone_id, name, type, scope, path, total_bytes) values (${zone.id}, 'primary1', 'SharedMountPoint', 'ZONE', '/simulated/primary', ${2 ** 42}) returning id, uuid`,
    );
    const store = await one(
      tx,
      sql`insert into image_store(zone_id, name, url, path, provider, protocol) values (${zone.id}, 'secondary1', 'file:///simulated/secondary', '/simulated/secondary', 'NFS', 'file') returning id, uuid`,
    );
    const template = await one(
      tx,
      sql`insert into template(account_id, domain_id, name, display_text, format, hypervisor, is_public, featured, password_enabled) values (2, 1, 'tiny', 'tiny', 'QCOW2', 'Simulator', true, true, true) returning id, uuid`,
    );
    await tx.run(
      sql`insert into template_store(template_id, image_store_id, state, download_state, percent, size_bytes, physical_bytes) values (${template.id}, ${store.id}, 'Ready', 'DOWNLOADED', 100, ${50 * 2 ** 20}, ${20 * 2 ** 20})`,
    );
    await tx.run(sql`insert into template_zone(template_id, zone_id) values (${template.id}, ${zone.id})`);
    const offering = await one(
      tx,
      sql`insert into service_offering(name, display_text, cpus, cpu_mhz, memory_mib) values ('Tiny', 'Tiny', 1, 250, 128) returning id, uuid`,
    );
    return {
      zoneId: zone.id,
      zoneUuid: zone.uuid,
      hostIds,
      poolId: pool.id,
      poolUuid: pool.uuid,
      templateId: template.id,
      templateUuid: template.uuid,
      offeringUuid: offering.uuid,
      offeringId: offering.id,
      storePath: '/simulated/secondary',
    };
  });

const one = (tx: Tx, statement: ReturnType<typeof sql>): Promise<{ id: number; uuid: string }> => tx.one(statement);

async function makeNetworkRows(tx: Tx, zoneId: number): Promise<void> {
  const physical = await one(
    tx,
    sql`insert into physical_network(zone_id, name, state, vlan, isolation_methods) values (${zoneId}, 'physical1', 'Enabled', '1000-1099', '{VXLAN}') returning id, uuid`,
  );
  await tx.run(sql`insert into vni(physical_network_id, vni) select ${physical.id}, generate_series(1000, 1099)`);
  await tx.run(
    sql`insert into traffic_type(physical_network_id, type, kvm_label) values (${physical.id}, 'Management', null), (${physical.id}, 'Guest', null), (${physical.id}, 'Public', 'pub')`,
  );
  await tx.run(
    sql`insert into provider(physical_network_id, name, state) values (${physical.id}, 'VirtualRouter', 'Enabled')`,
  );
  const range = await one(
    tx,
    sql`insert into vlan_range(zone_id, physical_network_id, gateway, netmask, cidr, start_ip, end_ip)
    values (${zoneId}, ${physical.id}, '203.0.113.1', '255.255.255.0', '203.0.113.0/24', '203.0.113.10', '203.0.113.50') returning id, uuid`,
  );
  await tx.run(
    sql`insert into public_ip(zone_id, vlan_range_id, address, mac) select ${zoneId}, ${range.id}, '203.0.113.0'::inet + n, '06:00:cb:00:71:' || lpad(to_hex(n), 2, '0') from generate_series(10, 50) n`,
  );
}
