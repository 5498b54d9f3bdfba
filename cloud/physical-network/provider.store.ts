// Rows of service providers and their virtual router elements.
import { serviceProviderMachine } from '#api/states/network.ts';
import type { EventOf } from '#api/machine.ts';
import type { Tx } from '#kernel/db.ts';
import { inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { move } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';

export interface ProviderRow {
  id: number;
  uuid: string;
  physicalNetworkId: number;
  physicalNetworkUuid: string;
  name: string;
  state: string;
  services: string[];
  destinationUuid: string | null;
  ready: boolean;
}

export const providersByIds = async (tx: Tx, ids: readonly number[]): Promise<ProviderRow[]> =>
  inOrder(
    ids,
    await tx.rows<ProviderRow>(sql`
  select p.id, p.uuid, p.physical_network_id as "physicalNetworkId", n.uuid as "physicalNetworkUuid", p.name, p.state, p.services, d.uuid as "destinationUuid", coalesce(e.enabled, false) as ready
  from provider p join physical_network n on n.id = p.physical_network_id left join physical_network d on d.id = p.destination_physical_network_id
  left join virtual_router_element e on e.provider_id = p.id and e.removed is null where p.id = any(${ids})`),
  );

export const providerOn = async (
  tx: Tx,
  { physicalNetworkId, name }: { physicalNetworkId: number; name: string },
): Promise<boolean> =>
  (await tx.first(
    sql`select 1 from provider where physical_network_id = ${physicalNetworkId} and name = ${name} and removed is null`,
  )) !== undefined;
export const insertProvider = (
  tx: Tx,
  values: Readonly<Record<string, unknown>>,
): Promise<{ id: number; uuid: string }> => tx.one(sql`insert into provider ${sql.row(values)} returning id, uuid`);
export const changeServices = (tx: Tx, id: number, services: readonly string[]): Promise<number> =>
  tx.run(sql`update provider set services = ${services} where id = ${id}`);
export const moveProvider = (tx: Tx, id: number, event: EventOf<typeof serviceProviderMachine>): Promise<string> =>
  move(tx, { entity: 'provider', table: 'provider', ownerless: true, machine: serviceProviderMachine }, id, event);
export async function removeProvider(tx: Tx, id: number): Promise<void> {
  await tx.run(sql`update virtual_router_element set removed = now() where provider_id = ${id} and removed is null`);
  await tx.run(sql`update provider set removed = now() where id = ${id} and removed is null`);
}
/** Guest networks on the physical network whose offering has a service of the provider. */
export const networksServed = async (
  tx: Tx,
  { physicalNetworkId, name }: { physicalNetworkId: number; name: string },
): Promise<number> =>
  (
    await tx.one<{ n: number }>(sql`
  select count(*) as n from network n join network_offering o on o.id = n.offering_id where n.physical_network_id = ${physicalNetworkId} and n.removed is null
    and exists (select 1 from jsonb_each(o.services) s where s.value->'providers' ? ${name})`)
  ).n;

const list: ListOf = { table: 'provider', keyword: ['name'], owned: false };
export async function findProviders(
  tx: Tx,
  query: { page: Page; keyword?: string; name?: string; physicalNetworkId?: number; state?: string },
): Promise<{ rows: ProviderRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [
      query.name && sql`lower(t.name) = ${query.name.toLowerCase()}`,
      query.physicalNetworkId !== undefined && sql`t.physical_network_id = ${query.physicalNetworkId}`,
      query.state && sql`lower(t.state) = ${query.state.toLowerCase()}`,
    ],
  });
  return { rows: await providersByIds(tx, ids), count };
}

export interface ElementRow {
  id: number;
  uuid: string;
  providerUuid: string;
  enabled: boolean;
}
export const elementsByIds = async (tx: Tx, ids: readonly number[]): Promise<ElementRow[]> =>
  inOrder(
    ids,
    await tx.rows<ElementRow>(sql`
  select e.id, e.uuid, p.uuid as "providerUuid", e.enabled from virtual_router_element e join provider p on p.id = e.provider_id where e.id = any(${ids})`),
  );
export const elementOf = (tx: Tx, providerId: number): Promise<{ uuid: string } | undefined> =>
  tx.first(sql`select uuid from virtual_router_element where provider_id = ${providerId} and removed is null`);
export const insertElement = (tx: Tx, providerId: number): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into virtual_router_element(provider_id) values (${providerId}) returning id, uuid`);
export const switchElement = (tx: Tx, id: number, enabled: boolean): Promise<number> =>
  tx.run(sql`update virtual_router_element set enabled = ${enabled} where id = ${id}`);
/** State of the provider an element belongs to. */
export const providerOfElement = (tx: Tx, id: number): Promise<{ name: string; state: string }> =>
  tx.one(
    sql`select p.name, p.state from virtual_router_element e join provider p on p.id = e.provider_id where e.id = ${id}`,
  );

const elements: ListOf = { table: 'virtual_router_element', keyword: ['type'], owned: false };
export async function findElements(
  tx: Tx,
  query: { page: Page; keyword?: string; id?: number; providerId?: number; enabled?: boolean },
): Promise<{ rows: ElementRow[]; count: number }> {
  const { ids, count } = await listIds(tx, elements, {
    page: query.page,
    keyword: query.keyword,
    scope: { kind: 'all' },
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.providerId !== undefined && sql`t.provider_id = ${query.providerId}`,
      query.enabled !== undefined && sql`t.enabled = ${query.enabled}`,
    ],
  });
  return { rows: await elementsByIds(tx, ids), count };
}
