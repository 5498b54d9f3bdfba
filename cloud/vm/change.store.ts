// What changing an instance reads and writes beside its row.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

/** Networks whose routers know the guest. */
export const networksOf = async (tx: Tx, vmId: number): Promise<number[]> =>
  (
    await tx.rows<{ id: number }>(sql`
  select distinct network_id as id from nic where vm_id = ${vmId} and removed is null order by 1`)
  ).map(({ id }) => id);
export const uuidTaken = async (tx: Tx, uuid: string): Promise<boolean> =>
  (await tx.first(sql`select 1 from vm where uuid = ${uuid}`)) !== undefined;
export const guestOsExists = async (tx: Tx, id: number): Promise<boolean> =>
  (await tx.first(sql`select 1 from guest_os where id = ${id} and removed is null`)) !== undefined;
export const sealedPassword = async (tx: Tx, vmId: number): Promise<string | null> =>
  (await tx.one<{ password: string | null }>(sql`select password from vm where id = ${vmId}`)).password;
export const userDataOf = (tx: Tx, vmId: number): Promise<{ uuid: string; data: string | null }> =>
  tx.one(sql`select uuid, user_data as data from vm where id = ${vmId}`);
