// The few rows that belong to the servers themselves: their authority, their registration, the feed of changes.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface Change {
  id: number;
  entity: string;
  uuid: string;
  accountId: number | null;
  domainId: number | null;
}

const AUTHORITY_LOCK = 7_703;

/** Certificate and sealed key of the cloud's authority, if it has one. Others wait until this transaction ends. */
export async function lockAuthority(tx: Tx): Promise<{ cert: string; sealedKey: string } | undefined> {
  await tx.run(sql`select pg_advisory_xact_lock(${AUTHORITY_LOCK})`);
  return tx.first(
    sql`select c.value as cert, k.value as "sealedKey" from cloud_identity c join cloud_identity k on k.name = 'ca.key' where c.name = 'ca.cert'`,
  );
}
export const keepAuthority = (tx: Tx, { cert, sealedKey }: { cert: string; sealedKey: string }): Promise<number> =>
  tx.run(sql`insert into cloud_identity(name, value) values ('ca.cert', ${cert}), ('ca.key', ${sealedKey})`);

export interface DatabaseState {
  writable: boolean;
}
export const databaseState = (tx: Tx): Promise<DatabaseState> =>
  tx.one(sql`select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as writable`);

/** What may have been committed since `horizon`, and the next horizon. A row may come twice, none is missed. */
export async function changesSince(tx: Tx, horizon: string): Promise<{ horizon: string; changes: Change[] }> {
  const rows = await tx.rows<Change & { horizon: string }>(sql`
    select h.horizon, c.id, c.entity, c.uuid, c.account_id as "accountId", c.domain_id as "domainId"
    from (select pg_snapshot_xmin(pg_current_snapshot())::text as horizon) h
    left join change c on c.tx >= ${horizon}::text::xid8 order by c.id`);
  return { horizon: rows[0]!.horizon, changes: rows.filter((row) => row.id !== null) };
}
/** Nothing that has been committed is at or after it. */
export const changeHorizon = async (tx: Tx): Promise<string> =>
  (await tx.one<{ horizon: string }>(sql`select pg_snapshot_xmin(pg_current_snapshot())::text as horizon`)).horizon;

/** Schema changes that take something away, were applied, and are none of these. */
export const contractsSince = async (tx: Tx, known: readonly string[]): Promise<string[]> =>
  (
    await tx.rows<{ name: string }>(
      sql`select name from migration where name like '%.contract.sql' and not name = any(${known}::text[])`,
    )
  ).map(({ name }) => name);
