// Rows that many answers name: a zone, an offering, an account. All that a page of answers refers to is read by one statement,
// whatever is among it.
import type { Tx } from '#kernel/db.ts';
import { anyOf } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';
import type { ReferenceKind, References } from './kinds.ts';

const uuidAndName = `json_build_object('uuid', t.uuid, 'name', t.name)`;
const source = (kind: ReferenceKind, object: string, from: string = kind): { kind: ReferenceKind; text: string } => ({
  kind,
  text: `select '${kind}' as kind, t.id, ${object} as row from ${from} t`,
});
const sources = [
  source('account', uuidAndName),
  source(
    'affinity_group',
    `(select json_build_object('uuid', t.uuid, 'name', t.name, 'type', t.type, 'description', t.description, 'account', a.name, 'domain', d.name, 'domainUuid', d.uuid, 'accountId', t.account_id, 'domainId', t.domain_id)
      from account a, domain d where a.id = t.account_id and d.id = t.domain_id and t.removed is null)`,
  ),
  source('disk_offering', uuidAndName),
  source('domain', `json_build_object('uuid', t.uuid, 'name', t.name, 'path', t.path)`),
  source('guest_os', uuidAndName),
  source(
    'host',
    `json_build_object('uuid', t.uuid, 'name', t.name, 'status', t.status, 'resourceState', t.resource_state)`,
  ),
  source('instance_group', uuidAndName),
  source(
    'network',
    `json_build_object('uuid', t.uuid, 'name', t.name, 'guestType', t.guest_type, 'trafficType', t.traffic_type, 'gateway', host(t.gateway), 'netmask', host(netmask(t.cidr)), 'vni', t.vni, 'mtu', t.mtu)`,
  ),
  source('service_offering', uuidAndName),
  source('storage_pool', `json_build_object('type', t.type)`),
  source(
    'template',
    `json_build_object('uuid', t.uuid, 'name', t.name, 'displayText', t.display_text, 'format', t.format, 'type', t.type, 'passwordEnabled', t.password_enabled, 'arch', t.arch)`,
  ),
  source('user', `json_build_object('uuid', t.uuid, 'username', t.username)`, 'cloud_user'),
  source('user_data', uuidAndName),
  source('zone', uuidAndName),
];

export interface ReferenceRow {
  kind: ReferenceKind;
  id: number;
  row: References[ReferenceKind];
}

export const referenceRows = (
  tx: Tx,
  wanted: ReadonlyMap<ReferenceKind, ReadonlySet<number>>,
): Promise<ReferenceRow[]> =>
  tx.rows(
    sql.join(
      sources.map(({ kind, text }) => sql`${sql.raw(text)} where t.id = ${anyOf([...(wanted.get(kind) ?? [])])}`),
      ' union all ',
    ),
  );
