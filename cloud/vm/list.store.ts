// Which instances a list shows.
import type { Tx } from '#kernel/db.ts';
import { ANY } from '#kernel/fresh.ts';
import { anyOf, listIds, type ListOf, type Page, type Scope } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import type { MadeOf } from '../context.ts';
import { countIn, farPage, isFar } from './count.store.ts';

export interface VmQuery {
  scope: Scope;
  page: Page;
  keyword?: string;
  tags?: ReadonlyMap<string, string>;
  ids?: readonly number[];
  name?: string;
  state?: string;
  zoneId?: number;
  podId?: number;
  clusterId?: number;
  hostId?: number;
  hypervisor?: string;
  arch?: string;
  templateId?: number;
  isoId?: number;
  serviceOfferingId?: number;
  groupId?: number;
  networkId?: number;
  storageId?: number;
  keyPair?: string;
  userId?: number;
  userDataId?: number;
  affinityGroupId?: number;
  haEnable?: boolean;
  displayVm?: boolean;
  forVirtualNetwork?: boolean;
  gpuEnabled?: boolean;
  isVnf?: boolean;
  leased?: boolean;
  showHidden: boolean;
}

const list: ListOf = {
  table: 'vm',
  keyword: ['name', 'display_name', 'instance_name'],
  tags: 'UserVm',
  order: sql`t.id desc`,
};

export function findVms(tx: Tx, query: VmQuery): Promise<{ ids: number[]; count: number }> {
  const { scope, page, tags, showHidden } = query;
  const conditional = conditions(query).filter(Boolean) as Sql[];
  const where = showHidden ? conditional : [...conditional, sql`t.display`];
  const keyword = isAddress(query.keyword) ? undefined : query.keyword;
  if (conditional.length > 0 || keyword || tags) return listIds(tx, list, { scope, page, keyword, tags, where });
  const counted = showHidden ? 'n' : 'shown';
  if (isFar(scope, page)) return farPage(tx, { page, counted });
  return listIds(tx, list, { scope, page, where, total: countIn(scope, counted) });
}

/** What a page is found in, where it may be remembered: pages without conditions, and instances by their ids. */
export function pageMadeOf(query: VmQuery): MadeOf | undefined {
  const { scope, ids, keyword, tags } = query;
  if (keyword || tags || conditions({ ...query, ids: undefined }).some(Boolean)) return undefined;
  const inDomains: MadeOf = scope.kind === 'tree' || scope.kind === 'domain' ? [['domain', ANY]] : [];
  if (ids) return [...ids.map((id) => ['vm', id] as const), ...inDomains];
  return [['vms', scope.kind === 'account' ? scope.accountId : ANY], ...inDomains];
}

function conditions(query: VmQuery): (Sql | false | undefined)[] {
  const equal = (column: string, value: unknown): Sql | false =>
    value !== undefined && sql`t.${sql.raw(column)} = ${value}`;
  return [
    query.ids && sql`t.id = ${anyOf(query.ids)}`,
    equal('name', query.name),
    stateCondition(query.state),
    equal('zone_id', query.zoneId),
    equal('host_id', query.hostId),
    equal('hypervisor', query.hypervisor),
    equal('template_id', query.templateId),
    equal('iso_id', query.isoId),
    equal('service_offering_id', query.serviceOfferingId),
    equal('group_id', query.groupId),
    equal('user_id', query.userId),
    equal('user_data_id', query.userDataId),
    equal('ha_enabled', query.haEnable),
    equal('display', query.displayVm),
    query.podId !== undefined &&
      sql`exists (select 1 from host h where h.id = t.host_id and h.pod_id = ${query.podId})`,
    query.clusterId !== undefined &&
      sql`exists (select 1 from host h where h.id = t.host_id and h.cluster_id = ${query.clusterId})`,
    query.arch !== undefined &&
      sql`exists (select 1 from template p where p.id = t.template_id and p.arch = ${query.arch})`,
    query.networkId !== undefined &&
      sql`exists (select 1 from nic n where n.vm_id = t.id and n.network_id = ${query.networkId} and n.removed is null)`,
    query.storageId !== undefined &&
      sql`exists (select 1 from volume o where o.vm_id = t.id and o.pool_id = ${query.storageId} and o.removed is null)`,
    query.forVirtualNetwork !== undefined &&
      sql`exists (select 1 from nic n join network w on w.id = n.network_id where n.vm_id = t.id and n.removed is null and (w.guest_type = 'Isolated') = ${query.forVirtualNetwork})`,
    // No instance of this cloud has a GPU, is an appliance or is lent for a time.
    (query.gpuEnabled === true || query.isVnf === true || query.leased === true) && sql`false`,
    addressKeyword(query.keyword),
    query.keyPair !== undefined && sql`${query.keyPair} = any(t.key_pairs)`,
    query.affinityGroupId !== undefined && sql`${query.affinityGroupId}::bigint = any(t.affinity_group_ids)`,
  ];
}

/** Part of an address, as people type one to find who has it. */
const isAddress = (keyword: string | undefined): keyword is string =>
  keyword !== undefined && /^[0-9]{1,3}(\.[0-9]{0,3}){1,3}$/.test(keyword);

/** Names as for any keyword, and the addresses of cards and those that static NAT gives. */
const addressKeyword = (keyword: string | undefined): Sql | false => {
  if (!isAddress(keyword)) return false;
  const pattern = `%${keyword}%`;
  return sql`(t.name like ${pattern} or t.display_name like ${pattern} or t.instance_name like ${pattern}
    or t.id in (select n.vm_id from nic n where n.removed is null and host(n.ip) like ${pattern})
    or t.id in (select p.static_nat_vm_id from public_ip p where p.static_nat_vm_id is not null and host(p.address) like ${pattern}))`;
};

/** In base64, of those that have some. */
export const userDataOf = async (tx: Tx, ids: readonly number[]): Promise<Map<number, string>> =>
  new Map(
    (
      await tx.rows<{ id: number; data: string }>(
        sql`select id, user_data as data from vm where id = ${anyOf(ids)} and user_data is not null`,
      )
    ).map(({ id, data }) => [id, data]),
  );

/** CloudStack's word `present` means everything that is not destroyed or being expunged. */
const stateCondition = (state: string | undefined): Sql | false =>
  state !== undefined &&
  (state.toLowerCase() === 'present'
    ? sql`t.state not in ('Destroyed', 'Expunging')`
    : sql`lower(t.state) = ${state.toLowerCase()}`);
