// Connections and transactions. Every statement of the platform goes through a `Tx`; a `Tx` that writes is a real
// transaction, and what must only happen once it is durable hangs on `afterCommit`.
// A connection that breaks is never a business error: callers see DatabaseLost and may try again.
import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { abandon, databaseServers } from './database-servers.ts';
import { Room, roomWanted } from './room.ts';
import { sql, type Sql } from './sql.ts';
import { currentTurn, TurnLost } from './turn.ts';

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
  /**
   * One transaction: all of `work` or nothing. Repeated by itself when PostgreSQL resolved a deadlock against it, and for a
   * while when the database is away and nothing of it can have been committed.
   */
  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The same of one statement, without the round trips of a transaction's begin and end; returns its first row. */
  alone<T>(statement: Sql): Promise<T | undefined>;
  /** Single statements outside a transaction: for reads that need no common snapshot. */
  read: Tx;
  close(): Promise<void>;
  readonly config: pg.PoolConfig;
  readonly pool: pg.Pool;
  /** On the database's disk. */
  readonly room: Room;
  /** A connection of its own, past any pooler, with a session that lasts as long as it. Not connected yet. */
  dedicated(application: string): pg.Client;
}

/** The database went away under a statement. */
export class DatabaseLost extends Error {
  override name = 'DatabaseLost';
  /** The commit was sent and not answered: it may have happened. */
  readonly uncertain: boolean;

  constructor(message: string, { cause, uncertain = false }: { cause?: unknown; uncertain?: boolean } = {}) {
    super(message, { cause });
    this.uncertain = uncertain;
  }
}

/** It is there and has no connection to spare. */
export const isCrowded = (error: unknown): boolean =>
  errorCode(error) === '53300' || (error instanceof DatabaseLost && errorCode(error.cause) === '53300');

/** The disk of the database is full: what was asked for was refused and has changed nothing. It passes, but not within moments, so
 * whoever asked is told at once. */
export class DatabaseFull extends DatabaseLost {
  override name = 'DatabaseFull';
}
const FULL_CODE = '53100';
export const isFull = (error: unknown): boolean => error instanceof DatabaseFull || errorCode(error) === FULL_CODE;

const RETRY_CODES = new Set(['40P01', '40001']);
/** 25006: a server that takes no writes, which is a standby or was demoted to one. */
const LOST_CODES = /^(08|57P0|53300|25006|25P03|ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)/;
const LOST_TEXTS =
  /Connection terminated|connection timeout|Client has encountered a connection error|timeout exceeded when trying to connect|server closed the connection|not queryable|Query read timeout|timeout expired|This socket has been ended/i;
const MAX_TRIES = 4;
/** So long a call waits for a database that is away; longer, and its caller is told. */
const PATIENCE_MS = 3_000;
const PAUSE_MS = 100;

/** Of an error of the driver. Others may look the same (a host's refused connection): where they can come from, it is
 * DatabaseLost that counts, which everything through a `Tx` is turned into. */
export function isLost(error: unknown): boolean {
  if (error instanceof DatabaseLost) return true;
  const { code, message } = error as { code?: string; message?: string };
  return (typeof code === 'string' && LOST_CODES.test(code)) || LOST_TEXTS.test(message ?? '');
}
const errorCode = (error: unknown): string | undefined => (error as { code?: string }).code;

const counting = new AsyncLocalStorage<{ statements: number }>();
/** Runs the work and counts the statements it sent: for measuring. */
export function countStatements<T>(work: () => Promise<T>): Promise<{ result: T; statements: number }> {
  const count = { statements: 0 };
  return counting.run(count, async () => ({ result: await work(), statements: count.statements }));
}

type Queryable = Pick<pg.ClientBase, 'query'>;
interface Handle {
  client: Queryable;
  effects: (() => void)[];
  /** Statements keep their names: parsed and planned once per connection. */
  prepared: boolean;
  /** Told of every loss. */
  onLost: () => void;
  onFull: () => void;
}

