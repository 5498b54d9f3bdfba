// Rows of who else may use an image.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export const permittedAccounts = async (tx: Tx, templateId: number): Promise<string[]> =>
  (
    await tx.rows<{ name: string }>(sql`
    select a.name from template_permission p join account a on a.id = p.account_id and a.removed is null where p.template_id = ${templateId} order by a.name`)
  ).map((row) => row.name);

/** Live accounts of a domain by their names, in lower case. */
export const accountsNamed = (
  tx: Tx,
  { names, domainId }: { names: readonly string[]; domainId: number },
): Promise<{ id: number; name: string }[]> =>
  tx.rows(
    sql`select id, lower(name) as name from account where domain_id = ${domainId} and removed is null and lower(name) = any(${names.map((name) => name.toLowerCase())})`,
  );

export const permit = (tx: Tx, templateId: number, accountIds: readonly number[]): Promise<number> =>
  tx.run(
    sql`insert into template_permission(template_id, account_id) select ${templateId}, unnest(${accountIds}::bigint[]) on conflict do nothing`,
  );
export const forbid = (tx: Tx, templateId: number, accountIds: readonly number[]): Promise<number> =>
  tx.run(sql`delete from template_permission where template_id = ${templateId} and account_id = any(${accountIds})`);
export const forbidAll = (tx: Tx, templateId: number): Promise<number> =>
  tx.run(sql`delete from template_permission where template_id = ${templateId}`);

export const domainUuid = async (tx: Tx, id: number): Promise<string> =>
  (await tx.one<{ uuid: string }>(sql`select uuid from domain where id = ${id}`)).uuid;
