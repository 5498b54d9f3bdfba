// Rows of SSH key pairs: public keys only.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface KeyRow {
  id: number;
  uuid: string;
  name: string;
  fingerprint: string;
  accountId: number;
  account: string;
  domain: string;
  domainUuid: string;
  annotated: boolean;
}
const columns = sql`k.id, k.uuid, k.name, k.fingerprint, k.account_id as "accountId", a.name as account, d.name as domain, d.uuid as "domainUuid",
  exists (select 1 from annotation n where n.entity_uuid = k.uuid and n.removed is null) as annotated`;
export const keysByIds = async (tx: Tx, ids: readonly number[]): Promise<KeyRow[]> =>
  inOrder(
    ids,
    await tx.rows<KeyRow>(sql`
  select ${columns} from ssh_keypair k join account a on a.id = k.account_id join domain d on d.id = k.domain_id where k.id = ${anyOf(ids)}`),
  );
export const sameKey = (
  tx: Tx,
  { accountId, name, fingerprint }: { accountId: number; name: string; fingerprint: string },
): Promise<{ name: string; fingerprint: string } | undefined> =>
  tx.first(
    sql`select name, fingerprint from ssh_keypair where account_id = ${accountId} and (name = ${name} or fingerprint = ${fingerprint}) order by name = ${name} desc limit 1`,
  );
export const insertKey = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into ssh_keypair ${sql.row(values)} returning id, uuid`);
export const deleteKey = (
  tx: Tx,
  { accountId, name }: { accountId: number; name: string },
): Promise<{ uuid: string } | undefined> =>
  tx.first(sql`delete from ssh_keypair where account_id = ${accountId} and name = ${name} returning uuid`);

const list: ListOf = { table: 'ssh_keypair', keyword: ['name', 'fingerprint'], removable: false, order: sql`t.name` };
interface KeyQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
  fingerprint?: string;
}
export async function findKeys(tx: Tx, query: KeyQuery): Promise<{ rows: KeyRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    ...query,
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.name && sql`t.name = ${query.name}`,
      query.fingerprint && sql`t.fingerprint = ${query.fingerprint}`,
    ],
  });
  return { rows: await keysByIds(tx, ids), count };
}
