// Rows of the copies of images on image stores: how far each is, and what there is to do about them.
import type { EventOf } from '#api/machine.ts';
import { imageObjectMachine } from '#api/states/storage.ts';
import type { Tx } from '#kernel/db.ts';
import { move } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';

export interface CopyRow {
  id: number;
  templateId: number;
  templateUuid: string;
  accountId: number;
  domainId: number;
  name: string;
  isIso: boolean;
  hypervisor: string;
  format: string;
  url: string | null;
  checksum: string | null;
  state: string;
  attempts: number;
  physicalBytes: number | null;
  storeId: number;
  storePath: string;
  zoneId: number | null;
  unwanted: boolean;
}

/** A copy is not wanted where its image is withdrawn from all zones of its store, or deleted, or its removal was begun. */
const unwanted = sql`(t.state = 'Inactive' or r.state = 'Destroying' or not exists (
  select 1 from template_zone z where z.template_id = r.template_id and z.removed is null and (z.zone_id = s.zone_id or s.zone_id is null)))`;

const columns = sql`r.id, r.template_id as "templateId", t.uuid as "templateUuid", t.account_id as "accountId", t.domain_id as "domainId",
  t.name, t.is_iso as "isIso", t.hypervisor, t.format, t.url, t.checksum, r.state, r.attempts, r.physical_bytes as "physicalBytes",
  s.id as "storeId", s.path as "storePath", s.zone_id as "zoneId", ${unwanted} as unwanted`;
const joined = sql`from template_store r join template t on t.id = r.template_id join image_store s on s.id = r.image_store_id`;

export const copyById = (tx: Tx, id: number): Promise<CopyRow | undefined> =>
  tx.first(sql`select ${columns} ${joined} where r.id = ${id}`);
export const lockCopy = (tx: Tx, id: number): Promise<CopyRow | undefined> =>
  tx.first(sql`select ${columns} ${joined} where r.id = ${id} for update of r`);
export const moveCopy = (tx: Tx, id: number, event: EventOf<typeof imageObjectMachine>): Promise<string> =>
  move(tx, { entity: 'image copy', table: 'template_store', ownerless: true, machine: imageObjectMachine }, id, event);
export const changeCopy = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  tx.run(sql`update template_store set ${sql.set(values)}, updated = now() where id = ${id}`);
/** How far it is, while it is on its way; watchers of the image are told. One statement: it goes on beside the job's own. */
export const showPercent = (tx: Tx, copy: CopyRow, percent: number): Promise<number> =>
  tx.run(sql`
  with shown as (update template_store set percent = ${percent}, updated = now() where id = ${copy.id} and state = 'Creating' and percent <> ${percent} returning 1)
  insert into change(entity, uuid, account_id, domain_id) select 'template', ${copy.templateUuid}, ${copy.accountId}, ${copy.domainId} from shown`);
/** Its bytes are gone: so is it. */
export const forgetCopy = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`delete from template_store where id = ${id}`);

/** Copies that should be and are not: on every store that may be written of every zone the image is offered in. */
export const addMissingCopies = async (tx: Tx, templateId?: number): Promise<number> =>
  tx.run(sql`
  insert into template_store(template_id, image_store_id) select distinct z.template_id, s.id
  from template_zone z join template t on t.id = z.template_id join zone o on o.id = z.zone_id join image_store s on s.zone_id = z.zone_id or s.zone_id is null
  where z.removed is null and o.removed is null and t.removed is null and t.state = 'Active' and t.url is not null and s.removed is null and not s.readonly
    and not exists (select 1 from template_store r where r.template_id = t.id and r.image_store_id = s.id)
    ${templateId === undefined ? sql.empty : sql`and t.id = ${templateId}`} on conflict do nothing`);

/** A job waits or works in the lane of a copy. */
const busy = sql`exists (select 1 from lane l where l.key = 'image:' || r.id)`;

/** Copies to be fetched now that nobody is at. */
export const dueCopies = (tx: Tx, templateId?: number): Promise<CopyRow[]> =>
  tx.rows(sql`
  select ${columns} ${joined} where r.state in ('Allocated', 'Creating') and not ${unwanted} and t.removed is null and s.removed is null
    and (r.attempts = 0 or r.retry_at <= now()) and not ${busy} ${templateId === undefined ? sql.empty : sql`and t.id = ${templateId}`} order by r.id limit 200`);

export const unwantedCopies = (tx: Tx, templateId: number): Promise<{ id: number }[]> =>
  tx.rows(sql`select r.id ${joined} where r.template_id = ${templateId} and ${unwanted} order by r.id`);
export const copiesLeft = async (tx: Tx, templateId: number): Promise<number> =>
  (await tx.one<{ n: number }>(sql`select count(*)::int as n from template_store where template_id = ${templateId}`)).n;

/** Images whose removal was recorded and is not at its end, with no job at it. */
export const unfinishedRemovals = (
  tx: Tx,
): Promise<{ id: number; uuid: string; accountId: number; domainId: number }[]> =>
  tx.rows(sql`
  select t.id, t.uuid, t.account_id as "accountId", t.domain_id as "domainId" from template t where t.removed is null
    and (t.state = 'Inactive' or exists (select 1 from template_store r join image_store s on s.id = r.image_store_id where r.template_id = t.id and ${unwanted}))
    and not exists (select 1 from lane l where l.key = 'template:' || t.id) order by t.id limit 200`);

/** Hosts that are up and reach the store, those of the image's own hypervisor only: a simulated host holds no bytes. Media prefer real ones. */
export const hostsForStore = (
  tx: Tx,
  { zoneId, hypervisor, isIso }: Pick<CopyRow, 'zoneId' | 'hypervisor' | 'isIso'>,
): Promise<{ id: number }[]> =>
  tx.rows(sql`
  select h.id from host h where h.removed is null and h.type = 'Routing' and h.status = 'Up' ${zoneId === null ? sql.empty : sql`and h.zone_id = ${zoneId}`}
    ${isIso ? sql.empty : sql`and h.hypervisor = ${hypervisor}`} order by h.hypervisor = 'Simulator', random() limit 50`);

/** What a job failed of, while it is being undone. */
export const failureOf = async (tx: Tx, jobId: number): Promise<{ code: string; text: string } | null> =>
  (await tx.one<{ error: { code: string; text: string } | null }>(sql`select error from job where id = ${jobId}`))
    .error;
