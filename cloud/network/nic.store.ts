// Rows of network cards and their addresses.
import type { Tx } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';

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

interface Range {
  id: number;
  cidr: string;
  gateway: string;
}

/** An address nobody has and nobody is about to give, held for this transaction: the one after the highest that is in use, which is
 * found without looking at the others; where the range ends there, the first free one from a place chosen by chance. Whoever puts
 * it down looks once more (`insertNic`, `ipTaken`): it may have been given between this statement's snapshot and its lock. */
export const freeIp = async (tx: Tx, range: Range): Promise<string | undefined> =>
  (await tx.first<{ ip: string }>(freeAmong(range, afterTheHighest(range))))?.ip ??
  (await tx.first<{ ip: string }>(freeAmong(range, fromAnywhere(range))))?.ip;

/** Deploys under way at once that each have an address nobody else sees yet. */
const UNDER_WAY = 256;

const first = ({ cidr }: Range): Sql => sql`(host(network(${cidr}::cidr))::inet + 1)`;
const end = ({ cidr }: Range): Sql => sql`host(broadcast(${cidr}::cidr))::inet`;
const highestIn = ({ id }: Range): Sql => sql`
  (select ip from nic where network_id = ${id} and removed is null and ip is not null order by ip desc limit 1)
  union all (select ip from nic_secondary_ip where network_id = ${id} order by ip desc limit 1)`;

const afterTheHighest = (range: Range): Sql => sql`
  select top.ip + k as ip from generate_series(1, ${UNDER_WAY}::int) k,
    (select coalesce(max(ip), ${first(range)} - 1) as ip from (${highestIn(range)}) used) top
  where top.ip + k < ${end(range)}`;

/** All of the range, from a place in it and round: one after the other, for as long as they are taken. */
const fromAnywhere = (range: Range): Sql => sql`
  select c.ip from (select n, floor(random() * n)::bigint as k from (select ${end(range)} - ${first(range)} as n) size) start,
    lateral (select ${first(range)} + (start.k + generate_series(0, start.n - 1)) % start.n as ip) c`;

/** The first of the candidates that is free: looked at one by one, because looking takes the lock (`offset 0` keeps PostgreSQL from
 * turning that into a look at all cards). */
const freeAmong = ({ id, gateway }: Range, candidates: Sql): Sql => sql`
  select host(c.ip) as ip from (select ip from (${candidates}) c where ip <> ${gateway}::inet
    and not exists (select 1 from nic n where n.network_id = ${id} and n.removed is null and n.ip = c.ip offset 0)
    and not exists (select 1 from nic_secondary_ip s where s.network_id = ${id} and s.ip = c.ip offset 0) offset 0) c
  where ${tryHold(id, sql`c.ip`)} limit 1`;

/** Who gives an address holds it first, until it is committed. Keys below zero are nobody else's. */
const holdKey = (networkId: number, ip: Sql): Sql =>
  sql`(-(${networkId}::bigint))::int, (${ip} - '0.0.0.0'::inet - 2147483648)::int`;
const tryHold = (networkId: number, ip: Sql): Sql => sql`pg_try_advisory_xact_lock(${holdKey(networkId, ip)})`;
/** Waits for who is giving it now. */
export const holdIp = (tx: Tx, { networkId, ip }: { networkId: number; ip: string }): Promise<unknown> =>
  tx.rows(sql`select pg_advisory_xact_lock(${holdKey(networkId, sql`${ip}::inet`)})`);

/** Undefined where another card has the MAC or the address by now. */
export const insertNic = (
  tx: Tx,
  {
    networkId,
    ip,
    ...values
  }: { networkId: number; ip: string | null; vmId: number; deviceId: number; isDefault: boolean; mac: string },
): Promise<{ id: number; uuid: string } | undefined> =>
  tx.first(sql`
  insert into nic(vm_id, network_id, device_id, is_default, ip, mac)
  select ${values.vmId}, ${networkId}, ${values.deviceId}, ${values.isDefault}, ${ip}::inet, ${values.mac}
  where not exists (select 1 from nic_secondary_ip where network_id = ${networkId} and ip = ${ip}::inet)
  on conflict do nothing returning id, uuid`);
export const ipTaken = async (tx: Tx, { networkId, ip }: { networkId: number; ip: string }): Promise<boolean> =>
  (await tx.first(sql`
  select 1 from nic where network_id = ${networkId} and ip = ${ip}::inet and removed is null union all select 1 from nic_secondary_ip where network_id = ${networkId} and ip = ${ip}::inet limit 1`)) !==
  undefined;
export const macTaken = async (tx: Tx, mac: string): Promise<boolean> =>
  (await tx.first(sql`select 1 from nic where mac = ${mac} and removed is null`)) !== undefined;
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
