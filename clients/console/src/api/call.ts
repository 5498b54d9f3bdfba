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
  return Object.fromEntries(records.flatMap((record: object, index) =>
    Object.entries(record).map(([field, text]) => [`${name}[${index}].${field}`, String(text)])));
}

/** Sends one command and gives what lies under the response key. Throws Refusal, Unreachable or SessionEnded. */
export async function send(command: string, params: WireParams = {}, signal?: AbortSignal): Promise<Answer> {
  const key = session.get()?.key;
  const body = new URLSearchParams({ command, response: 'json', ...params, ...(key ? { sessionkey: key } : {}) });
  const answer = await fetchJson(body, signal);
  if (answer.status === 401 && command !== 'login') {
    end('expired', key);
    throw new SessionEnded();
  }
  if (answer.status < 300) return answer.inner;
  const { errorcode, errortext } = answer.inner;
  throw new Refusal(command, { status: answer.status, code: Number(errorcode ?? answer.status), text: String(errortext ?? answer.status) });
}

async function fetchJson(body: URLSearchParams, signal?: AbortSignal): Promise<{ status: number; inner: Answer }> {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const response = await fetch(API, { method: 'POST', body, credentials: 'same-origin', signal: signal ? AbortSignal.any([signal, patience]) : patience });
    const inner = Object.values((await response.json()) as Record<string, unknown>)[0];
    answeredAt.set(Date.now());
    if (typeof inner !== 'object' || inner === null) throw new Unreachable();
    return { status: response.status, inner: inner as Answer };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw error instanceof Unreachable ? error : new Unreachable(error);
  }
}

type Arguments<N extends CommandName> = {} extends Inputs<N> ? [inputs?: Inputs<N>, signal?: AbortSignal] : [inputs: Inputs<N>, signal?: AbortSignal];

/** One page of a list. */
export async function list<N extends NameOf<'list'>>(name: N, ...[inputs, signal]: Arguments<N>): Promise<Page<Item<N>>> {
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
  return values.length === 1 && typeof only === 'object' && only !== null && !Array.isArray(only) ? (only as Answer) : answer;
}

/** A command that starts a job. */
export async function submit<N extends NameOf<'async' | 'async-create'>>(name: N, ...[inputs]: Arguments<N>): Promise<Submitted> {
  return (await send(name, toWire(inputs ?? {}))) as unknown as Submitted;
}
