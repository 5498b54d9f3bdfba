// FAKE. The pretend cloud behind HTTP: the API with sessions, the stream of changes, the websocket of screens, and the built
// console. It says FAKE in a header of every answer; the product's server knows nothing of it.
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { WebSocketServer } from 'ws';
import { account, answer, Refused } from './commands.ts';
import type { Params } from './commands.ts';
import { serveScreen } from './screen.ts';
import { makeWorld } from './world.ts';
import type { Scenario, World } from './world.ts';

interface FakeOptions {
  readonly scenario?: Scenario;
  /** Folder of a built console; without it only the API answers. */
  readonly dist?: string;
  readonly port?: number;
  readonly stepMs?: number;
}

export interface FakeCloud {
  readonly url: string;
  readonly world: World;
  /** Commands in the order they came. */
  readonly seen: { command: string; params: Params }[];
  /** Nobody is logged in any longer. */
  endSessions(): void;
  /** Whether connections are answered; `false` cuts those that are open. */
  online(on: boolean): void;
  /** Whether /client/stream exists. */
  streaming(on: boolean): void;
  close(): Promise<void>;
}

const USERS: Readonly<Record<string, { type: string; firstname: string }>> = {
  admin: { type: '1', firstname: 'Ada' },
  lena: { type: '0', firstname: 'Lena' },
};
const PASSWORD = 'password';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export async function fakeCloud({
  scenario = 'usual',
  dist,
  port = 0,
  stepMs = 700,
}: FakeOptions = {}): Promise<FakeCloud> {
  const world = makeWorld(scenario, stepMs);
  const sessions = new Map<string, string>();
  const seen: FakeCloud['seen'] = [];
  let on = true;
  let streams = true;
  const server = http.createServer((request, response) => {
    response.setHeader('x-fake', 'a pretend cloud for tests');
    if (!on) return void request.socket.destroy();
    const url = new URL(request.url ?? '/', 'http://fake');
    if (url.pathname === '/client/api') return void serveApi({ world, sessions, seen }, request, response);
    if (url.pathname === '/client/stream')
      return void (streams && sessions.has(url.searchParams.get('sessionkey') ?? '')
        ? serveStream(world, response)
        : response.writeHead(streams ? 401 : 404).end());
    serveFile(url.pathname, response, dist);
  });
  const screens = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => screens.handleUpgrade(request, socket, head, serveScreen));

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    world,
    seen,
    endSessions: () => sessions.clear(),
    online: (next) => {
      on = next;
      if (!next) server.closeAllConnections();
    },
    streaming: (next) => {
      streams = next;
      if (!next) server.closeAllConnections();
    },
    close: async () => {
      for (const client of screens.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Behind {
  readonly world: World;
  readonly sessions: Map<string, string>;
  readonly seen: FakeCloud['seen'];
}

async function serveApi(
  { world, sessions, seen }: Behind,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const {
    command = '',
    sessionkey = '',
    ...params
  } = Object.fromEntries(new URLSearchParams(await textOf(request))) as Record<string, string>;
  seen.push({ command, params });
  const reply = (status: number, inner: object): void =>
    void response
      .writeHead(status, { 'content-type': 'application/json; charset=UTF-8' })
      .end(JSON.stringify({ [`${command.toLowerCase()}response`]: inner }));
  const refuse = (code: number, errortext: string): void =>
    reply(code, { uuidList: [], errorcode: code, cserrorcode: 4350, errortext });
  if (command === 'login') {
    const known = params.username !== undefined && params.username in USERS && params.password === PASSWORD;
    return known
      ? reply(200, openSession(sessions, response, params.username!))
      : refuse(531, 'Failed to authenticate user');
  }
  if (!sessions.has(sessionkey) || !request.headers.cookie?.includes(`sessionkey=${sessionkey}`))
    return refuse(401, 'unable to verify user credentials and/or request signature');
  if (command === 'logout') return void (sessions.delete(sessionkey), reply(200, { description: 'success' }));
  try {
    reply(200, answer(world, command, params));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refuse(error.code, error.message);
  }
}

function openSession(sessions: Map<string, string>, response: http.ServerResponse, username: string): object {
  const key = randomUUID();
  sessions.set(key, username);
  response.setHeader('set-cookie', [
    `JSESSIONID=${randomUUID()}; Path=/client; HttpOnly; SameSite=Lax`,
    `sessionkey=${key}; Path=/client; HttpOnly; SameSite=Lax`,
  ]);
  return {
    username,
    userid: `user-${username}`,
    sessionkey: key,
    timeout: 1800,
    lastname: 'Test',
    domainid: 'root',
    ...account,
    ...USERS[username],
  };
}

function serveStream({ listeners }: World, response: http.ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  const tell = (kind: string, data: object): void =>
    void response.write(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
  tell('hello', { version: 1 });
  listeners.add(tell);
  response.on('close', () => listeners.delete(tell));
}

async function textOf(request: http.IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** Files of the built console; any other page is the console's to understand. */
function serveFile(pathname: string, response: http.ServerResponse, dist: string | undefined): void {
  if (!pathname.startsWith('/client')) return void response.writeHead(302, { location: '/client/' }).end();
  if (!dist) return void response.writeHead(404).end();
  const wanted = path.join(dist, path.normalize(pathname.slice('/client'.length)));
  const file =
    wanted.startsWith(dist) && fs.existsSync(wanted) && fs.statSync(wanted).isFile()
      ? wanted
      : path.join(dist, 'index.html');
  response.writeHead(200, {
    'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
    'content-security-policy':
      "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:",
  });
  fs.createReadStream(file).pipe(response);
}
