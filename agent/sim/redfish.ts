// The controllers of simulated hosts: a Redfish service as the DMTF's schema says (DSP0266, ComputerSystem.Reset, AccountService,
// TaskService), with a system for each machine, on loopback only; and the ways in which real ones differ, as a test sets them.
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTls } from 'node:https';
import type { AddressInfo } from 'node:net';

export type SystemPower = 'On' | 'Off' | 'PoweringOff' | 'PoweringOn';
/** The machines behind the service, by the ids of their systems. */
export interface Machines {
  names(): Iterable<string>;
  /** Undefined where there is no such machine. */
  power(name: string): SystemPower | undefined;
  /** Does it, at once. */
  reset(name: string, type: string): void;
}

export interface RedfishKnobs {
  /** Without it there is no SessionService. */
  sessions: boolean;
  /** Resets become tasks: done after so many looks at them. */
  taskLooks: number;
  /** A task ends so. */
  taskEnd: 'Completed' | 'Exception';
  /** Changes need If-Match with the resource's ETag. */
  wantsEtag: boolean;
  /** Of the first changes with an ETag, so many find that it has changed meanwhile. */
  staleEtags: number;
  allowable: readonly string[];
  /** The allowable values stand in an ActionInfo of their own. */
  actionInfo: boolean;
  /** Answers come after this. */
  slowMs: number;
  /** Every answer is this one. */
  answers?: { status: number; headers?: Record<string, string>; body?: string };
}

export interface Redfish {
  readonly port: number;
  readonly knobs: RedfishKnobs;
  readonly login: { username: string; password: string };
  /** `METHOD path`, in order. */
  readonly asked: string[];
  /** Sessions that are open. */
  readonly sessions: Set<string>;
  close(): Promise<void>;
}

const ROOT = '/redfish/v1';
const ALL = ['On', 'ForceOff', 'GracefulShutdown', 'ForceRestart', 'PowerCycle', 'Nmi'];

