// Connections and transactions. Every statement of the platform goes through a `Tx`; a `Tx` that writes is a real
// transaction, and what must only happen once it is durable hangs on `afterCommit`.
// A connection that breaks is never a business error: callers see DatabaseLost and may try again.
import pg from 'pg';
import { sql, type Sql } from './sql.ts';

pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);
/** bigint[]: the driver would hand out texts. */
const INT8_ARRAY = 1016 as Parameters<typeof pg.types.getTypeParser>[0];
const readTexts = pg.types.getTypeParser(INT8_ARRAY) as (text: string) => string[];
pg.types.setTypeParser(INT8_ARRAY, (text: string) => readTexts(text).map(Number));

export interface Tx {
  rows<T>(statement: Sql): Promise<T[]>;
  /** The first row, or undefined. */
  first<T>(statement: Sql): Promise<T | undefined>;
  /** The one row there must be; anything else is a mistake of ours. */
  one<T>(statement: Sql): Promise<T>;
  /** How many rows it changed. */
  run(statement: Sql): Promise<number>;
  /** Runs once this transaction is durable, never when it is rolled back. */
  afterCommit(effect: () => void): void;
}

export interface Db {
  /** One transaction: all of `work` or nothing. Repeated by itself when PostgreSQL resolved a deadlock against it. */
  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Single statements outside a transaction: for reads that need no common snapshot. */
  read: Tx;
  close(): Promise<void>;
  readonly config: pg.PoolConfig;
  readonly pool: pg.Pool;
}

/** The database went away under a statement; whether the last commit happened is unknown. */
export class DatabaseLost extends Error {
  override name = 'DatabaseLost';
}

const RETRY_CODES = new Set(['40P01', '40001']);
const LOST_CODES = /^(08|57P0|53300|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND)/;
const LOST_TEXTS =
  /Connection terminated|connection timeout|Client has encountered a connection error|timeout exceeded when trying to connect|server closed the connection|not queryable/i;
const MAX_TRIES = 4;

export function isLost(error: unknown): boolean {
  if (error instanceof DatabaseLost) return true;
  const { code, message } = error as { code?: string; message?: string };
  return (typeof code === 'string' && LOST_CODES.test(code)) || LOST_TEXTS.test(message ?? '');
}
const errorCode = (error: unknown): string | undefined => (error as { code?: string }).code;

type Queryable = Pick<pg.ClientBase, 'query'>;

function txOn(client: Queryable, effects: (() => void)[]): Tx {
  const query = async <T>(statement: Sql): Promise<pg.QueryResult & { rows: T[] }> => {
    try {
      return await client.query(statement.compile());
    } catch (error) {
      throw isLost(error) ? new DatabaseLost('the database connection was lost', { cause: error }) : error;
    }
  };
  return {
    rows: async <T>(statement: Sql) => (await query<T>(statement)).rows,
    first: async <T>(statement: Sql) => (await query<T>(statement)).rows[0],
    one: async <T>(statement: Sql) => {
      const { rows } = await query<T>(statement);
      if (rows.length !== 1)
        throw new Error(`expected one row, found ${rows.length}: ${statement.compile().text.slice(0, 120)}`);
      return rows[0]!;
    },
    run: async (statement) => (await query(statement)).rowCount ?? 0,
    afterCommit: (effect) => void effects.push(effect),
  };
}

export interface DbOptions {
  url: string;
  /** Connections of this process at most. */
  max?: number;
  application?: string;
}

export function openDb({ url, max = 16, application = 'nephos' }: DbOptions): Db {
  const config: pg.PoolConfig = {
    connectionString: url,
    max,
    application_name: application,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    // A process that stops in the middle of a transaction must not keep its row locks.
    idle_in_transaction_session_timeout: 2_000,
    statement_timeout: 60_000,
  };
  const pool = new pg.Pool(config);
  pool.on('error', () => {}); // an idle connection broke: the pool replaces it
  pool.on('connect', (client) => client.on('error', () => {})); // also while checked out: the query in flight reports it
  const db: Db = {
    config,
    pool,
    read: txOn({ query: pool.query.bind(pool) }, []),
    tx: (work) => transaction(pool, work),
    close: () => pool.end(),
  };
  return db;
}

async function transaction<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await attemptOnce(pool, work);
    } catch (error) {
      if (attempt >= MAX_TRIES || !RETRY_CODES.has(errorCode(error) ?? '')) throw error;
    }
  }
}

async function attemptOnce<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw isLost(error) ? new DatabaseLost('no database connection', { cause: error }) : error;
  });
  const effects: (() => void)[] = [];
  let broken: Error | undefined;
  try {
    const tx = txOn(client, effects);
    await tx.run(sql`begin`);
    const result = await work(tx);
    await tx.run(sql`commit`);
    client.release();
    for (const effect of effects) effect();
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    client.release(broken ?? (isLost(error) ? true : undefined));
    throw error;
  }
}

/** A database handle whose transactions are savepoints of one transaction that never commits: for tests. */
export function insideTransaction(client: pg.PoolClient, db: Db): Db {
  let depth = 0;
  return {
    ...db,
    read: txOn(client, []),
    tx: async (work) => {
      const name = `s${(depth += 1)}`;
      const effects: (() => void)[] = [];
      await client.query(`savepoint ${name}`);
      try {
        const result = await work(txOn(client, effects));
        await client.query(`release savepoint ${name}`);
        for (const effect of effects) effect();
        return result;
      } catch (error) {
        await client.query(`rollback to savepoint ${name}`);
        throw error;
      }
    },
  };
}
