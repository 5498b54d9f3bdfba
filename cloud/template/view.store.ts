// What an image's answer shows, read in batches: one statement for the offers, one each for copies and tags.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

export interface OfferDetail {
  id: number;
  templateId: number;
  uuid: string;
  name: string;
  displayText: string;
  type: string;
  format: string;
  hypervisor: string;
  isIso: boolean;
  isPublic: boolean;
  featured: boolean;
  extractable: boolean;
  bootable: boolean;
  passwordEnabled: boolean;
  sshkeyEnabled: boolean;
  requiresHvm: boolean;
  dynamicallyScalable: boolean;
  deployAsIs: boolean;
  crossZones: boolean;
  bits: number;
  arch: string;
  url: string | null;
  checksum: string | null;
  tag: string | null;
  details: Record<string, string>;
  sizeBytes: number | null;
  physicalBytes: number | null;
  created: Date;
  removed: Date | null;
  accountId: number;
  account: string;
  accountUuid: string;
  domain: string;
  domainUuid: string;
  domainPath: string;
  zoneId: number;
  zone: string;
  zoneUuid: string;
  guestOs: string | null;
  guestOsUuid: string | null;
  sourceUuid: string | null;
  userDataUuid: string | null;
  userDataName: string | null;
  userDataParams: string | null;
  userDataPolicy: string | null;
  /** Notes that everybody who sees the image may read, and those of administrators among themselves. */
  annotated: boolean;
  annotatedForAdmins: boolean;
  jobUuid: string | null;
}

export const offerDetails = async (tx: Tx, ids: readonly number[]): Promise<OfferDetail[]> =>
  inOrder(
    ids,
    await tx.rows<OfferDetail>(sql`
  select z.id, t.id as "templateId", t.uuid, t.name, t.display_text as "displayText", t.type, t.format, t.hypervisor, t.is_iso as "isIso", t.is_public as "isPublic", t.featured,
    t.extractable, t.bootable, t.password_enabled as "passwordEnabled", t.sshkey_enabled as "sshkeyEnabled", t.requires_hvm as "requiresHvm",
    t.dynamically_scalable as "dynamicallyScalable", t.deploy_as_is as "deployAsIs", t.cross_zones as "crossZones", t.bits, t.arch, t.url, t.checksum, t.tag, t.details,
    t.size_bytes as "sizeBytes", t.physical_bytes as "physicalBytes", t.created, coalesce(t.removed, z.removed) as removed, t.account_id as "accountId",
    a.name as account, a.uuid as "accountUuid", d.name as domain, d.uuid as "domainUuid", d.path as "domainPath", z.zone_id as "zoneId", o.name as zone, o.uuid as "zoneUuid",
    g.name as "guestOs", g.uuid as "guestOsUuid", src.uuid as "sourceUuid", u.uuid as "userDataUuid", u.name as "userDataName", u.params as "userDataParams", t.user_data_policy as "userDataPolicy",
    coalesce(n.open, false) as annotated, coalesce(n.any, false) as "annotatedForAdmins", j.uuid as "jobUuid"
  from template_zone z join template t on t.id = z.template_id join zone o on o.id = z.zone_id join account a on a.id = t.account_id join domain d on d.id = t.domain_id
    left join guest_os g on g.id = t.guest_os_id left join template src on src.id = t.source_template_id left join user_data u on u.id = t.user_data_id
    left join lateral (select bool_or(not x.admins_only) as open, true as any from annotation x where x.entity_uuid = t.uuid and x.removed is null having count(*) > 0) n on true
    left join lateral (select q.uuid from job q where q.resource_uuid = t.uuid and q.finished is null and q.command is not null order by q.id desc limit 1) j on true
  where z.id = ${anyOf(ids)}`),
  );

export interface CopyDetail {
  templateId: number;
  zoneId: number | null;
  storeUuid: string;
  store: string;
  state: string;
  downloadState: string;
  percent: number;
  error: string | null;
  errorCode: string | null;
  sizeBytes: number | null;
  physicalBytes: number | null;
  sha256: string | null;
}

/** The best copy of an image comes first: ready, then furthest. */
export const copyDetails = (tx: Tx, templateIds: readonly number[]): Promise<CopyDetail[]> =>
  tx.rows(sql`
  select r.template_id as "templateId", s.zone_id as "zoneId", s.uuid as "storeUuid", s.name as store, r.state, r.download_state as "downloadState", r.percent, r.error, r.error_code as "errorCode",
    r.size_bytes as "sizeBytes", r.physical_bytes as "physicalBytes", r.sha256
  from template_store r join image_store s on s.id = r.image_store_id and s.removed is null where r.template_id = any(${templateIds})
  order by r.template_id, (r.state = 'Ready') desc, (r.state = 'Creating') desc, r.percent desc, r.id`);

export interface TagDetail {
  uuid: string;
  key: string;
  value: string;
  type: string;
  account: string;
  domain: string;
  domainUuid: string;
}
export const tagsOf = (tx: Tx, uuids: readonly string[]): Promise<TagDetail[]> =>
  tx.rows(sql`
  select g.resource_uuid as uuid, g.key, g.value, g.resource_type as type, a.name as account, d.name as domain, d.uuid as "domainUuid"
  from resource_tag g join account a on a.id = g.account_id join domain d on d.id = g.domain_id where g.resource_uuid = any(${uuids}) order by g.id`);
