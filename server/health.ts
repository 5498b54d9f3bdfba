// Whether this server should be sent work: what load balancers and supervisors ask. Living is another question: whoever
// answers lives, and a server whose database is away must not be killed for it.
import { databaseState, type DatabaseState } from './server.store.ts';
import { isCrowded, type Db } from '#kernel/db.ts';

export interface Readiness {
  /** Why not, one sentence each; none: ready. */
  readonly problems: readonly string[];
  /** False where the server answers only and runs no jobs. */
  readonly runsJobs: boolean;
}

const PATIENCE_MS = 3_000;

export async function readiness({
  db,
  engine,
  draining,
}: {
  db: Db;
  engine: { registered: boolean } | undefined;
  draining: boolean;
}): Promise<Readiness> {
  const problems: string[] = [];
  if (draining) problems.push('this server is about to stop and takes no new work');
  const state = await withinPatience(databaseState(db.read));
  if (state === undefined) problems.push(`the database did not answer within ${PATIENCE_MS / 1000} seconds`);
  else if (isCrowded(state)) problems.push('the database has no connection to spare: its max_connections is reached');
  else if (state instanceof Error) problems.push(`the database cannot be reached (${codeOf(state)})`);
  else if (!state.writable) problems.push('the database takes no changes: it is a standby or read-only');
  if (db.room.full) problems.push('the disk of the database is full: what is asked for is refused until there is room');
  if (engine && !engine.registered) problems.push('the engine is not registered in the database and runs no jobs');
  return { problems, runsJobs: engine !== undefined };
}

/** A message could tell where the database is; a code is enough. */
function codeOf(error: Error): string {
  const from = (error.cause ?? error) as { code?: unknown };
  return typeof from.code === 'string' ? from.code : error.name;
}

async function withinPatience(asked: Promise<DatabaseState>): Promise<DatabaseState | Error | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  try {
    return await Promise.race([asked.catch((error: unknown) => error as Error), late]);
  } finally {
    clearTimeout(timer);
  }
}
