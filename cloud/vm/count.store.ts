// How many instances there are, from counters and the changes not added to them yet: the cost does not grow with the cloud.
import type { Tx } from '#kernel/db.ts';
import { pathBelow, type Page, type Scope } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

/** All, or those that tenants are shown. */
export type Counted = 'n' | 'shown';
/** Ids in a block of `vm_block`. */
const BLOCK = 1_024;
/** From here on a page is found by blocks. */
const FAR = 2 * BLOCK;

/** A scalar for a statement. */
export function countIn(scope: Scope, counted: Counted): Sql {
  const column = sql.raw(counted);
  if (scope.kind === 'all') return sql`(select coalesce(sum(${column}), 0)::bigint from vm_block_count)`;
  return sql`(select coalesce(sum(${column}), 0)::bigint from vm_count where ${ownedBy(scope)})`;
}

function ownedBy(scope: Exclude<Scope, { kind: 'all' }>): Sql {
  switch (scope.kind) {
    case 'account':
      return sql`account_id = ${scope.accountId}`;
    case 'domain':
      return sql`domain_id = ${scope.domainId}`;
    case 'tree':
      return sql`domain_id in (select id from domain where ${pathBelow(scope.path)})`;
    case 'none':
      return sql`false`;
  }
}

/** Is the page of the list of all so far down that walking to it would cost more than skipping blocks? */
export const isFar = (scope: Scope, page: Page): boolean => scope.kind === 'all' && page.offset >= FAR;

/** A page of all instances, newest first, and how many there are: whole blocks are skipped by their counts. */
export async function farPage(
  tx: Tx,
  { page, counted }: { page: Page; counted: Counted },
): Promise<{ ids: number[]; count: number }> {
  const column = sql.raw(counted);
  const shown = counted === 'shown' ? sql`and t.display` : sql.empty;
  const rows = await tx.rows<{ id: number | null; count: number }>(sql`
    with block as (select block, sum(${column})::bigint as n from vm_block_count group by block),
      place as (select block, n, (sum(n) over (order by block desc))::bigint as upto from block),
      start as (select block, upto - n as before from place where upto > ${page.offset}::bigint order by block desc limit 1)
    select found.id, (select coalesce(sum(n), 0)::bigint from block) as count
    from (values (1)) as always left join lateral (select t.id from vm t
      where t.removed is null ${shown} and t.id < ((select block from start) + 1) * ${BLOCK}::bigint
      order by t.id desc limit ${page.limit} offset ${page.offset}::bigint - (select before from start)) found on true`);
  return { ids: rows.flatMap(({ id }) => (id === null ? [] : [id])), count: rows[0]!.count };
}

/** One keeper does it at a time; what commits meanwhile stays for the next. */
export const foldCounts = (tx: Tx): Promise<number> =>
  tx.run(sql`
  with gone as (delete from vm_count_change returning *),
    states as (insert into vm_counter as c (account_id, state, domain_id, n, shown)
      select account_id, state, max(domain_id), sum(n), sum(shown) from gone group by account_id, state
      on conflict (account_id, state) do update set n = c.n + excluded.n, shown = c.shown + excluded.shown, domain_id = excluded.domain_id)
  insert into vm_block as b (block, n, shown) select block, sum(n), sum(shown) from gone group by block
    on conflict (block) do update set n = b.n + excluded.n, shown = b.shown + excluded.shown`);
