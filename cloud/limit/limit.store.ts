// Rows of limits and counts. Limits are stored in what is counted (bytes, not GiB). Root administrators' accounts and the ROOT domain have none.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import type { Owner } from '../context.ts';

export interface Wish {
  type: number;
  n: number;
  accountDefault: number;
  domainDefault: number;
}
export interface Missing {
  ownerType: 'a' | 'd';
  ownerName: string;
  type: number;
  max: number;
  used: number;
}

const ADMIN_TYPE = 1;

/** Adds for the account and every domain above it, each where it still fits. Returns the first that did not; the caller must then roll back. */
export async function addUsed(tx: Tx, owner: Owner, wishes: readonly Wish[]): Promise<Missing | undefined> {
  const wish = sql`
    owners as (
      select 'a' as owner_type, a.id as owner_id, a.name, a.type = ${ADMIN_TYPE} as unlimited from account a where a.id = ${owner.accountId}
      union all
      select 'd', up.id, up.name, up.level = 0 from domain d join domain up on d.path like up.path || '%' and up.removed is null where d.id = ${owner.domainId}),
    wish as (
      select o.owner_type, o.owner_id, o.name, w.type, w.n, case when o.unlimited then -1 else
        coalesce((select l.max from resource_limit l where l.owner_type = o.owner_type and l.owner_id = o.owner_id and l.type = w.type and l.tag = ''),
          case o.owner_type when 'a' then w.account_default else w.domain_default end) end as max
      from owners o cross join unnest(${wishes.map((one) => one.type)}::int[], ${wishes.map((one) => one.n)}::bigint[], ${wishes.map((one) => one.accountDefault)}::bigint[], ${wishes.map((one) => one.domainDefault)}::bigint[])
        as w(type, n, account_default, domain_default))`;
  const added = await tx.rows<{ owner_type: string; owner_id: number; type: number; wanted: number }>(sql`with ${wish}
    insert into resource_count as c (owner_type, owner_id, type, tag, used) select owner_type, owner_id, type, '', n from wish where max < 0 or n <= max order by owner_type, owner_id, type
    on conflict (owner_type, owner_id, type, tag) do update set used = c.used + excluded.used
      where exists (select 1 from wish w where w.owner_type = c.owner_type and w.owner_id = c.owner_id and w.type = c.type and (w.max < 0 or c.used + excluded.used <= w.max))
    returning owner_type, owner_id, type, (select count(*) from wish) as wanted`);
  if (added.length > 0 && added.length === added[0]!.wanted) return undefined;
  const all = await tx.rows<
    Missing & { ownerId: number }
  >(sql`with ${wish} select w.owner_type as "ownerType", w.owner_id as "ownerId", w.name as "ownerName", w.type, w.max, coalesce(c.used, 0) as used
    from wish w left join resource_count c on c.owner_type = w.owner_type and c.owner_id = w.owner_id and c.type = w.type and c.tag = '' where ${added.length} < (select count(*) from wish) order by w.owner_type, w.owner_id`);
  return all.find(
    (one) =>
      !added.some((row) => row.owner_type === one.ownerType && row.owner_id === one.ownerId && row.type === one.type),
  );
}

export const subtractUsed = (tx: Tx, owner: Owner, amounts: readonly { type: number; n: number }[]): Promise<number> =>
  tx.run(sql`
  with locked as (
    select c.owner_type, c.owner_id, c.type, w.n from resource_count c join unnest(${amounts.map((one) => one.type)}::int[], ${amounts.map((one) => one.n)}::bigint[]) as w(type, n) on w.type = c.type
    where c.tag = '' and ((c.owner_type = 'a' and c.owner_id = ${owner.accountId})
      or (c.owner_type = 'd' and c.owner_id in (select up.id from domain d join domain up on d.path like up.path || '%' where d.id = ${owner.domainId})))
    order by c.owner_type, c.owner_id, c.type for update of c)
  update resource_count c set used = greatest(0, c.used - l.n) from locked l where c.owner_type = l.owner_type and c.owner_id = l.owner_id and c.type = l.type and c.tag = ''`);

/** Limit and count rows of one owner by type. `unlimited`: a root administrator or the ROOT domain. */
export async function limitRows(
  tx: Tx,
  { ownerType, ownerId }: { ownerType: 'a' | 'd'; ownerId: number },
): Promise<Map<number, { max: number | undefined; used: number }> & { unlimited: boolean }> {
  const rows = await tx.rows<{ type: number; max: number | null; used: number | null }>(sql`
    select coalesce(l.type, c.type) as type, l.max, c.used from (select * from resource_limit where owner_type = ${ownerType} and owner_id = ${ownerId} and tag = '') l
    full join (select * from resource_count where owner_type = ${ownerType} and owner_id = ${ownerId} and tag = '') c on c.type = l.type`);
  const free = await tx.first(
    ownerType === 'a'
      ? sql`select 1 from account where id = ${ownerId} and type = ${ADMIN_TYPE}`
      : sql`select 1 from domain where id = ${ownerId} and level = 0`,
  );
  const found = new Map(rows.map((row) => [row.type, { max: row.max ?? undefined, used: row.used ?? 0 }]));
  return Object.assign(found, { unlimited: free !== undefined });
}

/** Who a limit is of, as answers name it. */
export interface OwnerNames {
  account: string | null;
  domain: string;
  domainUuid: string;
  domainPath: string;
  parentId: number | null;
  level: number;
  accountType: number | null;
}
export const ownerNames = (
  tx: Tx,
  { ownerType, ownerId }: { ownerType: 'a' | 'd'; ownerId: number },
): Promise<OwnerNames> =>
  tx.one(
    ownerType === 'a'
      ? sql`select a.name as account, d.name as domain, d.uuid as "domainUuid", d.path as "domainPath", d.parent_id as "parentId", d.level, a.type as "accountType" from account a join domain d on d.id = a.domain_id where a.id = ${ownerId}`
      : sql`select null as account, d.name as domain, d.uuid as "domainUuid", d.path as "domainPath", d.parent_id as "parentId", d.level, null as "accountType" from domain d where d.id = ${ownerId}`,
  );

export const writeLimit = (
  tx: Tx,
  { ownerType, ownerId, type, max }: { ownerType: 'a' | 'd'; ownerId: number; type: number; max: number },
): Promise<number> =>
  tx.run(sql`
  insert into resource_limit(owner_type, owner_id, type, tag, max) values (${ownerType}, ${ownerId}, ${type}, '', ${max}) on conflict (owner_type, owner_id, type, tag) do update set max = excluded.max`);
