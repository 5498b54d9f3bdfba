// Rows of public addresses: taking one, giving it back, what points at what.
import { publicIpMachine } from '#api/states/network.ts';
import type { EventOf } from '#api/machine.ts';
import type { Tx } from '#kernel/db.ts';
import { move } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';
import type { Owner } from '../context.ts';

export interface AddressRow {
  id: number;
  uuid: string;
  address: string;
  zoneId: number;
  accountId: number | null;
  domainId: number | null;
  networkId: number | null;
  state: string;
  sourceNat: boolean;
  system: boolean;
  staticNatVmId: number | null;
  staticNatNicId: number | null;
  staticNatIp: string | null;
  reserved: boolean;
  allocated: Date | null;
  rangeAccountId: number | null;
  forSystemVms: boolean;
}
const columns = sql`p.id, p.uuid, host(p.address) as address, p.zone_id as "zoneId", p.account_id as "accountId", p.domain_id as "domainId", p.network_id as "networkId", p.state, p.source_nat as "sourceNat", p.system,
  p.static_nat_vm_id as "staticNatVmId", p.static_nat_nic_id as "staticNatNicId", host(p.static_nat_ip) as "staticNatIp", p.reserved, p.allocated, l.account_id as "rangeAccountId", l.for_system_vms as "forSystemVms"`;
const joined = sql`from public_ip p join vlan_range l on l.id = p.vlan_range_id`;

export const addressById = (tx: Tx, id: number): Promise<AddressRow> =>
  tx.one(sql`select ${columns} ${joined} where p.id = ${id}`);
/** Waits for whoever changes it now. */
export const lockAddress = (tx: Tx, id: number): Promise<AddressRow> =>
  tx.one(sql`select ${columns} ${joined} where p.id = ${id} for update of p`);
export const addressByText = (
  tx: Tx,
  { zoneId, address }: { zoneId: number | undefined; address: string },
): Promise<AddressRow | undefined> =>
  tx.first(sql`
  select ${columns} ${joined} where p.address = ${address}::inet ${zoneId === undefined ? sql.empty : sql`and p.zone_id = ${zoneId}`} order by p.id limit 1 for update of p`);
export const addressesOf = (tx: Tx, networkId: number): Promise<AddressRow[]> =>
  tx.rows(
    sql`select ${columns} ${joined} where p.network_id = ${networkId} and p.state <> 'Free' order by p.id for update of p`,
  );

/** A free address the account may have, locked for this transaction; one dedicated to the account first. */
export const freeAddress = (
  tx: Tx,
  { zoneId, owner }: { zoneId: number; owner: Owner },
): Promise<{ id: number } | undefined> =>
  tx.first(sql`
  select p.id from public_ip p join vlan_range l on l.id = p.vlan_range_id
  where p.zone_id = ${zoneId} and p.state = 'Free' and not p.system and l.removed is null and l.for_virtual_network and not l.for_system_vms
    and (l.account_id is null or l.account_id = ${owner.accountId}) and (l.domain_id is null or l.account_id is not null or l.domain_id = ${owner.domainId})
  order by (l.account_id is null), p.id limit 1 for update of p skip locked`);

export const moveAddress = (tx: Tx, id: number, event: EventOf<typeof publicIpMachine>): Promise<string> =>
  move(tx, { entity: 'publicipaddress', table: 'public_ip', machine: publicIpMachine }, id, event);
export const changeAddress = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  tx.run(sql`update public_ip set ${sql.set(values)} where id = ${id}`);

/** Static NAT to these cards ends. Returns the networks it ended in. */
export const clearStaticNatTo = async (tx: Tx, nicIds: readonly number[]): Promise<number[]> =>
  (
    await tx.rows<{ networkId: number }>(sql`
  update public_ip set static_nat_vm_id = null, static_nat_nic_id = null, static_nat_ip = null where static_nat_nic_id = any(${nicIds}) returning network_id as "networkId"`)
  ).map((row) => row.networkId);

/** The next one who gets the address must not see what the last one wrote on it. */
export const wipe = async (tx: Tx, uuid: string): Promise<void> => {
  await tx.run(sql`delete from resource_tag where resource_uuid = ${uuid}`);
  await tx.run(sql`delete from resource_detail where resource_uuid = ${uuid}`);
  await tx.run(sql`update annotation set removed = now() where entity_uuid = ${uuid} and removed is null`);
};
export const uuidTaken = async (tx: Tx, uuid: string): Promise<boolean> =>
  (await tx.first(sql`select 1 from public_ip where uuid = ${uuid}`)) !== undefined;
/** Given back by their accounts, kept until the router that had them has let go. */
export const releasingOf = (tx: Tx, networkId: number): Promise<AddressRow[]> =>
  tx.rows(
    sql`select ${columns} ${joined} where p.network_id = ${networkId} and p.state = 'Releasing' order by p.id for update of p`,
  );
