// Between jobs and commands: what a finished job's result looks like to the client, and the events of asynchronous commands.
import { ApiError, type ErrorCode, errors } from '#api/errors.ts';
import type { Response } from '#api/define.ts';
import { SEALED } from '#cloud/job/job.view.ts';
import type { Sealer } from '#kernel/seal.ts';
import type { Handler, ResultCx, World } from '#cloud/context.ts';
import { SYSTEM } from '#cloud/identity/system.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';
import { continueEvent } from '#kernel/event.ts';
import type { Tx } from '#kernel/db.ts';
import type { EngineHooks } from '#kernel/engine.ts';
import { Cancelled, type JobError, type JobRow } from '#kernel/job.ts';
import { WrongState } from '#kernel/move.ts';
import type { Outcome } from '#kernel/queue.ts';
import { callerOf } from './authenticate.ts';
import { completed, failed, started } from './event-texts.ts';
import { projector } from './serialize.ts';

/** What is kept of a failed job: a code of ours and a sentence for its owner. */
export function describeError(error: unknown): JobError {
  if (error instanceof ApiError) return { code: error.code, text: error.message };
  if (error instanceof WrongState) return { code: 'wrongState', text: error.message };
  if (error instanceof Cancelled) return { code: 'wrongState', text: error.message };
  return { code: 'internal', text: `Internal error: ${(error as Error).message}` };
}

export function jobHooks({
  handlers,
  world,
  onHint,
}: {
  handlers: ReadonlyMap<string, Handler>;
  world: () => World;
  onHint: (hint: string) => void;
}): EngineHooks {
  return {
    describe: describeError,
    onHint,
    onStart: (tx, row) => followUp(tx, row, { state: 'Started', description: started(aboutJob(row)) }),
    onFinish: async (tx, row, outcome) => {
      if (row.command === null) return outcome;
      const handler = handlers.get(row.command);
      const result =
        outcome.state === 'done' && handler
          ? await showResult(tx, { row, outcome, handler, world: world() })
          : outcome.result;
      await writeEnd(tx, row, outcome);
      return { ...outcome, result };
    },
  };
}

/** The result as the caller of the command sees it: `{noun: {…}}`, or `{success: true}`. */
async function showResult(
  tx: Tx,
  { row, outcome, handler, world }: { row: JobRow; outcome: Outcome; handler: Handler; world: World },
): Promise<unknown> {
  const { command } = handler;
  if (command.shape === 'success' || !handler.show) return { success: true };
  const identity = (await findIdentity(tx, row.user_id ?? SYSTEM.userId)) ?? (await findIdentity(tx, SYSTEM.userId));
  const caller = callerOf(identity!);
  const cx: ResultCx = { tx, caller, settings: world.settings, sealer: world.sealer };
  const shown = projector(command.returns, caller.roleType)(await handler.show(cx, outcome.result as never));
  return { [command.objectName ?? command.returns.objectName]: sealSecrets(command.returns, shown, world.sealer) };
}

/** A result is kept for as long as its job: what is secret in it is kept sealed. */
function sealSecrets(definition: Response, shown: Record<string, unknown>, sealer: Sealer): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(shown).map(([name, value]) => [
      name,
      definition.fields[name]?.secret && typeof value === 'string' ? SEALED + sealer.seal(value) : value,
    ]),
  );
}

const aboutJob = (row: JobRow): { command: string | null; uuid: string | null } => ({
  command: row.command,
  uuid: row.resource_uuid,
});

/** The next event of the line that the job's first event began. */
async function followUp(
  tx: Tx,
  row: JobRow,
  { state, level, description }: { state: 'Started' | 'Completed'; level?: 'INFO' | 'ERROR'; description: string },
): Promise<void> {
  if (row.start_event === null) return;
  await continueEvent(tx, {
    state,
    level: level ?? 'INFO',
    description,
    userId: row.user_id ?? SYSTEM.userId,
    accountId: row.account_id ?? SYSTEM.accountId,
    domainId: row.domain_id ?? SYSTEM.domainId,
    startId: row.start_event,
    resourceType: row.resource_type,
    resourceUuid: row.resource_uuid,
  });
}

const writeEnd = (tx: Tx, row: JobRow, { state, error }: Outcome): Promise<void> =>
  followUp(
    tx,
    row,
    state === 'done'
      ? { state: 'Completed', description: completed(aboutJob(row)) }
      : { state: 'Completed', level: 'ERROR', description: failed(aboutJob(row), error?.text ?? 'it was cancelled') },
  );

/** HTTP status of a job's error, as `jobresultcode` and `errorcode`. */
export const statusOf = (error: JobError): number =>
  error.code in errors ? errors[error.code as ErrorCode].status : 530;
