// A worker among others: it is written down, proves that it lives, and finds out who does not. A worker lives while it holds an
// advisory lock on a connection of its own (the database lets go of it the moment the process dies) and its beat is fresh (for
// a process that is paused or cut off). Invariant: a worker that was declared dead goes on under another identity only.
import type pg from 'pg';
import { abandon } from './database-servers.ts';
import type { Db } from './db.ts';
import type { Log } from './log.ts';
import { ALIVE } from './migrate.ts';

const CHANNEL = 'nephos';
const HINT_PAUSE_MS = 5;
const MAX_HINT = 7_900;
/** Between attempts to sign on again: many servers may be at it, and the database have no connection to spare. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

export interface PresenceOptions {
  db: Db;
  log: Log;
  name: string;
  /** Schema changes that take something away and that this release knows. */
  contracts: readonly string[];
  /** The kinds of jobs that it runs, with their versions. */
  kinds: ReadonlyMap<string, number>;
  leaseMs: number;
  /** Every hint of every process, one by one. */
  heard: (hint: string) => void;
  /** The connection that hears hints was lost and is back: some may have been missed. */
  deaf: () => void;
}

/** The jobs of dead workers are put back in line under a new epoch: of many who look, each job by one. */
const BEAT = `
  with mine as (update worker set beat = clock_timestamp() where id = $1 returning 1),
    dead as (delete from worker w where id <> $1 and (beat < clock_timestamp() - $2::int * interval '1 millisecond' or not exists (
      select 1 from pg_locks l where l.locktype = 'advisory' and l.classid = $3 and l.objid = w.id::int::oid
        and l.database = (select oid from pg_database where datname = current_database()))) returning id),
    lost as (select id from job where state = 'running' and owner <> $1
      and (owner in (select id from dead) or owner not in (select id from worker)) for update skip locked),
    back as (update job set state = 'queued', owner = null, epoch = epoch + 1,
      broken = broken + 1, run_at = now() + case when attempts > 3 then least(attempts, 60) else 0 end * interval '1 second' where id in (select id from lost) returning id)
  select (select count(*)::int from mine) as mine, (select count(*)::int from back) as taken`;

export class Presence {
  readonly #options: PresenceOptions;
  readonly #hints = new Set<string>();
  #live: pg.Client | undefined;
  /** One statement after the other on the one connection. */
  #turn: Promise<unknown> = Promise.resolve();
  #worker = 0;
  #hintTimer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  get worker(): number {
    return this.#worker;
  }
  /** Written down and connected. */
  get here(): boolean {
    return this.#live !== undefined;
  }

  async start(): Promise<void> {
    const client = this.#options.db.dedicated('nephos-live');
    try {
      await this.#signOn(client);
    } catch (error) {
      abandon(client);
      throw error;
    }
  }

  async #signOn(client: pg.Client): Promise<void> {
    await client.connect();
    const { rows } = await client.query<{ id: number }>(
      'with w as (insert into worker(name, version, contracts, kinds) values ($1, 1, $3, $4) returning id) select id, pg_advisory_lock($2::int, id::int) from w',
      [this.#options.name, ALIVE, this.#options.contracts, JSON.stringify(Object.fromEntries(this.#options.kinds))],
    );
    await client.query(`listen ${CHANNEL}`);
    client.on('notification', ({ payload }) => {
      for (const hint of (payload ?? '').split(' ')) this.#options.heard(hint);
    });
    client.on('end', () => {
      if (this.#live === client) void this.#startAgain();
    });
    this.#live = client;
    this.#worker = rows[0]!.id;
  }

  async #startAgain(): Promise<void> {
    this.#live = undefined;
    for (
      let pauseMs = FIRST_PAUSE_MS;
      !this.#ended && !this.#live;
      pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)
    ) {
      try {
        await this.start();
        this.#options.log.info({ worker: this.#worker }, 'worker.registered');
        this.#options.deaf();
      } catch {
        await new Promise((resolve) => {
          setTimeout(resolve, pauseMs * (1 + Math.random()));
        });
      }
    }
  }

  /** Its connection is gone without a word, or to a server that takes no writes any more: it looks for another. */
  doubt(): void {
    if (this.#live) abandon(this.#live);
  }

  /** Renews this worker's lease and puts the jobs of dead workers back in line; how many. */
  async beat(): Promise<number> {
    const live = this.#live;
    if (!live) return 0;
    const { rows } = await this.#ask<{ mine: number; taken: number }>(live, {
      name: 'beat',
      values: [this.#worker, this.#options.leaseMs, ALIVE],
      text: BEAT,
    });
    const { mine, taken } = rows[0]!;
    if (taken > 0) this.#options.log.info({ jobs: taken }, 'jobs.taken-over');
    if (mine === 0 && this.#live === live) {
      // declared dead while paused: go on under a new identity
      live.removeAllListeners('end');
      await this.#startAgain();
      await live.end().catch(() => {});
    }
    return taken;
  }

  /** Tells every process, soon and at most once: for waking and for watchers, never for truth. */
  hint(text: string): void {
    this.#hints.add(text);
    this.#hintTimer ??= setTimeout(() => {
      this.#hintTimer = undefined;
      const payload = [...this.#hints].join(' ').slice(0, MAX_HINT);
      this.#hints.clear();
      const live = this.#live;
      if (live) this.#ask(live, { text: 'select pg_notify($1, $2)', values: [CHANNEL, payload] }).catch(() => {});
    }, HINT_PAUSE_MS);
  }

  #ask<T extends pg.QueryResultRow>(live: pg.Client, query: pg.QueryConfig): Promise<pg.QueryResult<T>> {
    const answer = this.#turn.then(() => live.query<T>(query));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  /** Its jobs must have ended or been given back: nobody looks after them as its. */
  async end(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#hintTimer);
    const live = this.#live;
    this.#live = undefined;
    live?.removeAllListeners('end');
    if (live)
      await this.#ask(live, { text: 'delete from worker where id = $1', values: [this.#worker] }).catch(() => {});
    await live?.end().catch(() => {});
  }
}
