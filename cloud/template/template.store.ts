// Rows of images (templates and ISOs) and of the zones they are offered in. Where their bytes are is copies.store.ts.
import type { EventOf } from '#api/machine.ts';
import { templateMachine } from '#api/states/storage.ts';
import type { Tx } from '#kernel/db.ts';
import { move, tellChange } from '#kernel/move.ts';
import { anyOf } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface ImageRow {
  id: number;
  uuid: string;
  accountId: number;
  domainId: number;
  name: string;
  displayText: string;
  type: string;
  format: string;
  hypervisor: string;
  isIso: boolean;
  isPublic: boolean;
  featured: boolean;
  url: string | null;
  checksum: string | null;
  state: string;
  crossZones: boolean;
  details: Record<string, string>;
  removed: Date | null;
}

const columns = sql`t.id, t.uuid, t.account_id as "accountId", t.domain_id as "domainId", t.name, t.display_text as "displayText", t.type, t.format,
  t.hypervisor, t.is_iso as "isIso", t.is_public as "isPublic", t.featured, t.url, t.checksum, t.state, t.cross_zones as "crossZones", t.details, t.removed`;

export const imageById = (tx: Tx, id: number): Promise<ImageRow> =>
  tx.one(sql`select ${columns} from template t where t.id = ${id}`);
/** Waits for whoever changes it now. */
export const lockImage = (tx: Tx, id: number): Promise<ImageRow> =>
  tx.one(sql`select ${columns} from template t where t.id = ${id} for update`);

type Columns = Readonly<Record<string, unknown>>;

export const insertImage = (tx: Tx, values: Columns): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into template ${sql.row(values)} returning id, uuid`);
export const changeImage = async (tx: Tx, id: number, values: Columns): Promise<void> => {
  if (Object.values(values).every((value) => value === undefined)) return;
  await tx.run(sql`update template set ${sql.set(values)} where id = ${id}`);
};
export const moveImage = (tx: Tx, id: number, event: EventOf<typeof templateMachine>): Promise<string> =>
  move(tx, { entity: 'template', table: 'template', machine: templateMachine }, id, event);
/** Watchers of the image are told; of its copies nobody is. */
export const tellImage = (tx: Tx, image: Pick<ImageRow, 'uuid' | 'accountId' | 'domainId'>): Promise<void> =>
  tellChange(tx, { entity: 'template', ...image });

// ---- zones

export const liveZones = (tx: Tx): Promise<{ id: number; name: string }[]> =>
  tx.rows(sql`select id, name from zone where removed is null order by id`);
export const zonesByIds = (tx: Tx, ids: readonly number[]): Promise<{ id: number; name: string; enabled: boolean }[]> =>
  tx.rows(sql`select id, name, allocation_state = 'Enabled' as enabled from zone where id = ${anyOf(ids)} order by id`);

/** Offers the image in these zones; ids of the offers. */
export const offerIn = async (tx: Tx, templateId: number, zoneIds: readonly number[]): Promise<number[]> =>
  (
    await tx.rows<{ id: number }>(sql`
    insert into template_zone(template_id, zone_id) select ${templateId}, unnest(${zoneIds}::bigint[])
    on conflict (template_id, zone_id) do update set removed = null returning id`)
  ).map((row) => row.id);

/** Zones made after an image that is for all of them. Where it was withdrawn it stays so. */
export const offerCrossZoneImages = (tx: Tx): Promise<number> =>
  tx.run(sql`
  insert into template_zone(template_id, zone_id) select t.id, z.id from template t cross join zone z
  where t.cross_zones and t.removed is null and t.state = 'Active' and z.removed is null on conflict do nothing`);

export const offersOf = (tx: Tx, templateId: number): Promise<{ id: number; zoneId: number }[]> =>
  tx.rows(
    sql`select id, zone_id as "zoneId" from template_zone where template_id = ${templateId} and removed is null order by zone_id`,
  );
export const withdrawFrom = (tx: Tx, templateId: number, zoneIds: readonly number[]): Promise<number> =>
  tx.run(
    sql`update template_zone set removed = now() where template_id = ${templateId} and zone_id = any(${zoneIds}) and removed is null`,
  );

/** Names of instances that were made from it or have it in their drive. */
export const guestsWith = async (tx: Tx, templateId: number, zoneId: number | undefined): Promise<string[]> =>
  (
    await tx.rows<{ name: string }>(sql`
    select name from vm where (template_id = ${templateId} or iso_id = ${templateId}) ${zoneId === undefined ? sql.empty : sql`and zone_id = ${zoneId}`} and removed is null order by id limit 20`)
  ).map((row) => row.name);

// ---- owners and operating systems

export const ownerName = (tx: Tx, accountId: number): Promise<{ name: string; isRoot: boolean }> =>
  tx.one(sql`select name, type = 1 as "isRoot" from account where id = ${accountId}`);
/** The operating system of media that nothing boots from. */
export const noGuestOs = async (tx: Tx): Promise<number | null> =>
  (
    await tx.first<{ id: number }>(
      sql`select id from guest_os where name = 'None' and removed is null order by id limit 1`,
    )
  )?.id ?? null;
