// What discovery reads and writes: the cloud's own identifier, and who a signature is made for.
import { randomUUID } from 'node:crypto';
import type { RoleType } from '#api/define.ts';
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

/** Made when it is first asked for, and the same for ever. */
export async function cloudId(tx: Tx): Promise<string> {
  await tx.run(sql`insert into cloud_identity(name, value) values ('cloud.identifier', ${randomUUID()}) on conflict do nothing`);
  return (await tx.one<{ value: string }>(sql`select value from cloud_identity where name = 'cloud.identifier'`)).value;
}

export const roleOfUser = (tx: Tx, userId: number): Promise<{ uuid: string; username: string; roleId: number; roleType: RoleType }> => tx.one(sql`
  select u.uuid, u.username, r.id as "roleId", r.type as "roleType" from cloud_user u join account a on a.id = u.account_id join role r on r.id = a.role_id where u.id = ${userId}`);

export const newestSecretOf = async (tx: Tx, userId: number): Promise<string | undefined> =>
  (await tx.first<{ sealed: string }>(sql`select secret_key as sealed from api_keypair where user_id = ${userId} and removed is null order by id desc limit 1`))?.sealed;
