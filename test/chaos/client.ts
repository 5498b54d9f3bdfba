// A client of a cloud whose servers die: it goes to any that lives, never believes what it was not told, and gives each job its
// own identity beforehand, so that it can ask later whether a request that was not answered had been taken.
import { randomUUID } from 'node:crypto';
import { setTimeout as pass } from 'node:timers/promises';
import { connect } from '../../clients/sdk/client.ts';
import { ApiFailure, ConnectionFailure } from '../../clients/sdk/failure.ts';
import type { Answer } from '../../clients/sdk/transport.ts';
import type { ServerProcess } from './servers.ts';

export interface Keys {
  apiKey: string;
  secretKey: string;
}
export type Params = Readonly<Record<string, string | number | boolean>>;

/** What became of a request, as far as the client was told. */
export type Told =
  /** It is done, for good. */
  | { outcome: 'done'; answer: Answer }
  /** It was refused, or its job failed: nothing changed, or what failing leaves. */
  | { outcome: 'failed'; text: string; accepted: boolean }
  /** Nobody said. */
  | { outcome: 'unknown' };

export interface Client {
  /** Something that only reads, asked of one server after the other until one answers. */
  ask(command: string, params?: Params): Promise<Answer>;
  /** A change that is made at once. */
  change(command: string, params: Params): Promise<Told>;
  /** A change by a job, with the job's identity. */
  job(
    command: string,
    params: Params,
    jobUuid?: string,
  ): Promise<{ jobUuid: string; accepted: boolean; id?: string; told: Told }>;
}

const REQUEST_TIMEOUT_S = 4;
const PATIENCE_MS = 180_000;
/** What a server says when it is not known whether the change was written. */
const UNSURE = new Set([500, 502, 503, 504]);
/** 530 also is what a lost database under the request is told as. */
const INTERNAL_CS_CODE = 4250;

export function clientOf(servers: readonly ServerProcess[], keys: Keys): Client {
  const clients = servers.map((server) => ({
    server,
    api: connect({ url: server.url, ...keys, timeoutS: REQUEST_TIMEOUT_S }),
  }));
  let turn = Math.floor(Math.random() * clients.length);
  const next = () => clients[turn++ % clients.length]!;
  const send = async (command: string, params: Params): Promise<Told> => {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pass(20)) {
      const { server, api } = next();
      if (!server.ready) continue;
      try {
        return { outcome: 'done', answer: await api.request(command, texts(params), 'POST') };
      } catch (error) {
        if (neverArrived(error)) continue;
        if (error instanceof ApiFailure && !isUnsure(error))
          return { outcome: 'failed', text: error.text, accepted: false };
        return { outcome: 'unknown' };
      }
    }
    throw new Error(`no server took ${command} within ${PATIENCE_MS / 1000} s`);
  };
  const ask: Client['ask'] = async (command, params = {}) => {
    let last: unknown;
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pass(30)) {
      const { server, api } = next();
      if (!server.ready || server.paused) continue;
      try {
        return await api.request(command, texts(params), 'GET');
      } catch (error) {
        last = error;
        if (error instanceof ApiFailure && !isUnsure(error)) throw error;
      }
    }
    throw new Error(`no server answered ${command} within ${PATIENCE_MS / 1000} s`, { cause: last });
  };
  return {
    ask,
    change: send,
    job: async (command, params, jobUuid = randomUUID()) => {
      const sent = await send(command, { ...params, customjobid: jobUuid });
      if (sent.outcome === 'failed') return { jobUuid, accepted: false, told: sent };
      const accepted = sent.outcome === 'done' || (await wasTaken(ask, jobUuid));
      if (!accepted) return { jobUuid, accepted, told: { outcome: 'unknown' } };
      const id = sent.outcome === 'done' && typeof sent.answer['id'] === 'string' ? { id: sent.answer['id'] } : {};
      return { jobUuid, accepted, ...id, told: await endOf(ask, jobUuid) };
    },
  };
}

const texts = (params: Params): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));

const isUnsure = (error: ApiFailure): boolean =>
  UNSURE.has(error.status) || (error.status === 530 && error.csErrorCode === INTERNAL_CS_CODE);

/** Nobody listened: it is certain that nothing happened. */
function neverArrived(error: unknown): boolean {
  if (!(error instanceof ConnectionFailure)) return false;
  const cause = (error.cause as { cause?: { code?: string } } | undefined)?.cause;
  return cause?.code === 'ECONNREFUSED';
}

/** A job that is there was accepted; one that is not may still come from a server that sleeps. */
async function wasTaken(ask: Client['ask'], jobUuid: string): Promise<boolean> {
  try {
    await ask('queryAsyncJobResult', { jobid: jobUuid });
    return true;
  } catch (error) {
    if (error instanceof ApiFailure) return false;
    throw error;
  }
}

async function endOf(ask: Client['ask'], jobUuid: string): Promise<Told> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await pass(60)) {
    const job = await ask('queryAsyncJobResult', { jobid: jobUuid });
    if (job['jobstatus'] === 1) return { outcome: 'done', answer: (job['jobresult'] ?? {}) as Answer };
    if (job['jobstatus'] === 2) {
      const { errortext } = (job['jobresult'] ?? {}) as { errortext?: string };
      return { outcome: 'failed', text: errortext ?? '', accepted: true };
    }
  }
  return { outcome: 'unknown' };
}
