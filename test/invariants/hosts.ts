// Invariants between the database and what hosts hold: each guest, disk, network and router is where the database says it is, as
// it says, and nothing else is anywhere.
import type { Saved } from '#agent/sim/control.ts';
import type { Tx } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';

/** Facts of a kind as lines that can be compared. */
interface Sides {
  kind: string;
  rows: Sql;
  held: (saved: Saved) => string[];
}

const eachHost = <T>(saved: Saved, of: (name: string, host: Saved['hosts'][string]) => T[]): T[] =>
  Object.entries(saved.hosts).flatMap(([name, host]) => of(name, host));
const eachPool = (
  saved: Saved,
  of: (pool: Saved['storage']['pools'][string]) => [string, string | number][],
): string[] =>
  Object.entries(saved.storage.pools).flatMap(([id, pool]) =>
    of(pool).map(([what, is]) => `${what} in ${id} ${is}`.trimEnd()),
  );

const compared: readonly Sides[] = [
  {
    kind: 'guest',
    rows: sql`select v.instance_name || ' on ' || h.name as line from vm v join host h on h.id = v.host_id where v.state = 'Running' and v.removed is null`,
    held: (saved) => eachHost(saved, (name, { guests }) => guests.map((guest) => `${guest.name} on ${name}`)),
  },
  {
    kind: 'size of a guest',
    rows: sql`select instance_name || ' ' || cpus || ' ' || memory_mib as line from vm where state = 'Running' and removed is null`,
    held: (saved) =>
      eachHost(saved, (_, { guests }) => guests.map((guest) => `${guest.name} ${guest.cpus} ${guest.memoryMib}`)),
  },
  {
    kind: 'disk of a guest',
    rows: sql`select d.uuid || ' of ' || v.instance_name as line from volume d join vm v on v.id = d.vm_id where v.state = 'Running' and v.removed is null and d.removed is null and d.state = 'Ready'`,
    held: (saved) =>
      eachHost(saved, (_, { guests }) =>
        guests.flatMap((guest) => guest.disks.map((disk) => `${disk} of ${guest.name}`)),
      ),
  },
  {
    kind: 'card of a guest',
    rows: sql`select n.mac || ' of ' || v.instance_name as line from nic n join vm v on v.id = n.vm_id where v.state = 'Running' and v.removed is null and n.removed is null`,
    held: (saved) =>
      eachHost(saved, (_, { guests }) =>
        guests.flatMap((guest) => guest.nics.map((nic) => `${nic.mac} of ${guest.name}`)),
      ),
  },
  {
    kind: 'file of a volume',
    rows: sql`select v.uuid || ' in ' || p.uuid || ' ' || v.size_bytes as line from volume v join storage_pool p on p.id = v.pool_id
      where v.removed is null and v.state in ('Ready', 'Destroy')`,
    held: (saved) => eachPool(saved, ({ volumes }) => Object.entries(volumes)),
  },
  {
    kind: 'template in a pool',
    rows: sql`select t.uuid || ' in ' || p.uuid as line from template_pool c join template t on t.id = c.template_id join storage_pool p on p.id = c.pool_id where c.state = 'Ready'`,
    held: (saved) => eachPool(saved, ({ templates }) => templates.map((id) => [id, ''])),
  },
  {
    kind: 'network',
    rows: sql`select n.vni || ' on ' || h.name || ' at ' || n.generation as line from host_network n join host h on h.id = n.host_id where n.generation >= 0`,
    held: (saved) =>
      eachHost(saved, (name, { networks }) =>
        networks.map((network) => `${network.vni} on ${name} at ${network.generation}`),
      ),
  },
  {
    kind: 'router',
    rows: sql`select r.uuid || ' on ' || h.name || ' at ' || r.applied_generation as line from router r join host h on h.id = r.host_id where r.removed is null and r.state = 'Running'`,
    held: (saved) =>
      eachHost(saved, (name, { routers }) =>
        routers.map((router) => `${router.id} on ${name} at ${router.generation}`),
      ),
  },
];

export async function brokenOnHosts(tx: Tx, saved: Saved): Promise<string[]> {
  const found = twice(saved);
  for (const { kind, rows, held } of compared) {
    const told = new Set((await tx.rows<{ line: string }>(rows)).map(({ line }) => line));
    const there = new Set(held(saved));
    for (const line of told) if (!there.has(line)) found.push(`a ${kind} is not on the hosts: ${line}`);
    for (const line of there) if (!told.has(line)) found.push(`a ${kind} is on the hosts only: ${line}`);
  }
  return found;
}

/** A guest that runs on two hosts writes its disks twice. */
function twice(saved: Saved): string[] {
  const names = eachHost(saved, (_, { guests }) => guests.map((guest) => guest.name));
  return [
    ...names.filter((name, index) => names.indexOf(name) < index).map((name) => `a guest runs on two hosts: ${name}`),
    ...saved.twice.map((which) => `a guest ran on two hosts at once: ${which}`),
  ];
}
