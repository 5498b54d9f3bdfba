// Rows of templates on primary storage: what volumes are cloned from.
import type { EventOf } from '#api/machine.ts';
import { imageObjectMachine } from '#api/states/storage.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import { move } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';
import type { PoolPlace } from './driver.ts';

export interface PoolCopy {
  id: number;
  templateId: number;
  templateUuid: string;
  poolId: number;
  pool: PoolPlace;
  state: string;
  /** Somebody used it a moment ago, and it says so. */
  fresh: boolean;
  accountId: number;
  domainId: number;
}

/** `used` is for people: guests that are cloned from one copy all the time do not all write it. */
const columns = sql`c.id, c.template_id as "templateId", t.uuid as "templateUuid", c.pool_id as "poolId", json_build_object('id', p.uuid, 'kind', p.type, 'path', p.path) as pool,
  c.state, coalesce(c.used > now() - interval '1 minute', false) as fresh, t.account_id as "accountId", t.domain_id as "domainId"`;
const joined = sql`from template_pool c join template t on t.id = c.template_id join storage_pool p on p.id = c.pool_id`;

/** The copy's row, made if there is none, held till the transaction ends. */
export async function lockPoolCopy(
  tx: Tx,
  { templateId, poolId }: { templateId: number; poolId: number },
): Promise<PoolCopy> {
  await tx.run(
    sql`insert into template_pool(template_id, pool_id) values (${templateId}, ${poolId}) on conflict (template_id, pool_id) do nothing`,
  );
  return tx.one(
    sql`select ${columns} ${joined} where c.template_id = ${templateId} and c.pool_id = ${poolId} for update of c`,
  );
}
export const lockPoolCopyById = (tx: Tx, id: number): Promise<PoolCopy | undefined> =>
  tx.first(sql`select ${columns} ${joined} where c.id = ${id} for update of c`);
export const poolCopy = (
  tx: Tx,
  { templateId, poolId }: { templateId: number; poolId: number },
): Promise<PoolCopy | undefined> =>
  tx.first(sql`select ${columns} ${joined} where c.template_id = ${templateId} and c.pool_id = ${poolId}`);
export const poolCopyById = (tx: Tx, id: number): Promise<PoolCopy | undefined> =>
  tx.first(sql`select ${columns} ${joined} where c.id = ${id}`);

export const movePoolCopy = (tx: Tx, id: number, event: EventOf<typeof imageObjectMachine>): Promise<string> =>
  move(
    tx,
    { entity: 'template on primary storage', table: 'template_pool', ownerless: true, machine: imageObjectMachine },
    id,
    event,
  );
export const usePoolCopy = (tx: Tx, id: number, sizeBytes?: number): Promise<number> =>
  tx.run(sql`update template_pool set ${sql.set({ used: databaseNow(), size_bytes: sizeBytes })} where id = ${id}`);
export const forgetPoolCopy = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`delete from template_pool where id = ${id}`);

/** No volume is cloned from it, nor about to be. Volumes that wait to be expunged have their files yet. */
const unused = sql`not exists (select 1 from volume v where v.template_id = c.template_id and v.pool_id = c.pool_id and v.removed is null)`;
export const isUnused = async (tx: Tx, id: number): Promise<boolean> =>
  (await tx.first(sql`select 1 ${joined} where c.id = ${id} and ${unused}`)) !== undefined;

/** Copies of deleted templates that nothing uses and no job is at. */
export const evictable = (tx: Tx, templateId?: number): Promise<PoolCopy[]> =>
  tx.rows(sql`
  select ${columns} ${joined} where t.state = 'Inactive' and p.removed is null and ${unused} ${templateId === undefined ? sql.empty : sql`and t.id = ${templateId}`}
    and not exists (select 1 from lane l where l.key = 'pool-copy:' || c.id) order by c.id limit 200`);

/** Where a template's file lies in the zone's image stores, if it is ready there. */
export const readyImage = (
  tx: Tx,
  { templateId, zoneId }: { templateId: number; zoneId: number },
): Promise<{ storePath: string; templateUuid: string } | undefined> =>
  tx.first(sql`
  select s.path as "storePath", t.uuid as "templateUuid" from template_store r join image_store s on s.id = r.image_store_id and s.removed is null join template t on t.id = r.template_id
  where r.template_id = ${templateId} and r.state = 'Ready' and (s.zone_id = ${zoneId} or s.zone_id is null) order by s.id limit 1`);

/** Pools of a zone that guests of a hypervisor may have disks on, or the one that is named. */
export const poolsToPrepare = (
  tx: Tx,
  { zoneId, hypervisor, poolId }: { zoneId: number; hypervisor: string; poolId: number | undefined },
): Promise<{ id: number }[]> =>
  tx.rows(sql`
  select p.id from storage_pool p left join cluster c on c.id = p.cluster_id where p.zone_id = ${zoneId} and p.removed is null and p.state = 'Up'
    and coalesce(c.hypervisor, p.hypervisor, ${hypervisor}) = ${hypervisor} ${poolId === undefined ? sql.empty : sql`and p.id = ${poolId}`} order by p.id limit 200`);
