// Jobs as the console follows them: those started here are remembered in this browser with the words they were started with,
// those of others come from the server. A reload forgets none.
import { queryOptions } from '@tanstack/react-query';
import { cell } from '../cell.ts';
import { send } from '../api/call.ts';
import { listThings } from '../api/entities.ts';
import { session } from '../api/session.ts';
import type { Page } from '../api/types.ts';
import { jobKey, jobsKey } from '../live/job-news.ts';
import { link } from '../live/link.ts';

export type JobState = 'running' | 'done' | 'failed' | 'cancelled';

export interface Step {
  readonly name: string;
  readonly state?: string;
  readonly percent?: number;
  readonly text?: string;
  readonly started?: string;
  readonly ended?: string;
}

/** A job as queryAsyncJobResult and listAsyncJobs answer it. */
export interface Job {
  readonly jobid: string;
  readonly jobstatus: number;
  readonly cmd?: string;
  readonly created?: string;
  readonly completed?: string;
  readonly jobinstancetype?: string;
  readonly jobinstanceid?: string;
  readonly jobresultcode?: number;
  readonly jobresult?: Readonly<Record<string, unknown>>;
  readonly progress?: number;
  readonly steps?: readonly Step[];
}

/** A job that was started in this browser. */
export interface Started {
  readonly id: string;
  /** «Start web-1». */
  readonly title: string;
  readonly entity?: string;
  readonly objectId?: string;
  readonly at: number;
  /** How it ended, once that has been said. */
  readonly told?: Exclude<JobState, 'running'> | 'gone';
}

const KEPT = 40;
const RUNNING_MS = 2000;
const SURE_MS = 15_000;

const storageKey = (): string => `nephos.jobs.${session.get()?.userId ?? ''}`;
export const startedJobs = cell<readonly Started[]>(read());
session.watch(() => startedJobs.set(read()));

function read(): readonly Started[] {
  try {
    return JSON.parse(localStorage.getItem(storageKey()) ?? '[]') as Started[];
  } catch {
    return [];
  }
}

function keep(jobs: readonly Started[]): void {
  const kept = jobs.slice(0, KEPT);
  localStorage.setItem(storageKey(), JSON.stringify(kept));
  startedJobs.set(kept);
}

export function remember(job: Omit<Started, 'at'>): void {
  keep([{ ...job, at: Date.now() }, ...startedJobs.get().filter(({ id }) => id !== job.id)]);
}

/** Marks the end of a job as told. False when another component was first. */
export function markTold(id: string, told: NonNullable<Started['told']>): boolean {
  if (!startedJobs.get().some((job) => job.id === id && !job.told)) return false;
  keep(startedJobs.get().map((job) => (job.id === id ? { ...job, told } : job)));
  return true;
}

export const stateOf = ({ jobstatus }: Job): JobState =>
  (['running', 'done', 'failed', 'cancelled'] as const)[jobstatus] ?? 'running';

/** Pushed when there is a stream, and asked for now and then all the same; asked for often when there is none. */
export const jobQuery = (id: string) =>
  queryOptions({
    queryKey: jobKey(id),
    queryFn: async ({ signal }): Promise<Job> =>
      (await send('queryAsyncJobResult', { jobid: id }, signal)) as unknown as Job,
    refetchInterval: ({ state: { data, status } }) => {
      if (status === 'error' || (data && data.jobstatus !== 0)) return false;
      return link.get().kind === 'live' ? SURE_MS : RUNNING_MS;
    },
    staleTime: 1000,
  });

const RECENT = 20;

/** The newest jobs that the caller may see, newest first. The API lists the oldest first, so they are on its last pages. */
export const recentJobsQuery = queryOptions({
  queryKey: jobsKey,
  queryFn: async ({ signal }): Promise<readonly Job[]> => {
    const at = (page: number): Promise<Page<Job>> =>
      listThings<Job>('asyncjob', { page: String(page), pagesize: String(RECENT) }, signal);
    const first = await at(1);
    const last = Math.ceil(first.count / RECENT);
    const rest = last <= 1 ? [] : await Promise.all([...(last > 2 ? [at(last - 1)] : []), at(last)]);
    const jobs = [...(last <= 2 ? first.items : []), ...rest.flatMap(({ items }) => items)];
    return jobs.toReversed().slice(0, RECENT);
  },
});

/** Why a job failed, in the server's words. */
export const failureOf = (job: Job): string => String(job.jobresult?.errortext ?? '');

/** What the thing is called that a job has made or changed, where its result says so. */
export function nameIn({ jobresult }: Job): string | undefined {
  const made = Object.values(jobresult ?? {})[0] as { displayname?: unknown; name?: unknown } | undefined;
  const name = made?.displayname ?? made?.name;
  return typeof name === 'string' ? name : undefined;
}

const ABBREVIATIONS: Readonly<Record<string, string>> = {
  VM: 'instance',
  VMs: 'instances',
  IP: 'IP address',
  SSH: 'SSH',
  ISO: 'ISO',
};

/** «Deploy instance» from org.apache.cloudstack.api.command.user.vm.DeployVMCmd. */
export function titleOfCommand(cmd: string): string {
  const words = (cmd.split('.').at(-1) ?? cmd)
    .replace(/Cmd(ByAdmin)?$/, '')
    .match(/[A-Z]+(?![a-z])|[A-Z][a-z0-9]*/g) ?? [cmd];
  const [first = '', ...rest] = words.map((word) => ABBREVIATIONS[word] ?? word.toLowerCase());
  return [first.charAt(0).toUpperCase() + first.slice(1), ...rest].join(' ');
}

/** How long it has taken, or did. */
export const elapsedMs = (started: number, ended: number | undefined, now: number): number =>
  Math.max(0, (ended ?? now) - started);
