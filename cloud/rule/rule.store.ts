// Rows of firewall, egress and port forwarding rules.
import { firewallRuleMachine } from '#api/states/network.ts';
import type { EventOf } from '#api/machine.ts';
import type { Tx } from '#kernel/db.ts';
import { move } from '#kernel/move.ts';
import { sql } from '#kernel/sql.ts';

export type Purpose = 'Firewall' | 'Egress' | 'PortForwarding' | 'StaticNat';
export interface RuleRow {
  id: number;
  uuid: string;
  accountId: number;
  domainId: number;
  networkId: number;
  purpose: Purpose;
  publicIpId: number | null;
  protocol: string;
  startPort: number | null;
  endPort: number | null;
  icmpType: number | null;
  icmpCode: number | null;
  sourceCidrs: string[];
  destinationCidrs: string[];
  vmId: number | null;
  nicId: number | null;
  guestIp: string | null;
  privateStartPort: number | null;
  privateEndPort: number | null;
  state: string;
  relatedId: number | null;
  removed: Date | null;
}
const columns = sql`f.id, f.uuid, f.account_id as "accountId", f.domain_id as "domainId", f.network_id as "networkId", f.purpose, f.public_ip_id as "publicIpId", f.protocol, f.start_port as "startPort", f.end_port as "endPort",
  f.icmp_type as "icmpType", f.icmp_code as "icmpCode", f.source_cidrs as "sourceCidrs", f.destination_cidrs as "destinationCidrs", f.vm_id as "vmId", f.nic_id as "nicId", host(f.guest_ip) as "guestIp",
  f.private_start_port as "privateStartPort", f.private_end_port as "privateEndPort", f.state, f.related_id as "relatedId", f.removed`;

export const ruleById = (tx: Tx, id: number): Promise<RuleRow> =>
  tx.one(sql`select ${columns} from network_rule f where f.id = ${id}`);
export const rulesOfAddress = (tx: Tx, publicIpId: number): Promise<RuleRow[]> =>
  tx.rows(
    sql`select ${columns} from network_rule f where f.public_ip_id = ${publicIpId} and f.removed is null order by f.id`,
  );
export const rulesOfNetwork = (
  tx: Tx,
  { networkId, purpose }: { networkId: number; purpose?: Purpose },
): Promise<RuleRow[]> =>
  tx.rows(sql`
  select ${columns} from network_rule f where f.network_id = ${networkId} and f.removed is null ${purpose ? sql`and f.purpose = ${purpose}` : sql.empty} order by f.id`);
export const rulesOfNics = (tx: Tx, nicIds: readonly number[]): Promise<RuleRow[]> =>
  tx.rows(
    sql`select ${columns} from network_rule f where f.nic_id = any(${nicIds}) and f.removed is null order by f.id`,
  );
/** The rule and what came with it. */
export const withRelated = (tx: Tx, id: number): Promise<RuleRow[]> =>
  tx.rows(
    sql`select ${columns} from network_rule f where (f.id = ${id} or f.related_id = ${id}) and f.removed is null order by f.id`,
  );

export const insertRule = (tx: Tx, values: Readonly<Record<string, unknown>>): Promise<{ id: number; uuid: string }> =>
  tx.one(sql`insert into network_rule ${sql.row({ ...values, state: 'Staged' })} returning id, uuid`);
export const changeRule = (tx: Tx, id: number, values: Readonly<Record<string, unknown>>): Promise<number> =>
  Object.values(values).some((value) => value !== undefined)
    ? tx.run(sql`update network_rule set ${sql.set(values)} where id = ${id}`)
    : Promise.resolve(0);
export const moveRule = (tx: Tx, id: number, event: EventOf<typeof firewallRuleMachine>): Promise<string> =>
  move(tx, { entity: 'firewallrule', table: 'network_rule', machine: firewallRuleMachine }, id, event);
export const forgetTags = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`delete from resource_tag where resource_uuid = (select uuid from network_rule where id = ${id})`);
export const uuidTaken = async (tx: Tx, uuid: string): Promise<boolean> =>
  (await tx.first(sql`select 1 from network_rule where uuid = ${uuid}`)) !== undefined;

/** A card of the guest in that network, with every address it has there. */
export const targetNic = (
  tx: Tx,
  { vmId, networkId }: { vmId: number; networkId: number },
): Promise<{ id: number; ip: string | null; others: string[]; vmState: string; vmName: string } | undefined> =>
  tx.first(sql`
  select n.id, host(n.ip) as ip, coalesce((select array_agg(host(s.ip)) from nic_secondary_ip s where s.nic_id = n.id), '{}') as others, v.state as "vmState", v.name as "vmName"
  from nic n join vm v on v.id = n.vm_id where n.vm_id = ${vmId} and n.network_id = ${networkId} and n.removed is null and v.removed is null order by n.device_id limit 1`);
