// Invariants of what is counted: every counter equals the sum of the things it counts.
import { sql, type Sql } from '#kernel/sql.ts';
import type { Invariant } from './invariant.ts';

const alive = sql`removed is null and state not in ('Destroyed', 'Expunging', 'Error')`;
const kept = sql`removed is null and state not in ('Destroy', 'Expunging', 'Expunged')`;

/** Account and amount of everything of a type of resource. */
const counted: readonly (readonly [number, string, Sql])[] = [
  [0, 'instances', sql`select account_id, 1::bigint as n from vm where ${alive}`],
  [
    1,
    'addresses',
    sql`select account_id, 1::bigint as n from public_ip where state <> 'Free' and account_id is not null and not system`,
  ],
  [2, 'volumes', sql`select account_id, 1::bigint as n from volume where ${kept}`],
  [6, 'networks', sql`select account_id, 1::bigint as n from network where removed is null and not is_system`],
  [8, 'processors', sql`select account_id, cpus::bigint as n from vm where ${alive}`],
  [9, 'memory', sql`select account_id, memory_mib::bigint as n from vm where ${alive}`],
  [10, 'primary storage', sql`select account_id, size_bytes as n from volume where ${kept}`],
];

const limits: readonly Invariant[] = counted.flatMap(([type, noun, things]) => [
  {
    name: `an account's ${noun} are miscounted`,
    wrong: sql`select a.name || ' has ' || coalesce(t.n, 0) || ', counted ' || coalesce(c.used, 0) as what from account a
      left join (select account_id, sum(n) as n from (${things}) x group by 1) t on t.account_id = a.id
      left join resource_count c on c.owner_type = 'a' and c.owner_id = a.id and c.type = ${type} and c.tag = ''
      where a.removed is null and coalesce(t.n, 0) <> coalesce(c.used, 0)`,
  },
  {
    name: `a domain's ${noun} are miscounted`,
    wrong: sql`select d.path || ' has ' || coalesce(sum(t.n), 0) || ', counted ' || coalesce(max(c.used), 0) as what from domain d
      left join domain below on starts_with(below.path, d.path) and below.removed is null left join account a on a.domain_id = below.id and a.removed is null
      left join (select account_id, sum(n) as n from (${things}) x group by 1) t on t.account_id = a.id
      left join resource_count c on c.owner_type = 'd' and c.owner_id = d.id and c.type = ${type} and c.tag = ''
      where d.removed is null group by d.id having coalesce(sum(t.n), 0) <> coalesce(max(c.used), 0)`,
  },
]);

const capacity: readonly Invariant[] = [
  {
    name: "a host's capacity is miscounted",
    wrong: sql`select h.name || ' has ' || coalesce(sum(v.cpus * v.cpu_mhz), 0) || ' MHz and ' || coalesce(sum(v.memory_mib), 0) || ' MiB placed, counted ' || h.cpu_reserved_mhz || ' and ' || h.memory_reserved_mib as what
      from host h left join vm v on v.host_id = h.id and v.removed is null where h.removed is null and h.type = 'Routing'
      group by h.id having coalesce(sum(v.cpus * v.cpu_mhz), 0) <> h.cpu_reserved_mhz or coalesce(sum(v.memory_mib), 0) <> h.memory_reserved_mib`,
  },
  {
    name: 'a guest holds a host and does not run',
    wrong: sql`select name || ' is ' || state as what from vm where removed is null and (host_id is not null) <> (state in ('Running', 'Migrating', 'Stopping', 'Starting'))`,
  },
  {
    name: "a pool's room is miscounted",
    wrong: sql`select p.name || ' has ' || coalesce(sum(v.size_bytes), 0) || ' bytes placed, counted ' || p.allocated_bytes as what
      from storage_pool p left join volume v on v.pool_id = p.id and v.removed is null where p.removed is null
      group by p.id having coalesce(sum(v.size_bytes), 0) <> p.allocated_bytes`,
  },
  {
    name: 'guests by state are miscounted',
    wrong: sql`select coalesce(c.account_id, v.account_id) || ' ' || coalesce(c.state, v.state) || ' has ' || coalesce(v.n, 0) || ', counted ' || coalesce(c.n, 0) as what
      from (select account_id, state, sum(n) as n from vm_count group by 1, 2) c full join (select account_id, state, count(*) as n from vm where removed is null group by 1, 2) v on v.account_id = c.account_id and v.state = c.state
      where coalesce(c.n, 0) <> coalesce(v.n, 0)`,
  },
  {
    name: 'guests by blocks of ids are miscounted',
    wrong: sql`select coalesce(c.block, v.block) || ' has ' || coalesce(v.n, 0) || ', counted ' || coalesce(c.n, 0) as what
      from (select block, sum(n) as n, sum(shown) as shown from vm_block_count group by 1) c
        full join (select id / 1024 as block, count(*) as n, count(*) filter (where display) as shown from vm where removed is null group by 1) v on v.block = c.block
      where coalesce(c.n, 0) <> coalesce(v.n, 0) or coalesce(c.shown, 0) <> coalesce(v.shown, 0)`,
  },
];

export const inSums: readonly Invariant[] = [...limits, ...capacity];
