// Limits and counts of many owners at once, and counting again from the things themselves.
import type { Tx } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface OwnerLimit {
  ownerId: number;
  type: number;
  max: number | null;
  used: number | null;
}

export const limitsOfOwners = (
  tx: Tx,
  { ownerType, ownerIds }: { ownerType: 'a' | 'd'; ownerIds: readonly number[] },
): Promise<OwnerLimit[]> =>
  tx.rows(sql`
  select coalesce(l.owner_id, c.owner_id) as "ownerId", coalesce(l.type, c.type) as type, l.max, c.used
  from (select * from resource_limit where owner_type = ${ownerType} and owner_id = any(${ownerIds}) and tag = '') l
  full join (select * from resource_count where owner_type = ${ownerType} and owner_id = any(${ownerIds}) and tag = '') c on c.owner_id = l.owner_id and c.type = l.type`);

/** What each account has, in what is counted: type → SQL giving account and amount per row. Kept in step with who reserves and releases. */
const live: Readonly<Record<number, Sql>> = {
  0: sql`select account_id, 1::bigint as n from vm where removed is null and state not in ('Destroyed', 'Expunging', 'Error')`,
  1: sql`select account_id, 1::bigint as n from public_ip where state <> 'Free' and account_id is not null and not system`,
  2: sql`select account_id, 1::bigint as n from volume where removed is null and state not in ('Destroy', 'Expunging', 'Expunged')`,
  4: sql`select account_id, 1::bigint as n from template where removed is null`,
  6: sql`select account_id, 1::bigint as n from network where removed is null and not is_system`,
  8: sql`select account_id, cpus::bigint as n from vm where removed is null and state not in ('Destroyed', 'Expunging', 'Error')`,
  9: sql`select account_id, memory_mib::bigint as n from vm where removed is null and state not in ('Destroyed', 'Expunging', 'Error')`,
  10: sql`select account_id, size_bytes as n from volume where removed is null and state not in ('Destroy', 'Expunging', 'Expunged')`,
  11: sql`select t.account_id, coalesce(s.physical_bytes, 0) as n from template t join template_store s on s.template_id = t.id where t.removed is null and s.download_state = 'DOWNLOADED'`,
};
export const COUNTED = Object.keys(live).map(Number);

/** Holds the counts of one type till commit: whoever reserves waits, and what is counted after this is what counts. */
const hold = async (
  tx: Tx,
  { ownerType, type, ids }: { ownerType: 'a' | 'd'; type: number; ids: readonly number[] },
): Promise<void> => {
  await tx.run(
    sql`insert into resource_count(owner_type, owner_id, type, tag) select ${ownerType}, id, ${type}, '' from unnest(${ids}::bigint[]) id order by id on conflict do nothing`,
  );
  await tx.rows(
    sql`select 1 from resource_count where owner_type = ${ownerType} and type = ${type} and tag = '' and owner_id = any(${ids}) order by owner_id for update`,
  );
};

/** Counts of one type anew for accounts, from their things. */
export async function recountAccounts(
  tx: Tx,
  { type, accountIds }: { type: number; accountIds: readonly number[] },
): Promise<void> {
  await hold(tx, { ownerType: 'a', type, ids: accountIds });
  await tx.run(sql`update resource_count c set used = coalesce((select sum(x.n) from (${live[type] ?? sql`select null::bigint as account_id, 0::bigint as n where false`}) x where x.account_id = c.owner_id), 0)
    where c.owner_type = 'a' and c.type = ${type} and c.tag = '' and c.owner_id = any(${accountIds})`);
}

/** Counts of one type anew for domains: the sum of the accounts in each and below. */
export async function recountDomains(
  tx: Tx,
  { type, domainIds }: { type: number; domainIds: readonly number[] },
): Promise<void> {
  await hold(tx, { ownerType: 'd', type, ids: domainIds });
  await tx.run(sql`
    with counted as (select d.id, coalesce(sum(c.used), 0)::bigint as n from domain d left join domain below on starts_with(below.path, d.path) and below.removed is null
      left join account a on a.domain_id = below.id and a.removed is null left join resource_count c on c.owner_type = 'a' and c.owner_id = a.id and c.type = ${type} and c.tag = ''
      where d.id = any(${domainIds}) group by d.id)
    update resource_count c set used = counted.n from counted where c.owner_type = 'd' and c.owner_id = counted.id and c.type = ${type} and c.tag = ''`);
}

export const accountsUnder = async (tx: Tx, path: string): Promise<number[]> =>
  (
    await tx.rows<{ id: number }>(sql`
  select a.id from account a join domain d on d.id = a.domain_id where a.removed is null and d.removed is null and starts_with(d.path, ${path}) order by a.id`)
  ).map(({ id }) => id);
/** The domain, all below it, and all above it. */
export const domainsAlong = async (tx: Tx, path: string): Promise<number[]> =>
  (
    await tx.rows<{ id: number }>(sql`
  select id from domain where removed is null and (starts_with(path, ${path}) or starts_with(${path}, path)) order by id`)
  ).map(({ id }) => id);
export const pathOf = async (tx: Tx, domainId: number): Promise<string> =>
  (await tx.one<{ path: string }>(sql`select path from domain where id = ${domainId}`)).path;

export async function forgetLimits(
  tx: Tx,
  { ownerType, ownerId }: { ownerType: 'a' | 'd'; ownerId: number },
): Promise<void> {
  await tx.run(sql`delete from resource_limit where owner_type = ${ownerType} and owner_id = ${ownerId}`);
  await tx.run(sql`delete from resource_count where owner_type = ${ownerType} and owner_id = ${ownerId}`);
}
