// What a deploy reads of an image.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface ImageInZone {
  name: string;
  isIso: boolean;
  state: string;
  hypervisor: string;
  passwordEnabled: boolean;
  sshkeyEnabled: boolean;
  guestOsId: number | null;
  ready: boolean;
  withdrawn: boolean;
  sizeBytes: number;
  /** Why it is not ready, for the end of a sentence. */
  progress: string;
}

export const imageInZone = (
  tx: Tx,
  { templateId, zoneId }: { templateId: number; zoneId: number },
): Promise<ImageInZone> =>
  tx.one(sql`
  select t.name, t.is_iso as "isIso", t.state, t.hypervisor, t.password_enabled as "passwordEnabled", t.sshkey_enabled as "sshkeyEnabled", t.guest_os_id as "guestOsId", coalesce(r.state = 'Ready', false) as ready,
    exists (select 1 from template_zone z where z.template_id = t.id and z.zone_id = ${zoneId} and z.removed is not null) as withdrawn,
    coalesce(r.size_bytes, t.size_bytes, 0) as "sizeBytes", case when r.error is not null then ': its download failed' when r.percent > 0 then ': ' || r.percent || '% downloaded' else '' end as progress
  from template t left join lateral (select x.* from template_store x join image_store s on s.id = x.image_store_id and s.removed is null
    where x.template_id = t.id and (s.zone_id = ${zoneId} or s.zone_id is null) order by (x.state = 'Ready') desc limit 1) r on true
  where t.id = ${templateId}`);
