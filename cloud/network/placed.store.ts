// Which host has which network (host_network), and which host a router can be put on.
import type { Tx } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import { notLost } from '../router/router.ts';

export interface PlacedRow {
  hostId: number;
  vni: number;
  mtu: number;
  address: string;
  status: string;
  /** What the host should know now. */
  wanted: number;
  wantedPeers: string[];
  /** Short for them: what is written down once the host was told. */
  wantedDigest: string;
  /** It was told of just these peers. */
  told: boolean;
  removing: boolean;
}
/** What a host was told, if it was of `peers` at its row's generation: an older release, which does not write it, raises that. */
const digestOf = (peers: Sql): Sql => sql`md5(array_to_string(${peers}, ' '))`;
const toldOf = (row: Sql, peers: Sql): Sql =>
  sql`${row}.told is not distinct from ${row}.generation || ':' || ${digestOf(peers)}`;
/** The hosts of each network and identifier, in order; each one's peers are the others. */
const membersOf = (placed: Sql): Sql =>
  sql`select network_id, vni, array_agg(address order by host_id) as addresses from ${placed} where removing is null and gone is null group by network_id, vni`;
const others = sql`coalesce(array_remove(m.addresses, p.address), '{}')`;

/** One statement: peers and generation are one moment's. */
export const placedOn = (tx: Tx, networkId: number): Promise<PlacedRow[]> =>
  tx.rows(sql`
  with placed as materialized (select hn.*, coalesce(h.underlay_ip, h.private_ip) as address, h.status, h.removed as gone from host_network hn join host h on h.id = hn.host_id where hn.network_id = ${networkId}),
    members as materialized (${membersOf(sql`placed`)})
  select p.host_id as "hostId", p.vni, w.mtu, p.address, p.status, w.peers_generation as wanted, p.removing is not null as removing,
    ${others} as "wantedPeers", ${digestOf(others)} as "wantedDigest", ${toldOf(sql`p`, others)} as told
  from placed p join network w on w.id = p.network_id left join members m on m.vni = p.vni where p.gone is null order by p.host_id`);

/** Of these hosts those that were never told of it. */
export const neverTold = async (
  tx: Tx,
  { networkId, hostIds }: { networkId: number; hostIds: readonly number[] },
): Promise<number[]> =>
  (
    await tx.rows<{ id: number }>(
      sql`select host_id as id from host_network where network_id = ${networkId} and host_id = any(${hostIds}) and removing is null and generation < 0`,
    )
  ).map(({ id }) => id);

/** The host is to have the network. False: it is being taken away from there at the moment, unless that is overridden. The network's row must be locked. */
export async function putOn(
  tx: Tx,
  { networkId, hostId, vni, force }: { networkId: number; hostId: number; vni: number; force: boolean },
): Promise<boolean> {
  const now = await tx.first<{ vni: number; removing: boolean }>(
    sql`select vni, removing is not null as removing from host_network where host_id = ${hostId} and network_id = ${networkId}`,
  );
  if (now && !now.removing && now.vni === vni) return true;
  if (now?.removing && !force) return false;
  await tx.run(sql`insert into host_network(host_id, network_id, vni) values (${hostId}, ${networkId}, ${vni})
    on conflict (host_id, network_id) do update set vni = excluded.vni, removing = null, generation = -1, told = null, peers = null`);
  await raisePeers(tx, networkId);
  return true;
}

export interface Standing {
  state: string;
  vni: number;
  /** The host has it already. */
  isThere: boolean;
  /** None where the network has no services. */
  routerHostId: number | null;
}
/** What a network has that is up and misses nothing but, at most, being on this host; undefined where something else is to be done. */
export const standingOn = (
  tx: Tx,
  { networkId, hostId, lostAfterS }: { networkId: number; hostId: number; lostAfterS: number },
): Promise<Standing | undefined> =>
  tx.first(sql`
  select w.state, w.vni, hn.host_id is not null as "isThere", r.host_id as "routerHostId"
  from network w join network_offering o on o.id = w.offering_id left join host_network hn on hn.network_id = w.id and hn.host_id = ${hostId}
    left join router r on r.network_id = w.id and r.removed is null and r.state in ('Starting', 'Running')
      and exists (select 1 from host h where h.id = r.host_id and ${notLost(lostAfterS)})
      and exists (select 1 from host_network rn where rn.network_id = w.id and rn.host_id = r.host_id and rn.vni = w.vni and rn.removing is null)
  where w.id = ${networkId} and w.state in ('Implementing', 'Implemented') and w.removed is null and w.deleting is null and w.empty_since is null and w.vni is not null
    and (hn.host_id is null or (hn.vni = w.vni and hn.removing is null)) and (o.services = '{}'::jsonb or r.id is not null)
    and (not o.services ? 'SourceNat' or exists (select 1 from public_ip p where p.network_id = w.id and p.source_nat and p.state <> 'Free'))`);

/** The host is to have the network too; nothing is done where somebody was quicker. */
export const putWhereMissing = (
  tx: Tx,
  { networkId, hostId, vni }: { networkId: number; hostId: number; vni: number },
): Promise<number> =>
  tx.run(sql`
  with put as (insert into host_network(host_id, network_id, vni) values (${hostId}, ${networkId}, ${vni}) on conflict do nothing returning network_id)
  update network w set peers_generation = w.peers_generation + 1 from put where w.id = put.network_id`);

export const raisePeers = (tx: Tx, networkId: number): Promise<number> =>
  tx.run(sql`update network set peers_generation = peers_generation + 1 where id = ${networkId}`);

