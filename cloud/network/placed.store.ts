// Which host has which network (host_network), and which host a router can be put on.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export interface PlacedRow {
  hostId: number; vni: number; mtu: number; address: string; status: string;
  /** What the host should know now. */
  wanted: number; wantedPeers: string[];
  /** What it was told last. */
  generation: number; peers: string[] | null; removing: boolean;
}

/** One statement: peers and generation are one moment's. */
export const placedOn = (tx: Tx, networkId: number): Promise<PlacedRow[]> => tx.rows(sql`
  with placed as (select hn.*, coalesce(h.underlay_ip, h.private_ip) as address, h.status, h.removed as gone from host_network hn join host h on h.id = hn.host_id where hn.network_id = ${networkId})
  select p.host_id as "hostId", p.vni, w.mtu, p.address, p.status, w.peers_generation as wanted, p.generation, p.peers, p.removing is not null as removing,
    array(select o.address from placed o where o.host_id <> p.host_id and o.removing is null and o.gone is null and o.vni = p.vni order by o.host_id) as "wantedPeers"
  from placed p join network w on w.id = p.network_id where p.gone is null order by p.host_id`);

/** The host is to have the network. False: it is being taken away from there at the moment, unless that is overridden. The network's row must be locked. */
export async function putOn(tx: Tx, { networkId, hostId, vni, force }: { networkId: number; hostId: number; vni: number; force: boolean }): Promise<boolean> {
  const now = await tx.first<{ vni: number; removing: boolean }>(sql`select vni, removing is not null as removing from host_network where host_id = ${hostId} and network_id = ${networkId} for update`);
  if (now && !now.removing && now.vni === vni) return true;
  if (now?.removing && !force) return false;
  await tx.run(sql`insert into host_network(host_id, network_id, vni) values (${hostId}, ${networkId}, ${vni})
    on conflict (host_id, network_id) do update set vni = excluded.vni, removing = null, generation = -1, peers = null`);
  await raisePeers(tx, networkId);
  return true;
}

export const raisePeers = (tx: Tx, networkId: number): Promise<number> => tx.run(sql`update network set peers_generation = peers_generation + 1 where id = ${networkId}`);

export const noteTold = (tx: Tx, { networkId, hostId, generation, peers, vni }: { networkId: number; hostId: number; generation: number; peers: readonly string[]; vni: number }): Promise<number> => tx.run(sql`
  update host_network set generation = ${generation}, peers = ${peers} where host_id = ${hostId} and network_id = ${networkId} and vni = ${vni} and generation < ${generation + 1}`);
