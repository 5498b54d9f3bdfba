// One call of the API. Every call is a POST, so that the session key is in no URL, log or history.
// It knows no definition: names and values come typed from the caller, the answer's shape from what lies in it.
import { cell } from '../cell.ts';
import { Refusal, SessionEnded, Unreachable } from './failure.ts';
import { end, session } from './session.ts';
import type { CommandName, Inputs, Item, MapInput, NameOf, Page, Submitted } from './types.ts';

export type WireParams = Readonly<Record<string, string>>;
type Answer = Readonly<Record<string, unknown>>;

const API = '/client/api';
const PATIENCE_MS = 30_000;

/** When the server last answered anything: how old what is on screen may be. */
export const answeredAt = cell<number>(Date.now());

/** Inputs as the text that is sent: names in lower case, lists by comma, maps with brackets. */
export function toWire(inputs: Readonly<Record<string, unknown>>): WireParams {
  const wire: Record<string, string> = {};
  for (const [key, value] of Object.entries(inputs)) {
    if (value === undefined || value === '') continue;
    const name = key.toLowerCase();
    if (Array.isArray(value) && typeof value[0] === 'object') Object.assign(wire, mapToWire(name, value));
    else if (Array.isArray(value)) wire[name] = value.map(String).join(',');
    else if (typeof value === 'object' && value !== null) Object.assign(wire, mapToWire(name, value as MapInput));
    else wire[name] = String(value);
  }
  return wire;
}

function mapToWire(name: string, value: MapInput): WireParams {
  const records = Array.isArray(value) ? value : [value];
  return Object.fromEntries(
    records.flatMap((record: object, index) =>
      Object.entries(record).map(([field, text]) => [`${name}[${index}].${field}`, String(text)]),
    ),
  );
}

const READS = /^(list|get|query|find)/;
const AGAIN_MS = 250;

/**
 * Sends one command and gives what lies under the response key. Throws Refusal, Unreachable or SessionEnded.
 * What only reads is sent a second time when the line broke: browsers drop what is under way when a network appears.
 */
export async function send(command: string, params: WireParams = {}, signal?: AbortSignal): Promise<Answer> {
  try {
    return await sendOnce(command, params, signal);
  } catch (error) {
    if (!(error instanceof Unreachable) || !READS.test(command) || signal?.aborted) throw error;
    await pause(AGAIN_MS);
    return sendOnce(command, params, signal);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function sendOnce(command: string, params: WireParams, signal?: AbortSignal): Promise<Answer> {
  const key = session.get()?.key;
  const body = new URLSearchParams({ command, response: 'json', ...params, ...(key ? { sessionkey: key } : {}) });
  const answer = await fetchJson(body, signal);
  if (answer.status === 401 && command !== 'login') {
    end('expired', key);
    throw new SessionEnded();
  }
  if (answer.status < 300) return answer.inner;
  const { errorcode, errortext } = answer.inner;
  throw new Refusal(command, {
    status: answer.status,
    code: Number(errorcode ?? answer.status),
    text: String(errortext ?? answer.status),
  });
}

async function fetchJson(body: URLSearchParams, signal?: AbortSignal): Promise<{ status: number; inner: Answer }> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const response = await fetch(API, {
      method: 'POST',
      body,
      credentials: 'same-origin',
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    });
    const inner = Object.values((await response.json()) as Record<string, unknown>)[0];
    answeredAt.set(Date.now());
    if (typeof inner !== 'object' || inner === null) throw new Unreachable();
    return { status: response.status, inner: inner as Answer };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw error instanceof Unreachable ? error : new Unreachable(error);
  }
}

type Arguments<N extends CommandName> =
  {} extends Inputs<N> ? [inputs?: Inputs<N>, signal?: AbortSignal] : [inputs: Inputs<N>, signal?: AbortSignal];

/** One page of a list. */
export async function list<N extends NameOf<'list'>>(
  name: N,
  ...[inputs, signal]: Arguments<N>
): Promise<Page<Item<N>>> {
  return pageOf<Item<N>>(await send(name, toWire(inputs ?? {}), signal));
}

export function pageOf<T>(answer: Answer): Page<T> {
  const items = Object.values(answer).find((value): value is T[] => Array.isArray(value)) ?? [];
  return { count: typeof answer.count === 'number' ? answer.count : items.length, items };
}

/** A command that answers at once. What it answers is wrapped in its noun, or not. */
export async function one<N extends NameOf<'sync'>>(name: N, ...[inputs, signal]: Arguments<N>): Promise<Item<N>> {
  return unwrap(await send(name, toWire(inputs ?? {}), signal)) as Item<N>;
}

export function unwrap(answer: Answer): Answer {
  const values = Object.values(answer);
  const only = values[0];
  return values.length === 1 && typeof only === 'object' && only !== null && !Array.isArray(only)
    ? (only as Answer)
    : answer;
}

/**
 * Sends a command that starts a job, under an id of ours. When the line breaks, that id tells whether the job was
 * started, so that nothing is done twice or given up although it is under way.
 */
export async function sendJob(command: string, params: WireParams = {}): Promise<Submitted> {
  const jobid = freshUuid();
  const submit = async (): Promise<Submitted> =>
    (await send(command, { ...params, customjobid: jobid })) as unknown as Submitted;
  try {
    return await submit();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    await pause(AGAIN_MS);
    const job = await send('queryAsyncJobResult', { jobid }).catch((other: unknown) => {
      if (other instanceof Refusal) return undefined;
      throw error;
    });
    if (!job) return submit();
    return { jobid, ...(typeof job.jobinstanceid === 'string' ? { id: job.jobinstanceid } : {}) };
  }
}

/** Version 4. `crypto.randomUUID` is missing on pages that came without TLS. */
function freshUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
