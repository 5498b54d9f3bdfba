// A share of many API clients: node clients.worker.ts SHARE, started by clients.ts. Connects all of them, waits for «go», and
// lets each ask as often as it shall, one request after the other over its connection.
import { Agent, request } from 'node:http';
import { createConnection, type Socket } from 'node:net';
import type { Answers, Share } from './clients.ts';

const { urls, clients, requests, first } = JSON.parse(process.argv[2]!) as Share;
/** Connections begun at once: a listening socket has room for some hundreds that nobody has taken yet. */
const DIAL_AT_ONCE = 200;
const CONNECT_WITHIN_MS = 120_000;
const ANSWER_WITHIN_MS = 120_000;

const times: number[] = [];
const wrong: Record<string, number> = {};
const blame = (error: unknown): void => {
  const { code, message } = error as NodeJS.ErrnoException;
  const what = code ?? message;
  wrong[what] = (wrong[what] ?? 0) + 1;
};
const urlOf = (client: number): URL => new URL(urls[client % urls.length]!);

/** Loopback addresses to come from: one has some 28,000 ports to leave from, and they are shared. */
function dial(client: number): Promise<Socket> {
  const { hostname, port } = urlOf(client);
  return new Promise((resolve, reject) => {
    const socket = createConnection({
      host: hostname,
      port: Number(port),
      localAddress: `127.0.${1 + (client % 4)}.2`,
    });
    const timer = setTimeout(() => socket.destroy(new Error('not connected in time')), CONNECT_WITHIN_MS);
    socket.once('error', reject);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', reject);
      socket.on('error', () => {}); // reported by the request that is under way
      resolve(socket);
    });
  });
}

/** Over the one connection the client has; a connection that was closed meanwhile is an error, not dialled again. */
function askOver(socket: Socket, url: URL): Promise<number> {
  const agent = Object.assign(new Agent({ keepAlive: true, maxSockets: 1 }), { createConnection: () => socket });
  const ask = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const began = performance.now();
      const sent = request(url, { agent, timeout: ANSWER_WITHIN_MS }, (answer) => {
        answer.resume();
        answer.once('error', reject);
        answer.once('end', () => {
          if (answer.statusCode === 200) resolve(performance.now() - began);
          else reject(new Error(`HTTP ${answer.statusCode}`));
        });
      });
      sent.once('timeout', () => sent.destroy(new Error('no answer in time')));
      sent.once('error', reject);
      sent.end();
    });
  return (async () => {
    for (let n = 0; n < requests; n += 1) times.push(await ask());
    return requests;
  })();
}

const sockets = new Map<number, Socket>();
const numbers = Array.from({ length: clients }, (_, index) => first + index).values();
await Promise.all(
  Array.from({ length: DIAL_AT_ONCE }, async () => {
    for (const client of numbers)
      await dial(client).then(
        (socket) => void sockets.set(client, socket),
        (error: unknown) => blame(error),
      );
  }),
);
process.once('message', () => {
  const open = [...sockets.values()].filter((socket) => !socket.destroyed).length;
  void Promise.all([...sockets].map(([client, socket]) => askOver(socket, urlOf(client)).catch(blame))).then(() => {
    for (const socket of sockets.values()) socket.destroy();
    process.send!({ times, wrong, open } satisfies Answers, () => process.disconnect());
  });
});
process.send!('connected');
