// Removes a database with whoever is in it.
import { setTimeout as pass } from 'node:timers/promises';
import pg from 'pg';

/** PostgreSQL's word for: one of the processes in it is not ours to end. Its own vacuum is, and goes away by itself. */
const NOT_OURS = '42501';
const PAUSE_MS = 100;
const TRIES = 100;

export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== NOT_OURS || tries === TRIES) throw error;
      await pass(PAUSE_MS);
    }
  }
}