export interface Told {
  hostId: number;
  vni: number;
  generation: number;
  digest: string;
}
/** Of two that told a host the newer one stands. */
export const noteTold = (tx: Tx, networkId: number, told: readonly Told[]): Promise<number> =>
  tx.run(sql`
  with t as (select * from unnest(${told.map((one) => one.hostId)}::bigint[], ${told.map((one) => one.vni)}::int[], ${told.map((one) => one.generation)}::bigint[], ${told.map((one) => one.digest)}::text[]) as t(host_id, vni, generation, digest)),
    locked as (select h.host_id from host_network h join t on t.host_id = h.host_id where h.network_id = ${networkId} order by h.host_id for no key update of h)
  update host_network h set generation = t.generation, told = t.generation || ':' || t.digest
  from t join locked on locked.host_id = t.host_id where h.host_id = t.host_id and h.network_id = ${networkId} and h.vni = t.vni and h.generation <= t.generation`);

/** Where the network has its router, else a guest, else where it is at all, else any host of its zone that is Up. */
export const anyHostFor = (tx: Tx, networkId: number): Promise<{ id: number } | undefined> =>
  tx.first(sql`
  select h.id from network w join host h on h.zone_id = w.zone_id left join router r on r.network_id = w.id and r.removed is null left join host_network hn on hn.network_id = w.id and hn.host_id = h.id
  where w.id = ${networkId} and h.removed is null and h.type = 'Routing' and h.status = 'Up'
  order by (r.host_id = h.id) desc nulls last, exists (select 1 from nic n join vm v on v.id = n.vm_id where n.network_id = w.id and n.removed is null and v.host_id = h.id) desc, (hn.host_id is null), (h.resource_state = 'Enabled') desc, random() limit 1`);

/** A guest of the network is on the host, or its router. */
const needed = sql`(exists (select 1 from nic n join vm v on v.id = n.vm_id where n.network_id = hn.network_id and n.removed is null and v.removed is null and v.host_id = hn.host_id)
  or exists (select 1 from router r join network w on w.id = r.network_id where r.network_id = hn.network_id and r.removed is null and r.host_id = hn.host_id and w.state in ('Implementing', 'Implemented')))`;

interface Unneeded {
  hostId: number;
  networkId: number;
  vni: number;
}
const unneededColumns = sql`hn.host_id as "hostId", hn.network_id as "networkId", hn.vni`;

/** Hosts that have the network though nobody there needs it, or were to let go of it before. */
export const unneededOf = (tx: Tx, networkId: number): Promise<Unneeded[]> =>
  tx.rows(
    sql`select ${unneededColumns} from host_network hn where hn.network_id = ${networkId} and (hn.removing is not null or not ${needed}) order by hn.created limit 200`,
  );

/** Of all networks; fresh ones are somebody's who is not there yet. Who needs what is gathered once, not asked for each. */
export const unneeded = (tx: Tx, afterS: number): Promise<Unneeded[]> =>
  tx.rows(sql`
  with needed as materialized (
    select v.host_id, n.network_id from nic n join vm v on v.id = n.vm_id where n.removed is null and v.removed is null and v.host_id is not null
    union
    select r.host_id, r.network_id from router r join network w on w.id = r.network_id where r.removed is null and w.state in ('Implementing', 'Implemented'))
  select ${unneededColumns} from host_network hn left join needed n on n.host_id = hn.host_id and n.network_id = hn.network_id
  where hn.created <= now() - ${afterS} * interval '1 second' and (hn.removing is not null or n.host_id is null) order by hn.created limit 200`);

/** The network's row must be locked. False: somebody needs it after all. */
export const startRemoving = async (
  tx: Tx,
  { hostId, networkId }: { hostId: number; networkId: number },
): Promise<boolean> => {
  const marked = await tx.run(
    sql`update host_network hn set removing = now() where hn.host_id = ${hostId} and hn.network_id = ${networkId} and not ${needed}`,
  );
  if (marked === 0)
    await tx.run(
      sql`update host_network set removing = null where host_id = ${hostId} and network_id = ${networkId} and removing is not null`,
    );
  return marked === 1;
};
export const stopRemoving = (tx: Tx, { hostId, networkId }: { hostId: number; networkId: number }): Promise<number> =>
  tx.run(sql`update host_network set removing = null where host_id = ${hostId} and network_id = ${networkId}`);
/** Only while it still is being removed: whoever put it there again is not undone. */
export const letGoOf = (tx: Tx, { hostId, networkId }: { hostId: number; networkId: number }): Promise<number> =>
  tx.run(
    sql`delete from host_network where host_id = ${hostId} and network_id = ${networkId} and removing is not null`,
  );
export const forgetGoneHosts = (tx: Tx): Promise<number> =>
  tx.run(sql`delete from host_network hn using host h where h.id = hn.host_id and h.removed is not null`);

/** Networks some of whose hosts were not told of all the others. Who is in a network is worked out once for each, not for each host. */
export const untoldNetworks = async (tx: Tx): Promise<number[]> =>
  (
    await tx.rows<{ id: number }>(sql`
  with placed as materialized (select hn.network_id, hn.host_id, hn.vni, hn.generation, hn.told, hn.removing, coalesce(h.underlay_ip, h.private_ip) as address, h.status, h.removed as gone
      from host_network hn join host h on h.id = hn.host_id and h.removed is null where hn.removing is null),
    members as materialized (${membersOf(sql`placed`)})
  select distinct p.network_id as id from placed p join members m on m.network_id = p.network_id and m.vni = p.vni
  where p.status = 'Up' and not (${toldOf(sql`p`, others)}) limit 200`)
  ).map(({ id }) => id);
