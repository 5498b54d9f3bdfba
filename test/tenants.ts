// Domains and users of a cloud under test, as rows: for tests of other nouns than these.
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import type { TestCloud, User } from './cloud.ts';

export interface TestDomain {
  id: number;
  uuid: string;
  path: string;
}

/** A domain below ROOT, or below the given one. */
export async function makeDomain(
  db: Db,
  name: string,
  below: TestDomain = { id: 1, uuid: '', path: '/' },
): Promise<TestDomain> {
  return db.read.one(
    sql`insert into domain(parent_id, name, path, level) values (${below.id}, ${name}, ${`${below.path}${name}/`}, ${below.path.split('/').length - 1}) returning id, uuid, path`,
  );
}

export interface TestAccount {
  accountId: number;
  accountUuid: string;
  userId: number;
  domainId: number;
  user: User;
}

/** An account with one user of the role; the user can call at once. */
export async function makeAccount(
  cloud: Pick<TestCloud, 'db' | 'as'>,
  { name, domainId = 1, role = 'User' }: { name: string; domainId?: number; role?: string },
): Promise<TestAccount> {
  const { id: roleId } = await cloud.db.read.one<{ id: number }>(
    sql`select id from role where type = ${role} and is_default order by id limit 1`,
  );
  const type = { User: 0, Admin: 1, DomainAdmin: 2, ResourceAdmin: 3 }[role] ?? 0;
  const account = await cloud.db.read.one<{ id: number; uuid: string }>(
    sql`insert into account(name, type, role_id, domain_id) values (${name}, ${type}, ${roleId}, ${domainId}) returning id, uuid`,
  );
  const { id: userId } = await cloud.db.read.one<{ id: number }>(
    sql`insert into cloud_user(account_id, username, password, first_name, last_name) values (${account.id}, ${name}, 'none', ${name}, ${name}) returning id`,
  );
  return { accountId: account.id, accountUuid: account.uuid, userId, domainId, user: await cloud.as(userId) };
}
