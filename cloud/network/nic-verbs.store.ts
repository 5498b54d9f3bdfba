// What the verbs of cards ask of guests and of what leads to their addresses.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface GuestRow {
  id: number;
  uuid: string;
  name: string;
  instanceName: string;
  accountId: number;
  domainId: number;
  zoneId: number;
  hostId: number | null;
  state: string;
}
const guestColumns = sql`id, uuid, name, instance_name as "instanceName", account_id as "accountId", domain_id as "domainId", zone_id as "zoneId", host_id as "hostId", state`;
export const lockGuest = (tx: Tx, id: number): Promise<GuestRow> =>
  tx.one(sql`select ${guestColumns} from vm where id = ${id} for update`);
export const guestNow = (tx: Tx, id: number): Promise<GuestRow> =>
  tx.one(sql`select ${guestColumns} from vm where id = ${id}`);

export const nameTakenIn = async (tx: Tx, { networkId, vmId }: { networkId: number; vmId: number }): Promise<boolean> =>
  (await tx.first(sql`
  select 1 from (select v.id from vm v where lower(v.name) = (select lower(name) from vm where id = ${vmId}) and v.removed is null and v.id <> ${vmId} offset 0) named
  where exists (select 1 from nic n where n.vm_id = named.id and n.network_id = ${networkId} and n.removed is null) limit 1`)) !==
  undefined;
export const freeDevice = async (tx: Tx, vmId: number): Promise<number | undefined> =>
  (
    await tx.first<{ n: number }>(sql`
  select n from generate_series(0, 30) n where not exists (select 1 from nic where vm_id = ${vmId} and device_id = n and removed is null) order by n limit 1`)
  )?.n;

/** What leads to the card: by name of the service, with how many. */
export const leadingTo = (
  tx: Tx,
  { nicId, ip }: { nicId: number; ip?: string },
): Promise<{ forwards: number; staticNats: number }> =>
  tx.one(sql`
  select (select count(*) from network_rule where nic_id = ${nicId} and removed is null ${ip === undefined ? sql.empty : sql`and guest_ip = ${ip}::inet`}) as forwards,
    (select count(*) from public_ip where static_nat_nic_id = ${nicId} ${ip === undefined ? sql.empty : sql`and static_nat_ip = ${ip}::inet`}) as "staticNats"`);
/** What led to the old address leads to the new one. */
export const leadOver = async (
  tx: Tx,
  { nicId, from, to }: { nicId: number; from: string; to: string },
): Promise<void> => {
  await tx.run(
    sql`update network_rule set guest_ip = ${to} where nic_id = ${nicId} and guest_ip = ${from}::inet and removed is null`,
  );
  await tx.run(
    sql`update public_ip set static_nat_ip = ${to} where static_nat_nic_id = ${nicId} and static_nat_ip = ${from}::inet`,
  );
};

export interface SecondaryRow {
  id: number;
  uuid: string;
  nicId: number;
  nicUuid: string;
  networkId: number;
  networkUuid: string;
  vmId: number;
  vmUuid: string;
  ip: string;
  accountId: number;
  domainId: number;
}
export const secondaryById = (tx: Tx, id: number): Promise<SecondaryRow | undefined> =>
  tx.first(sql`select s.id, s.uuid, s.nic_id as "nicId", n.uuid as "nicUuid", s.network_id as "networkId", w.uuid as "networkUuid", s.vm_id as "vmId",
  v.uuid as "vmUuid", host(s.ip) as ip, s.account_id as "accountId", s.domain_id as "domainId" from nic_secondary_ip s join nic n on n.id = s.nic_id join network w on w.id = s.network_id join vm v on v.id = s.vm_id where s.id = ${id}`);
export const countSecondaries = async (tx: Tx, nicId: number): Promise<number> =>
  (await tx.one<{ n: number }>(sql`select count(*) as n from nic_secondary_ip where nic_id = ${nicId}`)).n;
export const insertSecondary = (
  tx: Tx,
  values: Readonly<Record<string, unknown>>,
): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into nic_secondary_ip ${sql.row(values)} returning id, uuid`);
export const deleteSecondary = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`delete from nic_secondary_ip where id = ${id}`);
export const setDefaultNic = (tx: Tx, { vmId, nicId }: { vmId: number; nicId: number }): Promise<number> =>
  tx.run(
    sql`update nic set is_default = (id = ${nicId}) where vm_id = ${vmId} and removed is null and is_default <> (id = ${nicId})`,
  );
