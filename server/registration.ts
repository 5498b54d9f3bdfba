// This server's row among the cloud's servers, for people to see; kept fresh while it runs.
import type { Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { measurer } from './measure.ts';
import { VERSION } from './serialize.ts';

export interface Registration { readonly uuid: string; end(): Promise<void> }
const BEAT_MS = 10_000;

export async function registerServer(db: Db, { name, address, hub }: { name: string; address: string; hub: { size: number } }): Promise<Registration> {
  const measure = measurer({ databaseHost: hostOf(db.config.connectionString) });
  const { uuid } = await db.read.one<{ uuid: string }>(sql`insert into management_server(name, address, version, facts) values (${name}, ${address}, ${VERSION}, ${JSON.stringify(measure())})
    on conflict (name) do update set address = excluded.address, version = excluded.version, facts = excluded.facts, state = 'Up', started = now(), seen = now() returning uuid`);
  const timer = setInterval(() => { db.read.run(sql`update management_server set seen = now(), state = 'Up', agents = ${hub.size}, facts = ${JSON.stringify(measure())} where uuid = ${uuid}`).catch(() => {}); }, BEAT_MS);
  timer.unref();
  return {
    uuid,
    end: async () => { clearInterval(timer); await db.read.run(sql`update management_server set state = 'Down', agents = 0, stopped = now() where uuid = ${uuid}`).catch(() => {}); },
  };
}

export const alive = async (db: Db): Promise<boolean> => db.read.first(sql`select 1`).then(() => true, () => false);

function hostOf(url: string | undefined): string | undefined {
  try {
    return url === undefined ? undefined : new URL(url).hostname || undefined;
  } catch {
    return undefined;
  }
}
