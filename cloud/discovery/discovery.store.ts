// What discovery reads: the cloud's own identifier, and who a signature is made for.
import type { RoleType } from '#api/define.ts';
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

/** The same as instances read from their routers: made with the cloud, and the same for ever. */
export const cloudId = async (tx: Tx): Promise<string> =>
  (await tx.one<{ id: string }>(sql`select min(uuid::text) as id from region`)).id;

export const roleOfUser = (
  tx: Tx,
  userId: number,
): Promise<{ uuid: string; username: string; roleId: number; roleType: RoleType }> =>
  tx.one(sql`
  select u.uuid, u.username, r.id as "roleId", r.type as "roleType" from cloud_user u join account a on a.id = u.account_id join role r on r.id = a.role_id where u.id = ${userId}`);

export const newestSecretOf = async (tx: Tx, userId: number): Promise<string | undefined> =>
  (
    await tx.first<{ sealed: string }>(
      sql`select secret_key as sealed from api_keypair where user_id = ${userId} and removed is null order by id desc limit 1`,
    )
  )?.sealed;
