// A conversation with a Redfish service (DMTF DSP0266): a session where it has them, else a login with each request; resources are
// read, changed with their ETag where the service wants it, and tasks are waited for. Everything is bounded by the place's signal.
import { setTimeout as pass } from 'node:timers/promises';
import { z } from 'zod';
import { PowerFailure, type Controller, type PowerFailureKind } from '#cloud/out-of-band/driver.ts';
import { exchange, named, type Ask, type Place, type Said } from './https.ts';

const SESSIONS = '/redfish/v1/SessionService/Sessions';
/** A service without sessions says one of these. */
const NO_SESSIONS = new Set([404, 405, 501]);
const TASK_LOOK_MS = 500;
const LONGEST_PAUSE_S = 5;
/** A session that is left open ends by itself; nobody waits long for it. */
const LOGOUT_WITHIN_MS = 3_000;

export interface Service {
  /** A resource that must be there, in the form it must have. */
  get<T>(path: string, form: z.ZodType<T>): Promise<T>;
  /** Comes back when it is done, also where the service makes a task of it. `of`: the resource whose ETag it may want. */
  change(ask: { method: 'POST' | 'PATCH'; path: string; body: unknown; of: string }): Promise<void>;
}

type Login = Readonly<Record<string, string>>;

export async function inService<T>(
  place: Place,
  controller: Controller,
  work: (service: Service) => Promise<T>,
): Promise<T> {
  const session = await openSession(place, controller);
  try {
    return await work(serviceOf(place, session.login, controller));
  } finally {
    if (session.path) await closeSession(place, session.login, session.path);
  }
}

async function openSession(
  place: Place,
  { username, password }: Controller,
): Promise<{ login: Login; path?: string | undefined }> {
  const body = { UserName: username, Password: password };
  const said = await exchange(place, { method: 'POST', path: SESSIONS, body });
  const token = said.headers['x-auth-token'];
  if (said.status < 300 && typeof token === 'string')
    return { login: { 'x-auth-token': token }, path: ownPath(place, said.headers.location) };
  if (said.status === 401 || said.status === 403) throw refusedLogin(place, username);
  if (!NO_SESSIONS.has(said.status)) throw unfit(place, SESSIONS, said);
  return { login: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` } };
}

async function closeSession(place: Place, login: Login, path: string): Promise<void> {
  const signal = AbortSignal.timeout(LOGOUT_WITHIN_MS);
  await exchange({ ...place, retries: 0, signal }, { method: 'DELETE', path, headers: login }).catch(() => {});
}

/** Paths are the service's own: another place is never asked. */
function ownPath(place: Place, location: string | undefined): string | undefined {
  if (location === undefined) return undefined;
  const base = `${place.roads.tls ? 'https' : 'http'}://x`;
  const url = URL.parse(location, base);
  return url?.pathname.startsWith('/redfish/') ? url.pathname + url.search : undefined;
}

function serviceOf(place: Place, login: Login, { username }: Controller): Service {
  const ask = async (what: Ask): Promise<Said> => {
    const said = await exchange(place, { ...what, headers: { ...login, ...what.headers } });
    if (said.status === 401) throw refusedLogin(place, username);
    return said;
  };
  const etagOf = async (path: string): Promise<string | undefined> => (await ask({ method: 'GET', path })).headers.etag;
  return {
    get: async (path, form) => {
      const said = await ask({ method: 'GET', path: checked(place, path) });
      if (said.status !== 200) throw unfit(place, path, said);
      const { success, data } = form.safeParse(said.body);
      if (!success) throw failure(place, 'failed', `says something else than Redfish at ${path}`);
      return data;
    },
    change: async ({ of, path, ...what }) => {
      const etag = what.method === 'PATCH' ? await etagOf(of) : undefined;
      const send = (tag: string | undefined): Promise<Said> =>
        ask({ ...what, path: checked(place, path), headers: tag === undefined ? {} : { 'if-match': tag } });
      let said = await send(etag);
      if (said.status === 412 || said.status === 428) said = await send(await etagOf(of));
      if (said.status >= 400) throw unfit(place, path, said);
      if (said.status === 202) await finished(place, said, ask);
    },
  };
}

function checked(place: Place, path: string): string {
  if (!/^\/redfish\/[\w\-./~:%#()@]+$/.test(path))
    throw failure(place, 'failed', `names a resource ${path.slice(0, 100)}`);
  return path;
}

const task = z.object({ TaskState: z.string().optional(), TaskStatus: z.string().optional() });
const ENDED_WELL = new Set(['Completed']);
const ENDED_BADLY = new Set(['Exception', 'Killed', 'Cancelled', 'Interrupted']);

/** A task is asked for until it has ended; one that cannot be found was done and forgotten. */
async function finished(place: Place, began: Said, ask: (what: Ask) => Promise<Said>): Promise<void> {
  const monitor = ownPath(place, began.headers.location);
  for (let said = began; said.status === 202 || said.status === 200;) {
    const { TaskState: state = '' } = task.safeParse(said.body).data ?? {};
    if (ENDED_BADLY.has(state))
      throw failure(place, 'failed', `did not do it: the task ended as ${state}. ${messageOf(said)}`);
    if (ENDED_WELL.has(state) || (said.status === 200 && state === '') || monitor === undefined) return;
    await pass(pauseMs(said), undefined, { signal: place.signal }).catch(() => {
      throw failure(place, 'timeout', `took it on and is not done: the task is ${state || 'running'}`);
    });
    said = await ask({ method: 'GET', path: monitor });
    if (said.status >= 400 && said.status !== 404 && said.status !== 410) throw unfit(place, monitor, said);
  }
}

const pauseMs = ({ headers }: Said): number =>
  Math.min(LONGEST_PAUSE_S, Number(headers['retry-after']) || TASK_LOOK_MS / 1_000) * 1_000;

const failure = (place: Place, kind: PowerFailureKind, text: string): PowerFailure =>
  new PowerFailure(kind, `${named(place)} ${text}`);
const refusedLogin = (place: Place, username: string): PowerFailure =>
  failure(place, 'login', `refuses the user ${username} or its password`);

/** It understood and will not: not at all, or not now. */
const CANNOT = new Set([400, 404, 405, 409, 501]);
function unfit(place: Place, path: string, said: Said): PowerFailure {
  const text = `${said.status} at ${path}${messageOf(said) && `: ${messageOf(said)}`}`;
  if (said.status === 403) return failure(place, 'login', `does not let the user do that: ${text}`);
  return CANNOT.has(said.status)
    ? failure(place, 'unsupported', `cannot do that: ${text}`)
    : failure(place, 'failed', `answered ${text}`);
}

const message = z.object({ Message: z.string().optional(), MessageId: z.string().optional() });
const complaint = z.object({
  error: z.object({ message: z.string().optional(), '@Message.ExtendedInfo': z.array(message).optional() }).optional(),
  Messages: z.array(message).optional(),
});
function messageOf({ body }: Said): string {
  const { error, Messages } = complaint.safeParse(body).data ?? {};
  const [first] = error?.['@Message.ExtendedInfo'] ?? Messages ?? [];
  return (first?.Message ?? first?.MessageId ?? error?.message ?? '').slice(0, 200);
}
