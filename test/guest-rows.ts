// A guest as rows, running or stopped, with a root disk that lies on a pool: for tests that are not about how one is deployed.
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import type { FakeStorage } from './fake-storage.ts';
import type { ZoneRows } from './zone-rows.ts';

export interface GuestRows {
  id: number;
  uuid: string;
  instanceName: string;
  /** Undefined: it was never started. */
  rootUuid: string | undefined;
}

interface Making {
  zone: ZoneRows;
  fake: FakeStorage;
  accountId: number;
  state: 'Running' | 'Stopped';
  name?: string;
  /** false: no root disk, and no host ever. */
  root?: boolean;
}

/** Its root disk is counted nowhere: what tests count is what their own verbs take. */
export async function makeGuest(
  db: Db,
  { zone, fake, accountId, state, name = 'web', root = true }: Making,
): Promise<GuestRows> {
  const instanceName = `i-${accountId}-${name}`;
  const host = zone.hostIds[0]!;
  const { id, uuid } = await db.read.one<{ id: number; uuid: string }>(
    sql`insert into vm ${sql.row({
      account_id: accountId,
      domain_id: 1,
      zone_id: zone.zoneId,
      name,
      display_name: name,
      instance_name: instanceName,
      service_offering_id: zone.offeringId,
      template_id: zone.templateId,
      hypervisor: 'Simulator',
      cpus: 1,
      cpu_mhz: 250,
      memory_mib: 128,
      state,
      host_id: state === 'Running' ? host : null,
      last_host_id: root ? host : null,
    })} returning id, uuid`,
  );
  fake.plugged.set(instanceName, new Set());
  if (!root) return { id, uuid, instanceName, rootUuid: undefined };
  const disk = await db.read.one<{ uuid: string }>(
    sql`insert into volume ${sql.row({
      account_id: accountId,
      domain_id: 1,
      zone_id: zone.zoneId,
      vm_id: id,
      pool_id: zone.poolId,
      template_id: zone.templateId,
      name: `ROOT-${name}`,
      type: 'ROOT',
      size_bytes: 50 * 2 ** 20,
      state: 'Ready',
      device_id: 0,
    })} returning uuid`,
  );
  fake.volumes.set(
    zone.poolUuid,
    (fake.volumes.get(zone.poolUuid) ?? new Map<string, number>()).set(disk.uuid, 50 * 2 ** 20),
  );
  return { id, uuid, instanceName, rootUuid: disk.uuid };
}
