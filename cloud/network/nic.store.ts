// Rows of network cards and their addresses.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface NicRow {
  id: number;
  uuid: string;
  vmId: number;
  networkId: number;
  deviceId: number;
  mac: string;
  ip: string | null;
  isDefault: boolean;
  removed: Date | null;
}
const columns = sql`n.id, n.uuid, n.vm_id as "vmId", n.network_id as "networkId", n.device_id as "deviceId", n.mac, host(n.ip) as ip, n.is_default as "isDefault", n.removed`;

export const nicById = (tx: Tx, id: number): Promise<NicRow> =>
  tx.one(sql`select ${columns} from nic n where n.id = ${id} and n.removed is null`);
export const nicsOf = (tx: Tx, vmId: number): Promise<NicRow[]> =>
  tx.rows(sql`select ${columns} from nic n where n.vm_id = ${vmId} and n.removed is null order by n.device_id`);
/** Of the guest, whether it still has a card in them or not. */
export const networksOfGuest = async (tx: Tx, vmId: number, { alsoPast = false } = {}): Promise<number[]> =>
  (
    await tx.rows<{ id: number }>(sql`
  select distinct n.network_id as id from nic n where n.vm_id = ${vmId} ${alsoPast ? sql.empty : sql`and n.removed is null`} order by 1`)
  ).map(({ id }) => id);

/** The lowest address nobody has: the first of the network, or the one after an address in use. The network's row must be locked. */
export const freeIp = async (
  tx: Tx,
  { id, cidr, gateway }: { id: number; cidr: string; gateway: string },
): Promise<string | undefined> =>
  (
    await tx.first<{ ip: string }>(sql`
  with used as materialized (select ip from nic where network_id = ${id} and removed is null and ip is not null union select ip from nic_secondary_ip where network_id = ${id} union select ${gateway}::inet)
  select host(candidate.ip) as ip from (select host(network(${cidr}::cidr))::inet + 1 as ip union select host(used.ip)::inet + 1 from used) candidate
  where candidate.ip << ${cidr}::cidr and candidate.ip < host(broadcast(${cidr}::cidr))::inet and not exists (select 1 from used where host(used.ip) = host(candidate.ip)) order by candidate.ip limit 1`)
  )?.ip;

export const ipTaken = async (tx: Tx, { networkId, ip }: { networkId: number; ip: string }): Promise<boolean> =>
  (await tx.first(sql`
  select 1 from nic where network_id = ${networkId} and ip = ${ip}::inet and removed is null union all select 1 from nic_secondary_ip where network_id = ${networkId} and ip = ${ip}::inet limit 1`)) !==
  undefined;

/** Undefined where another card has the MAC. */
export const insertNic = (
  tx: Tx,
  values: Readonly<Record<string, unknown>>,
): Promise<{ id: number; uuid: string } | undefined> =>
  tx.first(
    sql`insert into nic ${sql.row(values)} on conflict (mac) where removed is null do nothing returning id, uuid`,
  );
export const changeNic = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  tx.run(sql`update nic set ${sql.set(values)} where id = ${id}`);
export const removeNics = (tx: Tx, ids: readonly number[]): Promise<number> =>
  tx.run(sql`update nic set removed = now(), is_default = false where id = any(${ids}) and removed is null`);
export const removeSecondaries = (tx: Tx, nicIds: readonly number[]): Promise<number> =>
  tx.run(sql`delete from nic_secondary_ip where nic_id = any(${nicIds})`);

export interface BootNic {
  id: number;
  uuid: string;
  vni: number | null;
  mac: string;
  ip: string | null;
  secondaryIps: string[];
  mtu: number;
  deviceId: number;
  rate: number;
  networkName: string;
}
/** Rates in Mbit/s: the default card's is the compute offering's, another's the network offering's, else the settings' (given as their defaults). */
export const bootNics = (tx: Tx, vmId: number, defaults: { vm: number; network: number }): Promise<BootNic[]> =>
  tx.rows(sql`
  select n.id, n.uuid, w.vni, n.mac, host(n.ip) as ip, w.mtu, n.device_id as "deviceId", w.name as "networkName",
    coalesce((select array_agg(host(s.ip) order by s.id) from nic_secondary_ip s where s.nic_id = n.id), '{}') as "secondaryIps",
    case when n.is_default then coalesce(o.network_rate, ${setting('vm.network.throttling.rate')}, ${defaults.vm}) else coalesce(wo.network_rate, ${setting('network.throttling.rate')}, ${defaults.network}) end as rate
  from nic n join network w on w.id = n.network_id join vm v on v.id = n.vm_id join service_offering o on o.id = v.service_offering_id join network_offering wo on wo.id = w.offering_id
  where n.vm_id = ${vmId} and n.removed is null order by n.device_id`);
const setting = (name: string) =>
  sql`(select s.value::int from setting s where s.name = ${name} and s.value ~ '^-?[0-9]+$' and (s.scope = 'global' or (s.scope = 'Zone' and s.scope_id = w.zone_id)) order by s.scope = 'global' limit 1)`;

/** Names of guests that have a card in the network. */
export const guestsIn = async (tx: Tx, networkId: number): Promise<string[]> =>
  (
    await tx.rows<{ name: string }>(sql`
  select v.name from nic n join vm v on v.id = n.vm_id where n.network_id = ${networkId} and n.removed is null order by v.name`)
  ).map(({ name }) => name);
/** Also one that has ended. */
export const nicRow = (tx: Tx, id: number): Promise<NicRow> =>
  tx.one(sql`select ${columns} from nic n where n.id = ${id}`);
