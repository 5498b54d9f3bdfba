// A load balancer as simple as they come: TCP, to a server that was ready at the last look, and to another one where that one does
// not take the connection. For several servers on one machine; what stands before real ones is HAProxy or the like.
// Invariant: nothing a client says is lost while servers are tried.
import { connect, createServer, type Socket } from 'node:net';

export interface Balancer {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}
export interface BalancerOptions {
  /** Where servers answer, for instance http://127.0.0.1:8081; asked at every look. */
  origins: () => readonly string[];
  /** 127.0.0.1 and any free port unless given. */
  host?: string;
  port?: number;
}

const LOOK_MS = 100;
const ANSWER_WITHIN_MS = 1_000;
const BACKLOG = 4_096;

/** The servers have been looked at once when this comes back. */
export async function startBalancer({ origins, host = '127.0.0.1', port = 0 }: BalancerOptions): Promise<Balancer> {
  let ready: readonly string[] = [];
  let turn = 0;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const all = origins();
    const answers = await Promise.all(all.map((origin) => isReady(origin)));
    ready = all.filter((_, index) => answers[index]);
    if (!stopped) timer = setTimeout(() => void look(), LOOK_MS);
  };
  await look();
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.once('close', () => open.delete(client));
    client.on('error', () => client.destroy());
    turn += 1;
    const candidates = ready.length > 0 ? ready : origins(); // where none was ready in time, one may be by now
    join(
      client,
      candidates.map((_, index) => candidates[(turn + index) % candidates.length]!),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ host, port, backlog: BACKLOG }, resolve);
  });
  return {
    host,
    port: (server.address() as { port: number }).port,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

const isReady = (origin: string): Promise<boolean> =>
  fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }).then(
    async (answer) => {
      await answer.body?.cancel();
      return answer.ok;
    },
    () => false,
  );

/** What the client says is read once a server has taken the connection. */
function join(client: Socket, [origin, ...others]: readonly string[]): void {
  if (origin === undefined) {
    client.destroy();
    return;
  }
  const { hostname, port } = new URL(origin);
  const server = connect(Number(port), hostname);
  server.once('error', () => join(client, others));
  server.once('connect', () => {
    server.removeAllListeners('error');
    server.on('error', () => client.destroy());
    client.once('close', () => server.destroy());
    server.once('close', () => client.end());
    if (client.destroyed) server.destroy();
    client.pipe(server);
    server.pipe(client);
  });
}
