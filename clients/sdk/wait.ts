// Waiting for an asynchronous job: polls soon, then less and less often, and tells how far it is.
// Invariant: the caller hears of every change it is told of, and a finished job ends the wait exactly once.
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiFailure, ConnectionFailure, JobUnfinished } from './failure.ts';
import type { Answer, Transport } from './transport.ts';

export interface Step {
  readonly name: string;
  readonly state: string;
  readonly ended: boolean;
  readonly percent?: number;
  /** What it is doing, in words. */
  readonly text?: string;
}
export interface Progress {
  readonly jobId: string;
  /** 0 to 100, where the server tells it. */
  readonly percent?: number;
  /** In their order; empty where the server tells none (CloudStack itself does not). */
  readonly steps: readonly Step[];
}

export interface WaitOptions {
  onProgress?: (progress: Progress) => void;
  /** Default 1800. */
  timeoutS?: number;
  signal?: AbortSignal;
  /** Pause before the first poll; it grows by half to `slowestMs`. Default 250. */
  firstMs?: number;
  /** Default 5000. */
  slowestMs?: number;
}

/** A job goes on while its cloud cannot be asked: servers are upgraded, a database fails over. */
const UNREACHED_S = 60;

async function ask(transport: Transport, jobId: string, untilMs: number): Promise<Answer> {
  for (;;) {
    try {
      return await transport.send('queryAsyncJobResult', { jobid: jobId }, 'GET');
    } catch (error) {
      const passes = error instanceof ConnectionFailure || (error instanceof ApiFailure && error.status === 503);
      if (!passes || performance.now() > untilMs) throw error;
      await sleep(500);
    }
  }
}

const FAILED_OR_CANCELLED = [2, 3];

/** What the job made, as `jobresult` has it. Throws ApiFailure when the job failed. */
export async function waitForJob(transport: Transport, jobId: string, options: WaitOptions = {}): Promise<Answer> {
  const { timeoutS = 1800, firstMs = 250, slowestMs = 5000, signal } = options;
  const deadlineMs = performance.now() + timeoutS * 1000;
  for (let pauseMs = firstMs; performance.now() < deadlineMs; pauseMs = Math.min(slowestMs, pauseMs * 1.5)) {
    await sleep(pauseMs, undefined, { signal });
    const job = await ask(transport, jobId, performance.now() + UNREACHED_S * 1000);
    options.onProgress?.(progressOf(jobId, job));
    if (job.jobstatus === 1) return resultOf(job);
    if (FAILED_OR_CANCELLED.includes(job.jobstatus as number)) throw failureOf(jobId, job);
  }
  throw new JobUnfinished(jobId, timeoutS);
}

const resultOf = (job: Answer): Answer =>
  typeof job.jobresult === 'object' && job.jobresult !== null ? (job.jobresult as Answer) : {};

function failureOf(jobId: string, job: Answer): ApiFailure {
  const result = resultOf(job);
  const code = Number(result.errorcode ?? job.jobresultcode ?? 530);
  const why = result.errortext ?? job.jobresult;
  const text =
    typeof why === 'string' ? why : job.jobstatus === 3 ? 'the job was cancelled' : 'the job failed without a reason';
  return new ApiFailure({ status: code, code, text, jobId });
}

function progressOf(jobId: string, job: Answer): Progress {
  const steps = (Array.isArray(job.steps) ? job.steps : []).flatMap(stepOf);
  return { jobId, steps, ...(typeof job.progress === 'number' ? { percent: job.progress } : {}) };
}

function stepOf(step: unknown): Step[] {
  const { name, state, ended, percent, text } = step as Record<string, unknown>;
  if (typeof name !== 'string') return [];
  const told = { ...(typeof percent === 'number' ? { percent } : {}), ...(typeof text === 'string' ? { text } : {}) };
  return [{ name, state: typeof state === 'string' ? state : '', ended: typeof ended === 'string', ...told }];
}
