// Rows of management servers, for people: who they are, whether they live, what they hold, what they tell of themselves.
import type { Tx } from '#kernel/db.ts';
import { anyOf, inOrder, listIds, type ListOf, type Page } from '#kernel/list.ts';
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
  servicePort: number | null;
  run: number;
  version: string;
  /** As it was last written; see `stateOf`. */
  state: string;
  /** It joined, and its proof of life in the database is gone. */
  dead: boolean;
  silentS: number;
  worker: number | null;
  roles: string[];
  started: Date;
  seen: Date;
  stopped: Date | null;
  facts: ServerFacts;
  lastAgents: string[];
}

/** As people see it: one that died says nothing of it. */
export const stateOf = (
  { state, dead, silentS }: Pick<ServerRow, 'state' | 'dead' | 'silentS'>,
  thresholdS: number,
): string => (dead || silentS > thresholdS ? 'Down' : state);

const columns = sql`m.id, m.uuid, m.name, m.address, m.service_port as "servicePort", m.run, m.version, m.state, m.worker, m.roles, m.started, m.seen, m.stopped, m.facts,
  m.last_agents as "lastAgents", extract(epoch from clock_timestamp() - m.seen)::float8 as "silentS",
  m.worker is not null and not exists (select 1 from worker w where w.id = m.worker) as dead`;

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
  const rows = await tx.rows<ServerRow>(sql`select ${columns} from management_server m where m.id = ${anyOf(ids)}`);
  return { rows: inOrder(ids, rows), count };
}

/** The others, as each server sees them through the database they share. */
export const allServers = (tx: Tx): Promise<ServerRow[]> =>
  tx.rows(sql`select ${columns} from management_server m order by m.id`);

/** Waits for whoever moves it now. */
export const lockServer = (tx: Tx, id: number): Promise<ServerRow> =>
  tx.one(sql`select ${columns} from management_server m where m.id = ${id} for update of m`);
export const lockServers = (tx: Tx): Promise<ServerRow[]> =>
  tx.rows(sql`select ${columns} from management_server m order by m.id for update of m`);
export const serverById = (tx: Tx, id: number): Promise<ServerRow> =>
  tx.one(sql`select ${columns} from management_server m where m.id = ${id}`);

/** What servers hold, by their ids: hosts that are linked to this run, jobs that its worker runs. */
export async function loadsOf(
  tx: Tx,
  ids: readonly number[],
): Promise<Map<number, { agents: string[]; jobs: number }>> {
  const rows = await tx.rows<{ id: number; agents: string[]; jobs: number }>(sql`
    select m.id,
      array(select h.uuid::text from host_link l join host h on h.id = l.host_id and h.removed is null
        where l.server_id = m.id and l.run = m.run order by h.id) as agents,
      (select count(*)::int from job j where j.state = 'running' and j.owner = m.worker) as jobs
    from management_server m where m.id = ${anyOf(ids)}`);
  return new Map(rows.map(({ id, agents, jobs }) => [id, { agents, jobs }]));
}

export const changeState = (
  tx: Tx,
  id: number,
  change: { state: string; forced?: boolean; draws?: boolean; lastAgents?: readonly string[] },
): Promise<number> =>
  tx.run(
    sql`update management_server set ${sql.set({
      state: change.state,
      forced: change.forced,
      draws: change.draws,
      last_agents: change.lastAgents,
      state_since: sql`now()`,
    })} where id = ${id}`,
  );
export const removeServer = (tx: Tx, id: number): Promise<number> =>
  tx.run(sql`delete from management_server where id = ${id}`);

export const openSessions = async (tx: Tx): Promise<number> =>
  (await tx.one<{ n: number }>(sql`select count(*)::int as n from session where expires > now()`)).n;
