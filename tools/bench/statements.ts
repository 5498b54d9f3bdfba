// What statements cost a database, as PostgreSQL counts it itself (pg_stat_statements). Times are of the clock, not of the CPU:
// on a machine that is busy with other things they are longer than what they cost.
import { readFileSync } from 'node:fs';
import pg from 'pg';

/** The server must be started with these. */
export const STATEMENT_SETTINGS = {
  shared_preload_libraries: 'pg_stat_statements',
  'pg_stat_statements.track_utility': 'off',
} as const;

export interface Spent {
  text: string;
  calls: number;
  callsPerS: number;
  /** Milliseconds in each second. */
  msPerS: number;
  meanMs: number;
  /** Pages of 8 KiB looked at by one call. */
  pages: number;
}
export interface StatementWatch {
  /** From here on. */
  begin(): Promise<void>;
  /** The dearest since `begin`, and what all of them took. */
  dearest(most: number): Promise<{ all: Pick<Spent, 'callsPerS' | 'msPerS'>; dearest: Spent[] }>;
  end(): Promise<void>;
}

/** Of the embedded PostgreSQL of this folder, by its superuser. */
export async function watchStatements(dataDir: string, databaseUrl: string): Promise<StatementWatch> {
  const secrets = JSON.parse(readFileSync(`${dataDir}.secrets.json`, 'utf8')) as { postgres: string };
  const url = Object.assign(new URL(databaseUrl), { username: 'postgres', password: secrets.postgres });
  const client = new pg.Client({ connectionString: url.toString() });
  client.on('error', () => {}); // reported by the statement that is under way
  await client.connect();
  await client.query('create extension if not exists pg_stat_statements');
  let began = performance.now();
  return {
    begin: async () => {
      await client.query('select pg_stat_statements_reset()');
      began = performance.now();
    },
    dearest: async (most) => {
      const seconds = (performance.now() - began) / 1000;
      const { rows } = await client.query<{ query: string; calls: number; ms: number; pages: number }>(
        `select query, calls, total_exec_time as ms, shared_blks_hit + shared_blks_read as pages
          from pg_stat_statements where query not like '%pg_stat_statements%' order by total_exec_time desc`,
      );
      const sum = (of: 'calls' | 'ms'): number => rows.reduce((total, row) => total + Number(row[of]), 0) / seconds;
      return {
        all: { callsPerS: sum('calls'), msPerS: sum('ms') },
        dearest: rows.slice(0, most).map(({ query, calls, ms, pages }) => ({
          text: query.replace(/\s+/g, ' ').trim(),
          calls: Number(calls),
          callsPerS: Number(calls) / seconds,
          msPerS: Number(ms) / seconds,
          meanMs: Number(ms) / Number(calls),
          pages: Math.round(Number(pages) / Number(calls)),
        })),
      };
    },
    end: () => client.end(),
  };
}
