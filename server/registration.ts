// This server's row among the cloud's servers, for people to see; kept fresh while it runs.
import type { Db } from '#kernel/db.ts';
import { beat, register, signOff } from './server.store.ts';
import { measurer } from './measure.ts';
import { VERSION } from './serialize.ts';

export interface Registration {
  readonly uuid: string;
  end(): Promise<void>;
}
const BEAT_MS = 10_000;

export async function registerServer(
  db: Db,
  { name, address, hub }: { name: string; address: string; hub: { size: number; certificateExpires: Date } },
): Promise<Registration> {
  const measure = measurer({
    databaseHost: hostOf(db.config.connectionString),
    certificateExpires: hub.certificateExpires,
    folder: process.cwd(),
  });
  const { uuid } = await register(db.read, { name, address, version: VERSION, facts: measure() });
  const timer = setInterval(() => {
    beat(db.read, { uuid, agents: hub.size, facts: measure() }).catch(() => {});
  }, BEAT_MS);
  timer.unref();
  return {
    uuid,
    end: async () => {
      clearInterval(timer);
      await signOff(db.read, uuid).catch(() => {});
    },
  };
}

function hostOf(url: string | undefined): string | undefined {
  try {
    return url === undefined ? undefined : new URL(url).hostname || undefined;
  } catch {
    return undefined;
  }
}
