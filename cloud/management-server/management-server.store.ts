// Rows of management servers, for people: who they are, when they were last heard, what they tell of themselves.
import type { Tx } from '#kernel/db.ts';
import { inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
import { sql } from '#kernel/sql.ts';

/** Measured on the server itself and written with its beat. */
export interface ServerFacts {
  kernel?: string;
  distribution?: string;
  node?: string;
  cpus?: number;
  load?: number[];
  cpuPercent?: number;
  memoryTotal?: number;
  memoryFree?: number;
  heapTotal?: number;
  heapUsed?: number;
  bootedAt?: string;
  databaseIsLocal?: boolean;
  logFile?: string;
}
export interface ServerRow {
  id: number;
  uuid: string;
  name: string;
  address: string;
  version: string;
  state: string;
  agents: number;
  started: Date;
  seen: Date;
  stopped: Date | null;
  facts: ServerFacts;
  silentS: number;
}

const list: ListOf = { table: 'management_server', keyword: ['name', 'address'], owned: false, removable: false };
interface ServerQuery {
  page: Page;
  keyword?: string;
  id?: number;
  name?: string;
  version?: string;
}

export async function findServers(tx: Tx, query: ServerQuery): Promise<{ rows: ServerRow[]; count: number }> {
  const { ids, count } = await listIds(tx, list, {
    ...query,
    scope: { kind: 'all' },
    where: [
      query.id !== undefined && sql`t.id = ${query.id}`,
      query.name && sql`t.name = ${query.name}`,
      query.version && sql`t.version = ${query.version}`,
    ],
  });
  const rows = await tx.rows<ServerRow>(
    sql`select id, uuid, name, address, version, state, agents, started, seen, stopped, facts, extract(epoch from now() - seen)::float8 as "silentS" from management_server where id = any(${ids})`,
  );
  return { rows: inOrder(ids, rows), count };
}

/** The others, as each server sees them through the database they share. */
export const allServers = (
  tx: Tx,
): Promise<{ id: number; uuid: string; name: string; address: string; state: string; seen: Date; silentS: number }[]> =>
  tx.rows(
    sql`select id, uuid, name, address, state, seen, extract(epoch from now() - seen)::float8 as "silentS" from management_server order by id`,
  );

export const pendingJobs = async (tx: Tx): Promise<number> =>
  (await tx.one<{ n: number }>(sql`select count(*)::int as n from job where finished is null`)).n;
export const openSessions = async (tx: Tx): Promise<number> =>
  (await tx.one<{ n: number }>(sql`select count(*)::int as n from session where expires > now()`)).n;
