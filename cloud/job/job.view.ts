// How a job looks in an answer: CloudStack's form, and beside it how far it is.
import { errors, maskedText, type ErrorCode, type ErrorKind } from '#api/errors.ts';
import type { Command, Shape } from '#api/define.ts';
import { commands } from '#api/commands.ts';
import type { asyncJobResponse, jobStepResponse } from '#api/job/responses.ts';
import { shownPath } from '../domain/shown-path.ts';
import type { JobView, StepView } from './job.store.ts';

const STATUS: Record<string, number> = { queued: 0, running: 0, done: 1, failed: 2, cancelled: 2 };
const CLASS_PREFIX = 'org.apache.cloudstack.api.command.';

/** CloudStack's class of the command, which old clients read the kind of job from. */
function classOf(name: string | null): string | undefined {
  const command = name === null ? undefined : (commands as Record<string, Command>)[name];
  if (!command?.javaClass) return name ?? undefined;
  return command.javaClass.startsWith('org.') || command.javaClass.startsWith('com.')
    ? command.javaClass
    : CLASS_PREFIX + command.javaClass;
}

/** Secrets inside a result are stored sealed; `open` reads one. A failure tells others than root no more than a refused call does. */
export function jobView(
  job: JobView,
  steps: readonly StepView[],
  { open, isRoot }: { open: (sealed: string) => string; isRoot: boolean },
): Shape<typeof asyncJobResponse> {
  const status = STATUS[job.state] ?? 0;
  return {
    accountid: job.accountUuid,
    account: job.accountName,
    domainid: job.domainUuid,
    domainpath: shownPath(job.domainPath),
    userid: job.userUuid,
    cmd: classOf(job.command),
    jobid: job.uuid,
    jobstatus: status,
    jobprocstatus: 0,
    jobresultcode: status === 2 ? errorCode(job) : 0,
    created: job.created,
    ...(status === 0
      ? {}
      : { completed: job.finished, jobresulttype: 'object', jobresult: resultOf(job, { open, isRoot }) }),
    jobinstancetype: job.resourceType,
    jobinstanceid: job.resourceUuid,
    progress: progressOf(job, steps),
    steps: timeline(job, steps, { isRoot }),
  };
}

const errorCode = ({ error }: JobView): number =>
  error && error.code in errors ? errors[error.code as ErrorCode].status : 530;

function errorText({ error }: JobView, isRoot: boolean): string {
  if (!error) return 'The job was cancelled';
  const kind: ErrorKind = error.code in errors ? errors[error.code as ErrorCode] : errors.internal;
  return kind.masked && !isRoot ? maskedText : error.text;
}

function resultOf(
  job: JobView,
  { open, isRoot }: { open: (sealed: string) => string; isRoot: boolean },
): Record<string, unknown> {
  if (STATUS[job.state] === 1) return openSecrets(job.result ?? { success: true }, open);
  return { errorcode: errorCode(job), errortext: errorText(job, isRoot) };
}

/** The mark of a sealed value inside a stored result. */
export const SEALED = 'sealed:';

function openSecrets(result: Record<string, unknown>, open: (sealed: string) => string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => {
      if (typeof value === 'string' && value.startsWith(SEALED)) return [name, open(value.slice(SEALED.length))];
      return [
        name,
        value !== null && typeof value === 'object' && !Array.isArray(value)
          ? openSecrets(value as Record<string, unknown>, open)
          : value,
      ];
    }),
  );
}

/** Steps of a workflow are not known in advance: what is done weighs less the more there is. */
function progressOf(job: JobView, steps: readonly StepView[]): number {
  if (job.finished) return 100;
  const done = steps.filter((step) => step.done && !step.undone).length;
  return Math.min(95, Math.round(100 * (1 - 0.8 ** (done + job.percent / 100))));
}

type Shown = Shape<typeof jobStepResponse>;

/** The walk of a job from its first step to its last undo, in the order of time; the same while it runs and after its end. */
export function timeline(job: JobView, steps: readonly StepView[], { isRoot }: { isRoot: boolean }): Shown[] {
  const shown: Shown[] = steps
    .filter((step) => step.done)
    .map(({ name, undone, started, ended }) => ({
      name,
      state: undone ? 'undone' : 'done',
      started,
      ended,
      percent: 100,
    }));
  const failed = job.error?.step;
  if (failed)
    shown.push({
      name: failed.name,
      state: 'failed',
      started: new Date(failed.started),
      ended: new Date(failed.ended),
      text: errorText(job, isRoot),
    });
  shown.push(...undosOf(steps, isRoot));
  const now = runningStep(job, shown);
  return now ? [...shown, now] : shown;
}

const undosOf = (steps: readonly StepView[], isRoot: boolean): Shown[] =>
  steps
    .filter((step) => step.undoEnded !== null)
    .toSorted((a, b) => a.undoEnded!.getTime() - b.undoEnded!.getTime())
    .map(({ name, undoStarted, undoEnded, undoError }) => ({
      name: `undo ${name}`,
      state: undoError === null ? 'done' : 'failed',
      started: undoStarted,
      ended: undoEnded,
      ...(undoError === null ? { percent: 100 } : { text: isRoot ? undoError : maskedText }),
    }));

function runningStep(job: JobView, shown: readonly Shown[]): Shown | undefined {
  const [name, ...text] = (job.doing ?? '').split(': ');
  if (job.finished || !name || shown.some((step) => step.name === name)) return undefined;
  return {
    name,
    state: job.undoing ? 'undoing' : 'running',
    started: job.doingSince,
    percent: job.percent,
    ...(text.length > 0 ? { text: text.join(': ') } : {}),
  };
}
