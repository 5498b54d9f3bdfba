// Instances that shall be on the same host, or shall not: as conditions on a host `h`. The strict kinds refuse a host, the others
// only put it behind.
import type { Tx } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export const affinityTypes = [
  'host anti-affinity',
  'host affinity',
  'non-strict host anti-affinity',
  'non-strict host affinity',
] as const;
type AffinityType = (typeof affinityTypes)[number];

export interface Affinity {
  readonly vmId: number;
  readonly groupIds: readonly number[];
}

/** Another placed instance `o` of one of the groups of this type. */
const others = (
  { vmId, groupIds }: Affinity,
  type: AffinityType,
): Sql => sql`from affinity_group g join vm o on g.id = any(o.affinity_group_ids) and o.account_id = g.account_id
  where g.id = any(${groupIds}::bigint[]) and g.type = ${type} and g.removed is null and o.id <> ${vmId} and o.host_id is not null and o.removed is null`;

const apart = (of: Affinity, type: AffinityType): Sql =>
  sql`exists (select 1 ${others(of, type)} and o.host_id = h.id)`;
/** Some group has instances somewhere, and none of them here. */
const away = (of: Affinity, type: AffinityType): Sql =>
  sql`exists (select g.id ${others(of, type)} group by g.id having not bool_or(o.host_id = h.id))`;

/** Branches of the verdict on a host; nothing for an instance in no group. */
export const affinityVerdict = (of: Affinity | undefined): Sql =>
  of === undefined || of.groupIds.length === 0
    ? sql.empty
    : sql`
  when ${apart(of, 'host anti-affinity')} then 'runs an instance that must not share its host'
  when ${away(of, 'host affinity')} then 'runs none of the instances that must share its host'`;

/** How many wishes a host would not fulfil, for the order. */
export const unfulfilled = (of: Affinity | undefined): Sql =>
  of === undefined || of.groupIds.length === 0
    ? sql`0`
    : sql`(${apart(of, 'non-strict host anti-affinity')})::int + (${away(of, 'non-strict host affinity')})::int`;

/** Two of a group that are placed at the same time come one after another, and see each other. */
export const holdGroups = async (tx: Tx, of: Affinity | undefined): Promise<void> => {
  if (of && of.groupIds.length > 0)
    await tx.rows(sql`select id from affinity_group where id = any(${of.groupIds}) order by id for no key update`);
};
