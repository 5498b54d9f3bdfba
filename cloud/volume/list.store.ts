// Which volumes a list shows.
import type { Tx } from '#kernel/db.ts';
import { listIds, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';

export interface VolumeQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  tags?: ReadonlyMap<string, string>;
  ids?: readonly number[];
  name?: string;
  state?: string;
  type?: string;
  zoneId?: number;
  podId?: number;
  clusterId?: number;
  hostId?: number;
  storageId?: number;
  diskOfferingId?: number;
  serviceOfferingId?: number;
  virtualMachineId?: number;
  displayVolume?: boolean;
  showHidden: boolean;
}

const list: ListOf = { table: 'volume', keyword: ['name'], tags: 'Volume', order: sql`t.id desc` };

export const findVolumes = (tx: Tx, query: VolumeQuery): Promise<{ ids: number[]; count: number }> => {
  const { scope, page, keyword, tags } = query;
  return listIds(tx, list, { scope, page, keyword, tags, where: conditions(query) });
};

function conditions(query: VolumeQuery): (Sql | false | undefined)[] {
  const equal = (column: string, value: unknown): Sql | false =>
    value !== undefined && sql`t.${sql.raw(column)} = ${value}`;
  const onPool = (condition: Sql): Sql =>
    sql`exists (select 1 from storage_pool p where p.id = t.pool_id and ${condition})`;
  const ofGuest = (condition: Sql): Sql => sql`exists (select 1 from vm v where v.id = t.vm_id and ${condition})`;
  return [
    query.ids && sql`t.id = any(${query.ids})`,
    equal('name', query.name),
    equal('zone_id', query.zoneId),
    equal('pool_id', query.storageId),
    equal('disk_offering_id', query.diskOfferingId),
    equal('vm_id', query.virtualMachineId),
    equal('display', query.displayVolume),
    !query.showHidden && sql`t.display`,
    query.type !== undefined && sql`upper(t.type) = ${query.type.toUpperCase()}`,
    // What is being expunged is gone for whoever deleted it, unless it is asked for by that state.
    query.state === undefined ? sql`t.state <> 'Expunging'` : sql`lower(t.state) = ${query.state.toLowerCase()}`,
    query.podId !== undefined && onPool(sql`p.pod_id = ${query.podId}`),
    query.clusterId !== undefined && onPool(sql`p.cluster_id = ${query.clusterId}`),
    query.hostId !== undefined && ofGuest(sql`v.host_id = ${query.hostId}`),
    query.serviceOfferingId !== undefined && ofGuest(sql`v.service_offering_id = ${query.serviceOfferingId}`),
  ];
}
