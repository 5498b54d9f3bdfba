// What of its offering's services a network makes use of.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

/** How many things of each service there are; egress rules, which are of the service Firewall, also by themselves. */
export const rulesByService = async (tx: Tx, networkId: number): Promise<Record<string, number>> => {
  const { egress, ...counts } = await tx.one<Record<string, number> & { egress: number }>(sql`
    select count(*) filter (where purpose in ('Firewall', 'Egress')) as "Firewall", count(*) filter (where purpose = 'PortForwarding') as "PortForwarding", count(*) filter (where purpose = 'Egress') as egress,
      (select count(*) from public_ip p where p.network_id = ${networkId} and p.static_nat_nic_id is not null) as "StaticNat", (select count(*) from public_ip p where p.network_id = ${networkId} and p.source_nat) as "SourceNat"
    from network_rule where network_id = ${networkId} and removed is null`);
  return { ...counts, Egress: egress };
};
