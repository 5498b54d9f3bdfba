// Everything a cloud holds, counted: rows by table, what is reserved, and of each real host its interfaces, namespaces, domains,
// mounts, processes and files. Two counts before and after a scenario must be the same: that is how nothing is left.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Lab } from '#agent/lab/lab.ts';
import { openDb, type Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { until, type TestCloud } from './environment.ts';
import { inside } from './inside.ts';

/** What goes on by itself while nobody does anything. */
const MEASURED = [
  'worker',
  'keeper',
  'session',
  'vm_counter',
  'vm_usage',
  'vm_usage_past',
  'overdue',
  'vm_block',
  'vm_count_change',
  'stale',
];
/** What grows by being used and is no belonging of anybody: the past, and who is at work. */
const HISTORY = [...MEASURED, 'event', 'alert', 'change', 'job', 'job_step', 'migration', 'management_server'];
/** Copies of templates in pools stay for the next guest, and counters where they are back at what they were. */
const KEPT = ['template_pool', 'resource_count'];

export type Counts = Readonly<Record<string, number>>;

export async function openRows(cloud: TestCloud): Promise<Db> {
  return openDb({ url: await cloud.databaseUrl(), max: 2 });
}

/** Rows by table. `all` counts the removed ones and the past too: then nothing at all may have been written. */
export async function rowsOf(db: Db, which: 'living' | 'all' = 'living'): Promise<Counts> {
  const tables = await db.read.rows<{ name: string; removable: boolean }>(sql`
    select t.table_name as name, exists (select 1 from information_schema.columns c where c.table_schema = 'public' and c.table_name = t.table_name and c.column_name = 'removed') as removable
    from information_schema.tables t where t.table_schema = 'public' and t.table_type = 'BASE TABLE' order by 1`);
  const counts: Record<string, number> = {};
  for (const { name, removable } of tables) {
    if (which === 'living' && [...HISTORY, ...KEPT].includes(name)) continue;
    if (which === 'all' && MEASURED.includes(name)) continue;
    const living = which === 'living' && removable ? sql`where removed is null` : sql.empty;
    counts[name] = (await db.read.one<{ n: number }>(sql`select count(*)::int as n from ${sql.raw(name)} ${living}`)).n;
  }
  return { ...counts, ...(await reserved(db)) };
}

const reserved = (db: Db): Promise<Counts> =>
  db.read.one<Counts>(sql`select
    (select coalesce(sum(cpu_reserved_mhz), 0)::bigint from host) as "reserved MHz", (select coalesce(sum(memory_reserved_mib), 0)::bigint from host) as "reserved MiB",
    (select coalesce(sum(allocated_bytes), 0)::bigint from storage_pool) as "allocated bytes", (select count(*)::int from public_ip where state <> 'Free') as "public addresses in use",
    (select count(*)::int from vni where network_id is not null) as "network identifiers in use", (select coalesce(sum(used), 0)::bigint from resource_count where type <> 3) as "counted against limits"`);

/** Programs that come and go, or are there without any guest. */
const OF_THE_HOST = new Set([
  'sleep',
  'libvirtd',
  'node',
  'nsenter',
  'virsh',
  'setpriv',
  'ip',
  'nft',
  'tc',
  'bridge',
  'qemu-img',
  'conntrack',
  'ps',
  'sysctl',
  'arping',
  'MainThread',
  'unshare',
  'prlimit',
]);

export interface HostStock {
  interfaces: string[];
  namespaces: string[];
  domains: string[];
  mounts: string[];
  processes: string[];
}

export async function hostStock(lab: Lab, index: number): Promise<HostStock> {
  const [links, namespaces, domains, mounts, processes] = await Promise.all([
    inside(lab, index, 'ip', '-json', 'link'),
    inside(lab, index, 'ip', 'netns', 'list'),
    inside(lab, index, 'virsh', '-c', 'qemu:///system', 'list', '--all', '--name'),
    inside(lab, index, 'cat', '/proc/self/mounts'),
    processesOf(lab, index),
  ]);
  return {
    interfaces: (JSON.parse(links) as { ifname: string }[]).map((link) => link.ifname).toSorted(),
    namespaces: lines(namespaces).map((line) => line.split(' ')[0]!),
    domains: lines(domains),
    // The first namespace of a host makes the folder of all namespaces a mount of its own, which stays. What hangs there of
    // other laboratories on this machine is theirs.
    mounts: lines(mounts)
      .map((line) => line.split(' ')[1]!)
      .filter((at) => at !== '/run/netns' && (!/^\/run\/(netns|nephos-lab)\//.test(at) || at.includes(lab.name))),
    processes,
  };
}

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .toSorted();

/** Everything that shares the host's name space and serves guests. */
async function processesOf(lab: Lab, index: number): Promise<string[]> {
  const uts = (await inside(lab, index, 'readlink', '/proc/self/ns/uts')).trim();
  const listed = await inside(lab, index, 'ps', '-e', '-o', 'pid=,utsns=,comm=');
  return lines(listed)
    .map((line) => line.split(/\s+/))
    .filter(([, namespace, comm]) => uts === `uts:[${namespace}]` && !OF_THE_HOST.has(comm!))
    .map(([, , comm]) => comm!)
    .toSorted();
}

export interface Stock {
  rows: Counts;
  files: string[];
  hosts: HostStock[];
}

/** Disks, and what agents keep of guests, networks and routers. */
function filesOf(cloud: TestCloud): string[] {
  const below = (folder: string): string[] =>
    readdirSync(path.join(cloud.dataDir, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(cloud.dataDir, path.join(entry.parentPath, entry.name)));
  return [...below('primary'), ...below('hosts')]
    .filter((file) => !/\/template\/|\.(pem|tmp|new|part)$|agent\.json$/.test(file))
    .toSorted();
}

export async function takeStock(cloud: TestCloud, db: Db, lab: Lab): Promise<Stock> {
  return {
    rows: await rowsOf(db),
    files: filesOf(cloud),
    hosts: await Promise.all(lab.hosts.map((host) => hostStock(lab, host.index))),
  };
}

/** Keepers may need a moment to clear what a crash has left. */
export const nothingIsLeft = (
  { cloud, db, lab }: { cloud: TestCloud; db: Db; lab: Lab },
  before: Stock,
  withinMs = 120_000,
): Promise<unknown> =>
  until(
    'nothing is left',
    async () => {
      assert.deepEqual(await takeStock(cloud, db, lab), before);
      return true;
    },
    withinMs,
  );