function txOn({ client, effects, prepared, ...told }: Handle): Tx {
  const query = async <T>(statement: Sql): Promise<pg.QueryResult & { rows: T[] }> => {
    const { text, values, name } = statement.compile();
    const count = counting.getStore();
    if (count) count.statements += 1;
    try {
      return await client.query(prepared && name !== undefined ? { text, values, name } : { text, values });
    } catch (error) {
      throw understood(error, told);
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

type Told = Pick<Handle, 'onLost' | 'onFull'>;

function understood(error: unknown, { onLost, onFull }: Told): unknown {
  if (isLost(error)) return lost(error, onLost);
  if (!isFull(error)) return error;
  onFull();
  return new DatabaseFull('the disk of the database is full', { cause: error });
}

function lost(cause: unknown, onLost: () => void): DatabaseLost {
  onLost();
  const { message } = cause as Error;
  const hint = /unsupported startup parameter/.test(message) ? POOLER_HINT : '';
  return new DatabaseLost(`the database connection was lost: ${message}${hint}`, { cause });
}
const POOLER_HINT = '; a pooler answered: set DATABASE_DIRECT_URL to the address of the database behind it';

export interface DbOptions {
  /** Of one server or of several: see database-servers.ts. */
  url: string;
  /** The same database past the pooler that `url` leads to. Given: nothing is left in a session that others will use. */
  directUrl?: string;
  /** Named statements; a pooler may hand the next one to a session that does not know the name. Default: without a pooler. */
  prepared?: boolean;
  /** Connections of this process at most. */
  max?: number;
  application?: string;
}

// A process that stops in the middle of a transaction must not keep its row locks.
const IDLE_LIMIT_MS = 2_000;
const STATEMENT_LIMIT_MS = 60_000;
/** For a server that is not there any more and cannot say so. */
const ANSWER_LIMIT_MS = STATEMENT_LIMIT_MS + 5_000;
const DEDICATED_ANSWER_LIMIT_MS = 10_000;

export function openDb(options: DbOptions): Db {
  const { url, directUrl, max = 16, application = 'nephos', prepared = directUrl === undefined } = options;
  const servers = databaseServers(url);
  const direct = directUrl === undefined ? servers : databaseServers(directUrl);
  const pooled = directUrl !== undefined;
  const config: pg.PoolConfig = {
    connectionString: servers.url,
    max,
    application_name: application,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    query_timeout: ANSWER_LIMIT_MS,
    // A pooler's sessions are not ours to set: there the limits come with each transaction.
    ...(pooled ? {} : { idle_in_transaction_session_timeout: IDLE_LIMIT_MS, statement_timeout: STATEMENT_LIMIT_MS }),
    Client: servers.Client,
  };
  const pool = new pg.Pool(config);
  pool.on('error', () => {}); // an idle connection broke: the pool replaces it
  pool.on('connect', (client) => client.on('error', () => {})); // also while checked out: the query in flight reports it
  const told: Told = { onLost: servers.doubt, onFull: () => room.refused() };
  const transactions: Transactions = { pool, begin: pooled ? BEGIN_POOLED : sql`begin`, prepared, ...told };
  const room: Room = new Room(() => lookForRoom(transactions));
  return {
    config,
    pool,
    room,
    read: guarded(txOn({ client: { query: pool.query.bind(pool) }, effects: [], prepared, ...told }), (work) =>
      transaction(transactions, work),
    ),
    tx: (work) => transaction(transactions, work),
    alone: (statement) =>
      currentTurn() || pooled ? transaction(transactions, (tx) => tx.first(statement)) : alone(transactions, statement),
    close: () => {
      room.close();
      return pool.end();
    },
    dedicated: (name) => dedicated(direct, name),
  };
}

function dedicated({ url, Client }: ReturnType<typeof databaseServers>, application: string): pg.Client {
  const client = new Client({
    connectionString: url,
    application_name: application,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    query_timeout: DEDICATED_ANSWER_LIMIT_MS,
  });
  client.on('error', () => {}); // the statement under way reports it, and 'end' follows
  return client;
}

interface Transactions extends Told {
  pool: pg.Pool;
  begin: Sql;
  prepared: boolean;
}

/** Needs room and leaves nothing: the transaction is rolled back. Where an account may not make temporary tables it cannot be told,
 * and the next statement that needs room finds out. */
async function lookForRoom(on: Transactions): Promise<void> {
  const enough = new Error('there is room');
  await attemptOnce(on, async (tx) => {
    await tx.run(roomWanted);
    throw enough;
  }).catch((error: unknown) => {
    if (isLost(error)) throw error;
  });
}
const BEGIN_POOLED = sql.raw(
  `begin; set local idle_in_transaction_session_timeout = ${IDLE_LIMIT_MS}; set local statement_timeout = ${STATEMENT_LIMIT_MS}`,
);

/** Inside a keeper's turn a transaction holds on to it: whoever takes it over waits until this one has ended. */
async function keepTurn(tx: Tx): Promise<void> {
  const turn = currentTurn();
  if (!turn) return;
  const ours = await tx.first(sql`select 1 from keeper where name = ${turn.name} and epoch = ${turn.epoch} for share`);
  if (!ours) throw new TurnLost(turn);
}

const WRITES = /\b(insert|update|delete)\b/i;
/** Single statements that write are transactions where a turn must be held. */
function guarded(read: Tx, transact: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>): Tx {
  const way = <T>(statement: Sql, work: (tx: Tx) => Promise<T>): Promise<T> =>
    currentTurn() && WRITES.test(statement.compile().text) ? transact(work) : work(read);
  return {
    rows: (statement) => way(statement, (tx) => tx.rows(statement)),
    first: (statement) => way(statement, (tx) => tx.first(statement)),
    one: (statement) => way(statement, (tx) => tx.one(statement)),
    run: (statement) => way(statement, (tx) => tx.run(statement)),
    afterCommit: (effect) => read.afterCommit(effect),
  };
}

const transaction = <T>(on: Transactions, work: (tx: Tx) => Promise<T>): Promise<T> =>
  retried(() => whileAway(() => attemptOnce(on, work)));

/** What PostgreSQL resolved a deadlock against is done again. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= MAX_TRIES || !RETRY_CODES.has(errorCode(error) ?? '')) throw error;
    }
  }
}

/** Repeats what the database was lost under, for a while, if none of it can have been committed. */
export async function whileAway<T>(work: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + PATIENCE_MS; ;) {
    try {
      return await work();
    } catch (error) {
      const passes = error instanceof DatabaseLost && !isFull(error) && !error.uncertain;
      if (!passes || Date.now() > until) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, PAUSE_MS * (0.5 + Math.random()));
      });
    }
  }
}

