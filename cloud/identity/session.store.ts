// Who is behind a session, a key or a name: the rows that logging in reads and writes.
import type { Tx } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import type { RoleType } from '#api/define.ts';

export interface Identity {
  userId: number;
  userUuid: string;
  username: string;
  firstName: string;
  lastName: string;
  timezone: string | null;
  source: string;
  accountId: number;
  accountUuid: string;
  accountName: string;
  accountType: number;
  domainId: number;
  domainUuid: string;
  domainPath: string;
  roleId: number;
  roleType: RoleType;
  passwordChangeRequired: boolean;
}

const identity = sql`u.id as "userId", u.uuid as "userUuid", u.username, u.first_name as "firstName", u.last_name as "lastName", u.timezone, u.source,
  u.password_change_required as "passwordChangeRequired", a.id as "accountId", a.uuid as "accountUuid", a.name as "accountName", a.type as "accountType",
  d.id as "domainId", d.uuid as "domainUuid", d.path as "domainPath", r.id as "roleId", r.type as "roleType"`;
/** Only who is enabled all the way up can do anything. A locked account may read nothing new either. */
const alive = sql`u.removed is null and u.state = 'enabled' and a.removed is null and a.state = 'enabled' and d.removed is null and d.state = 'Active'`;
const joined = sql`join account a on a.id = u.account_id join domain d on d.id = a.domain_id join role r on r.id = a.role_id`;

export interface SessionIdentity extends Identity {
  sessionId: number;
  keyHash: string;
  seen: Date;
  expires: Date;
}
/** The living session with this id hash. */
export const findSession = (tx: Tx, idHash: string): Promise<SessionIdentity | undefined> =>
  tx.first(sql`
  select ${identity}, s.id as "sessionId", s.key_hash as "keyHash", s.seen, s.expires
  from session s join cloud_user u on u.id = s.user_id ${joined} where s.id_hash = ${idHash} and s.expires > now() and ${alive}`);

export interface KeyIdentity extends Identity {
  keypairId: number;
  sealedSecret: string;
  keyAccess: boolean | null;
  /** From when to when it may be used. */
  starts: Date | null;
  ends: Date | null;
  /** Of the key pair; null: it may do what its user may. */
  rules: { rule: string; permission: string }[] | null;
}
/** The user of a living API key, whether or not it may be used yet or still. */
export const findByApiKey = (tx: Tx, apiKey: string): Promise<KeyIdentity | undefined> =>
  tx.first(sql`
  select ${identity}, k.id as "keypairId", k.secret_key as "sealedSecret", coalesce(u.api_key_access, a.api_key_access) as "keyAccess", k.start_date as starts, k.end_date as ends,
    (select json_agg(json_build_object('rule', x.rule, 'permission', x.permission) order by x.sort_order, x.id) from api_keypair_rule x where x.api_keypair_id = k.id) as rules
  from api_keypair k join cloud_user u on u.id = k.user_id ${joined} where k.api_key = ${apiKey} and k.removed is null and ${alive}`);

export const findIdentity = (tx: Tx, userId: number): Promise<Identity | undefined> =>
  tx.first(sql`select ${identity} from cloud_user u ${joined} where u.id = ${userId} and ${alive}`);

export interface LoginRow extends Identity {
  password: string;
  state: string;
  accountState: string;
  domainState: string;
  failedLogins: number;
}
/** A user by name in a domain, whatever its state: the caller decides what to tell. */
export const findForLogin = (
  tx: Tx,
  { username, domain }: { username: string; domain: Sql },
): Promise<LoginRow | undefined> =>
  tx.first(sql`
  select ${identity}, u.password, u.state, a.state as "accountState", d.state as "domainState", u.failed_logins as "failedLogins"
  from cloud_user u ${joined} where lower(u.username) = ${username.toLowerCase()} and u.removed is null and a.removed is null and ${domain}`);

export const domainByPath = (path: string): Sql => sql`lower(d.path) = ${path.toLowerCase()} and d.removed is null`;
export const domainByKey = (key: string): Sql =>
  /^\d{1,18}$/.test(key) ? sql`d.id = ${Number(key)}` : sql`d.uuid::text = ${key.toLowerCase()}`;

export const insertSession = (
  tx: Tx,
  row: { id_hash: string; key_hash: string; user_id: number; source_ip: string; expires: Date },
): Promise<number> => tx.run(sql`insert into session ${sql.row(row)}`);
/** Undefined: it is gone. */
export const touchSession = (
  tx: Tx,
  { idHash, timeoutS }: { idHash: string; timeoutS: number },
): Promise<{ seen: Date; expires: Date } | undefined> =>
  tx.first(
    sql`update session set seen = now(), expires = now() + ${timeoutS} * interval '1 second' where id_hash = ${idHash} and expires > now() returning seen, expires`,
  );
export const deleteSession = (tx: Tx, idHash: string): Promise<number> =>
  tx.run(sql`delete from session where id_hash = ${idHash}`);
export const deleteSessionsOf = (tx: Tx, userId: number): Promise<number> =>
  tx.run(sql`delete from session where user_id = ${userId}`);
export const deleteExpiredSessions = (tx: Tx): Promise<number> =>
  tx.run(sql`delete from session where expires < now() - interval '1 hour'`);

export const countFailedLogin = (
  tx: Tx,
  { userId, lockAfter }: { userId: number; lockAfter: number },
): Promise<number> =>
  tx.run(sql`
  update cloud_user set failed_logins = failed_logins + 1, state = case when ${lockAfter} > 0 and failed_logins + 1 >= ${lockAfter} and not is_default then 'disabled' else state end where id = ${userId}`);
export const clearFailedLogins = (tx: Tx, userId: number): Promise<number> =>
  tx.run(sql`update cloud_user set failed_logins = 0 where id = ${userId} and failed_logins > 0`);

export const hasKeys = async (tx: Tx, userId: number): Promise<boolean> =>
  (await tx.first(sql`select 1 from api_keypair where user_id = ${userId} and removed is null limit 1`)) !== undefined;
