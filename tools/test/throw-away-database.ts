// The PostgreSQL that a test run uses: DATABASE_URL's, or one of its own that does not care about a crash and is gone
// afterwards. A run that was killed leaves its server running; the next run ends and removes it.
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPostgres, stopPostgres } from '#server/postgres.ts';

export type TestDatabase = { url: string; remove: () => Promise<void> };

const PREFIX = 'nephos-test-';

export async function openTestDatabase(): Promise<TestDatabase> {
  const given = process.env.DATABASE_URL;
  if (given) return { url: given, remove: async () => {} };
  await removeLeftovers();
  const folder = await mkdtemp(path.join(tmpdir(), `${PREFIX}${process.pid}-`));
  await chmod(folder, 0o755); // as root the server runs as somebody else
  const remove = () => removeServer(folder);
  try {
    const { url } = await startPostgres({ dataDir: path.join(folder, 'db'), durable: false });
    return { url, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function removeServer(folder: string): Promise<void> {
  await stopPostgres(path.join(folder, 'db'));
  await rm(folder, { recursive: true, force: true });
}

async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = name.startsWith(PREFIX) ? /^\d+(?=-)/.exec(name.slice(PREFIX.length))?.[0] : undefined;
    if (!pid || existsSync(`/proc/${pid}`)) continue;
    const folder = path.join(tmpdir(), name);
    if ((await stat(folder)).uid === process.getuid!()) await removeServer(folder);
  }
}