/** Lost under way it may have been committed; before, it is tried again. */
const alone = <T>(on: Transactions, statement: Sql): Promise<T | undefined> =>
  retried(() =>
    whileAway(async () => {
      const client = await connect(on);
      try {
        const row = await txOn({ ...on, client, effects: [] }).first<T>(statement);
        client.release();
        return row;
      } catch (error) {
        if (!isLost(error) || isFull(error)) {
          client.release();
          throw error;
        }
        abandon(client);
        client.release(true);
        throw new DatabaseLost('the database was lost under a statement', { cause: error, uncertain: true });
      }
    }),
  );

const connect = ({ pool, onLost }: Transactions): Promise<pg.PoolClient> =>
  pool.connect().catch((error: unknown) => {
    throw isLost(error) ? lost(error, onLost) : error;
  });

async function attemptOnce<T>(on: Transactions, work: (tx: Tx) => Promise<T>): Promise<T> {
  const { begin, prepared, onLost, onFull } = on;
  const client = await connect(on);
  const effects: (() => void)[] = [];
  try {
    const tx = txOn({ client, effects, prepared, onLost, onFull });
    await tx.run(begin);
    await keepTurn(tx);
    const result = await work(tx);
    await commit(tx);
    client.release();
    for (const effect of effects) effect();
    return result;
  } catch (error) {
    await giveUp(client, error);
    throw error;
  }
}

async function commit(tx: Tx): Promise<void> {
  try {
    await tx.run(sql`commit`);
  } catch (error) {
    if (!isLost(error) || isFull(error)) throw error;
    throw new DatabaseLost('the database was lost while it committed', { cause: error, uncertain: true });
  }
}

/** A connection that was lost is not asked to roll back: it may never answer. */
async function giveUp(client: pg.PoolClient, error: unknown): Promise<void> {
  if (isLost(error) && !isFull(error)) {
    abandon(client);
    client.release(true);
    return;
  }
  let broken: Error | undefined;
  await client.query('rollback').catch((failure: Error) => {
    broken = failure;
  });
  client.release(broken);
}

const UNTOLD: Told = { onLost: () => {}, onFull: () => {} };
/** Statements on a connection of the caller's, in whatever transaction it is. */
export const statementsOn = (client: pg.ClientBase): Tx => txOn({ client, effects: [], prepared: false, ...UNTOLD });

/** A database handle whose transactions are savepoints of one transaction that never commits: for tests. */
export function insideTransaction(client: pg.PoolClient, db: Db): Db {
  let depth = 0;
  return {
    ...db,
    read: txOn({ client, effects: [], prepared: true, ...UNTOLD }),
    alone: (statement) => txOn({ client, effects: [], prepared: true, ...UNTOLD }).first(statement),
    tx: async (work) => {
      const name = `s${(depth += 1)}`;
      const effects: (() => void)[] = [];
      await client.query(`savepoint ${name}`);
      try {
        const result = await work(txOn({ client, effects, prepared: true, ...UNTOLD }));
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
