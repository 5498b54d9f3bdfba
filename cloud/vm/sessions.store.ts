// Console sessions: one-time tokens that opened, or may open, a screen.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface SessionRow {
  id: number;
  uuid: string;
  created: Date;
  used: Date | null;
  ended: Date | null;
  expires: Date;
  creatorAddress: string | null;
  clientAddress: string | null;
  userUuid: string | null;
  username: string | null;
  accountUuid: string;
  account: string;
  domain: string;
  domainUuid: string;
  domainPath: string;
  vmUuid: string | null;
  vmName: string | null;
  hostUuid: string | null;
  hostName: string | null;
}
interface SessionQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  id?: number;
  from?: Date;
  to?: Date;
  accountId?: number;
  userId?: number;
  vmId?: number;
  hostId?: number;
  acquired?: boolean;
  activeOnly?: boolean;
  clientAddress?: string;
  creatorAddress?: string;
}
const list: ListOf = { table: 'one_time_token', keyword: ['client_address'], removable: false, order: sql`t.id desc` };

export async function findSessions(tx: Tx, query: SessionQuery): Promise<{ rows: SessionRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    scope: query.scope,
    page: query.page,
    keyword: query.keyword,
    where: [
      sql`t.purpose = 'console'`,
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.from && sql`t.created >= ${query.from}`,
      query.to && sql`t.created <= ${query.to}`,
      query.accountId !== undefined && sql`t.account_id = ${query.accountId}`,
      query.userId !== undefined && sql`t.user_id = ${query.userId}`,
      query.vmId !== undefined && sql`(t.body->>'vmId')::bigint = ${query.vmId}`,
      query.hostId !== undefined && sql`(t.body->>'hostId')::bigint = ${query.hostId}`,
      query.acquired !== undefined && sql`(t.used is not null) = ${query.acquired}`,
      query.activeOnly && sql`t.ended is null and (t.used is not null or t.expires > now())`,
      query.clientAddress && sql`t.client_address = ${query.clientAddress}`,
      query.creatorAddress && sql`t.creator_address = ${query.creatorAddress}`,
    ],
  });
  const rows =
    await tx.rows<SessionRow>(sql`select t.id, t.uuid, t.created, t.used, t.ended, t.expires, t.creator_address as "creatorAddress", t.client_address as "clientAddress", u.uuid as "userUuid", u.username,
      a.uuid as "accountUuid", a.name as account, d.name as domain, d.uuid as "domainUuid", d.path as "domainPath", v.uuid as "vmUuid", v.name as "vmName", h.uuid as "hostUuid", h.name as "hostName"
    from one_time_token t join account a on a.id = t.account_id join domain d on d.id = t.domain_id left join cloud_user u on u.id = t.user_id left join vm v on v.id = (t.body->>'vmId')::bigint
      left join host h on h.id = (t.body->>'hostId')::bigint where t.id = ${anyOf(ids)}`);
  return { rows: inOrder(ids, rows), count };
}
