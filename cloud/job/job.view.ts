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
    steps: stepsView(job, steps),
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
  const done = steps.filter((step) => !step.undone).length;
  return Math.min(95, Math.round(100 * (1 - 0.8 ** (done + job.percent / 100))));
}

function stepsView(job: JobView, steps: readonly StepView[]): Shape<typeof jobStepResponse>[] {
  const shown: Shape<typeof jobStepResponse>[] = steps.map((step) => ({
    name: step.name,
    state: step.undone ? 'undone' : 'done',
    started: step.started,
    ended: step.ended,
    percent: 100,
  }));
  const [name, ...text] = (job.doing ?? '').split(': ');
  if (!job.finished && name && !steps.some((step) => step.name === name)) {
    shown.push({
      name,
      state: job.undoing ? 'undoing' : 'running',
      started: job.doingSince,
      percent: job.percent,
      ...(text.length > 0 ? { text: text.join(': ') } : {}),
    });
  }
  return shown;
}
