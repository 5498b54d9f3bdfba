// What is there before anything of a server runs: the database, brought up to date, and what is read from it.
import { fileURLToPath } from 'node:url';
import { settingDefinitions } from '#cloud/config/definitions.ts';
import { openPermissions, type Permissions } from '#cloud/identity/permissions.ts';
import { seed } from '#cloud/seed.ts';
import { keepClock } from '#kernel/clock.ts';
import { openDb, type Db } from '#kernel/db.ts';
import { Freshness } from '#kernel/fresh.ts';
import { isContract, migrate, readMigrations } from '#kernel/migrate.ts';
import { makeSealer, type Sealer } from '#kernel/seal.ts';
import { openSettings, type Settings } from '#kernel/settings.ts';
import { openAuthority, type Authority } from './authority.ts';

const SCHEMA = fileURLToPath(new URL('../schema/', import.meta.url));

export interface GroundConfig {
  databaseUrl: string;
  databaseDirectUrl?: string;
  key: Buffer;
  listen: { host: string; port: number };
  adminPassword: string;
}

export interface Ground {
  db: Db;
  sealer: Sealer;
  settings: Settings;
  permissions: Permissions;
  freshness: Freshness;
  authority: Authority;
  created: boolean;
  /** Keeps this process's idea of the database's time. */
  clock: { close(): void };
  /** Schema changes of this release that take something away. */
  contracts: readonly string[];
}

export async function layGround(config: GroundConfig): Promise<Ground> {
  const { databaseUrl: url, databaseDirectUrl: directUrl } = config;
  await migrate(directUrl ?? url, SCHEMA);
  const db = openDb(directUrl === undefined ? { url } : { url, directUrl });
  const clock = await keepClock(db);
  const sealer = makeSealer(config.key);
  const { host, port } = config.listen;
  const { created } = await seed(db, {
    adminPassword: config.adminPassword,
    endpoint: `http://${host}:${port}/client/`,
  });
  const freshness = new Freshness(db);
  const [settings, permissions, authority] = await Promise.all([
    openSettings(db, settingDefinitions, freshness),
    openPermissions(db, freshness),
    openAuthority(db, sealer),
  ]);
  const contracts = (await readMigrations(SCHEMA)).map(({ name }) => name).filter(isContract);
  return { db, sealer, settings, permissions, freshness, authority, created, contracts, clock };
}

export async function leaveGround({ db, clock, settings, permissions }: Ground): Promise<void> {
  clock.close();
  settings.close();
  permissions.close();
  await db.close();
}
