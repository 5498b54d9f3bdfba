// What is on a host that is to be empty, and what was tried to move it.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface GuestHere {
  id: number;
  uuid: string;
  name: string;
  accountId: number;
  domainId: number;
  state: string;
  /** Somebody works on it now, or will. */
  busy: boolean;
  /** Moves that failed since the host is to be empty. */
  failures: number;
  lastFailure: string | null;
  /** Has disks that only this host reaches. */
  local: boolean;
}
export const guestsOn = (tx: Tx, hostId: number, afterJob: number): Promise<GuestHere[]> =>
  tx.rows(sql`
  select v.id, v.uuid, v.name, v.account_id as "accountId", v.domain_id as "domainId", v.state, j.busy, j.failures, j."lastFailure",
    exists (select 1 from volume d join storage_pool p on p.id = d.pool_id where d.vm_id = v.id and d.removed is null and p.scope = 'HOST') as local
  from vm v cross join lateral (select coalesce(bool_or(finished is null), false) as busy, (count(*) filter (where state = 'failed' and kind in ('vm.migrate', 'vm.stop') and id > ${afterJob}))::int as failures,
      (array_agg(error->>'text' order by id desc) filter (where state = 'failed' and kind in ('vm.migrate', 'vm.stop') and id > ${afterJob}))[1] as "lastFailure"
    from job where resource_uuid = v.uuid and (finished is null or id > ${afterJob})) j
  where v.host_id = ${hostId} and v.removed is null and v.state <> 'Stopped' order by v.id`);

export const routersOn = (tx: Tx, hostId: number): Promise<{ networkId: number; name: string }[]> =>
  tx.rows(
    sql`select network_id as "networkId", name from router where host_id = ${hostId} and removed is null and state <> 'Stopped' order by id`,
  );

/** Instances that run here and have disks only this host reaches; a few names. */
export const localGuests = async (tx: Tx, hostId: number): Promise<string[]> =>
  (
    await tx.rows<{ name: string }>(sql`
  select distinct v.name from vm v join volume d on d.vm_id = v.id and d.removed is null join storage_pool p on p.id = d.pool_id and p.scope = 'HOST'
  where v.host_id = ${hostId} and v.removed is null and v.state <> 'Stopped' order by v.name limit 5`)
  ).map(({ name }) => name);

/** Jobs made from now on have greater numbers. */
export const newestJob = async (tx: Tx): Promise<number> =>
  (await tx.one<{ id: number }>(sql`select coalesce(max(id), 0) as id from job`)).id;