export async function openRedfish({
  tls,
  machines,
  port = 0,
  login = { username: 'admin', password: 'secret' },
}: {
  /** Without it: HTTP. */
  tls?: { key: string | Buffer; cert: string | Buffer };
  machines: Machines;
  port?: number;
  login?: { username: string; password: string };
}): Promise<Redfish> {
  const state: State = {
    machines,
    login: { ...login },
    asked: [],
    sessions: new Set(),
    tasks: new Map(),
    version: 1,
    knobs: {
      sessions: true,
      taskLooks: 0,
      taskEnd: 'Completed',
      wantsEtag: false,
      staleEtags: 0,
      allowable: ALL,
      actionInfo: false,
      slowMs: 0,
    },
  };
  const serve = (incoming: IncomingMessage, answer: ServerResponse): void => void respond(state, incoming, answer);
  const server = tls ? createTls(tls, serve) : createPlain(serve);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const { knobs, asked, sessions } = state;
  return {
    knobs,
    asked,
    sessions,
    login: state.login,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface State extends Omit<Redfish, 'port' | 'close'> {
  machines: Machines;
  tasks: Map<string, number>;
  version: number;
}
interface Request {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: Record<string, unknown>;
}
interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

async function respond(state: State, incoming: IncomingMessage, out: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  const { method = '', url: path = '', headers } = incoming;
  state.asked.push(`${method} ${path}`);
  const { slowMs, answers } = state.knobs;
  if (slowMs > 0)
    await new Promise((resolve) => {
      setTimeout(resolve, slowMs).unref();
    });
  if (answers) {
    out.writeHead(answers.status, answers.headers).end(answers.body);
    return;
  }
  const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  const { status, headers: more = {}, body: said } = answerTo(state, { method, path, headers, body });
  out.writeHead(status, { 'content-type': 'application/json', 'odata-version': '4.0', ...more });
  out.end(said === undefined ? undefined : JSON.stringify(said));
}

const SESSIONS = `${ROOT}/SessionService/Sessions`;
const trouble = (status: number, id: string, message: string): Answer => ({
  status,
  body: {
    error: {
      code: `Base.1.8.${id}`,
      message,
      '@Message.ExtendedInfo': [{ MessageId: `Base.1.8.${id}`, Message: message }],
    },
  },
});
const found = (body: Record<string, unknown>, etag?: string): Answer => ({
  status: 200,
  body,
  ...(etag === undefined ? {} : { headers: { etag } }),
});
const etagOf = ({ version }: State): string => `W/"${version}"`;

function answerTo(state: State, request: Request): Answer {
  const { method, path } = request;
  if (path === SESSIONS && method === 'POST') return logIn(state, request);
  if (!isLoggedIn(state, request)) return trouble(401, 'NoValidSession', 'There is no valid session established.');
  const [, noun = '', id = '', more = ''] = /^\/redfish\/v1\/(\w+)(?:\/([^/]+))?(?:\/(.*))?$/.exec(path) ?? [];
  const resources: Record<string, () => Answer> = {
    SessionService: () => logOut(state, path),
    Systems: () => systemAnswer(state, request, { id, more }),
    AccountService: () => accountAnswer(state, request, path),
    TaskService: () => taskAnswer(state, path.split('/').at(-1)!),
  };
  return resources[noun]?.() ?? trouble(404, 'ResourceMissingAtURI', `The resource at ${path} was not found.`);
}

function logIn({ knobs, login, sessions }: State, { body }: Request): Answer {
  if (!knobs.sessions) return trouble(404, 'ResourceMissingAtURI', 'There are no sessions.');
  if (body['UserName'] !== login.username || body['Password'] !== login.password)
    return trouble(401, 'ResourceAtUriUnauthorized', 'The credentials were not accepted.');
  const token = crypto.randomUUID();
  sessions.add(token);
  return { status: 201, headers: { 'x-auth-token': token, location: `${SESSIONS}/${token}` }, body: {} };
}

function logOut({ sessions }: State, path: string): Answer {
  sessions.delete(path.split('/').at(-1)!);
  return { status: 204 };
}

function isLoggedIn({ sessions, login }: State, { headers }: Request): boolean {
  const basic = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
  return sessions.has(String(headers['x-auth-token'])) || headers.authorization === basic;
}

/** Undefined where the change may be made. */
function precondition(state: State, { headers }: Request): Answer | undefined {
  const { knobs } = state;
  if (!knobs.wantsEtag) return undefined;
  if (headers['if-match'] === undefined) return trouble(428, 'PreconditionRequired', 'An ETag is required.');
  if (knobs.staleEtags > 0) {
    knobs.staleEtags -= 1;
    state.version += 1;
  }
  return headers['if-match'] === etagOf(state)
    ? undefined
    : trouble(412, 'PreconditionFailed', 'The ETag did not match.');
}

function systemAnswer(state: State, request: Request, { id, more }: { id: string; more: string }): Answer {
  const { machines, knobs } = state;
  if (id === '')
    return found({ Members: [...machines.names()].map((name) => ({ '@odata.id': `${ROOT}/Systems/${name}` })) });
  const power = machines.power(id);
  if (!power) return trouble(404, 'ResourceMissingAtURI', `There is no system ${id}.`);
  if (more === 'ResetActionInfo')
    return found({ Parameters: [{ Name: 'ResetType', Required: true, AllowableValues: knobs.allowable }] });
  if (more === 'Actions/ComputerSystem.Reset')
    return precondition(state, request) ?? resetAnswer(state, { id, power }, request);
  const allowed = knobs.actionInfo
    ? { '@Redfish.ActionInfo': `${ROOT}/Systems/${id}/ResetActionInfo` }
    : { 'ResetType@Redfish.AllowableValues': knobs.allowable };
  const target = `${ROOT}/Systems/${id}/Actions/ComputerSystem.Reset`;
  return found(
    {
      '@odata.id': `${ROOT}/Systems/${id}`,
      PowerState: power,
      Actions: { '#ComputerSystem.Reset': { target, ...allowed } },
    },
    etagOf(state),
  );
}

function resetAnswer(state: State, { id, power }: { id: string; power: SystemPower }, { body }: Request): Answer {
  const type = String(body['ResetType']);
  if (!state.knobs.allowable.includes(type))
    return trouble(
      400,
      'ActionParameterNotSupported',
      `The parameter ResetType for the action Reset is not supported: ${type}.`,
    );
  if (power === 'Off' && type !== 'On')
    return trouble(409, 'ResourceInStandby', 'The request could not be performed because the resource is in standby.');
  if (state.knobs.taskLooks > 0) {
    const task = crypto.randomUUID();
    state.tasks.set(task, state.knobs.taskLooks);
    if (state.knobs.taskEnd === 'Completed') state.machines.reset(id, type);
    return {
      status: 202,
      headers: { location: `${ROOT}/TaskService/TaskMonitors/${task}`, 'retry-after': '0.02' },
      body: { TaskState: 'Running' },
    };
  }
  state.machines.reset(id, type);
  return { status: 204 };
}

function taskAnswer({ tasks, knobs }: State, id: string): Answer {
  const left = tasks.get(id);
  if (left === undefined) return trouble(404, 'ResourceMissingAtURI', `There is no task ${id}.`);
  tasks.set(id, left - 1);
  if (left > 1) return { status: 202, headers: { 'retry-after': '0.02' }, body: { TaskState: 'Running' } };
  tasks.delete(id);
  const Messages = knobs.taskEnd === 'Exception' ? [{ Message: 'The power supply does not obey.' }] : [];
  return found({ TaskState: knobs.taskEnd, Messages });
}

const ACCOUNTS = `${ROOT}/AccountService/Accounts`;
function accountAnswer(state: State, request: Request, path: string): Answer {
  const { login } = state;
  if (path === `${ROOT}/AccountService`) return found({ Accounts: { '@odata.id': ACCOUNTS } });
  if (path === ACCOUNTS) return found({ Members: ['1', '2'].map((id) => ({ '@odata.id': `${ACCOUNTS}/${id}` })) });
  const isOurs = path === `${ACCOUNTS}/2`;
  if (request.method === 'GET') return found({ UserName: isOurs ? login.username : 'root' }, etagOf(state));
  return (
    precondition(state, request) ??
    (isOurs
      ? setPassword(state, String(request.body['Password']))
      : trouble(403, 'InsufficientPrivilege', 'Not yours.'))
  );
}

function setPassword(state: State, password: string): Answer {
  if (password.length > 20)
    return trouble(400, 'PropertyValueFormatError', 'The value for the property Password is too long.');
  state.login.password = password;
  state.version += 1;
  return { status: 204 };
}
