// A load balancer as simple as they come: TCP, to a server that is ready at the last look, and to another one where that one does
// not take the connection.
import { connect, createServer, type Socket } from 'node:net';

export interface Balancer {
  readonly url: string;
  stop(): Promise<void>;
}

const LOOK_MS = 100;

export async function startBalancer(origins: readonly string[]): Promise<Balancer> {
  let ready: string[] = [];
  let turn = 0;
  let stopped = false;
  const look = async (): Promise<void> => {
    const answers = await Promise.all(origins.map((origin) => isReady(origin)));
    ready = origins.filter((_, index) => answers[index]);
    if (!stopped) timer = setTimeout(() => void look(), LOOK_MS);
  };
  let timer: NodeJS.Timeout | undefined;
  await look();
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.once('close', () => open.delete(client));
    client.on('error', () => client.destroy());
    turn += 1;
    const order = ready.map((_, index) => ready[(turn + index) % ready.length]!);
    join(client, order);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/client/api`,
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
  fetch(`${origin}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
    (answer) => answer.ok,
    () => false,
  );

/** Nothing of what the client says is lost while servers are tried: it is read once one has taken the connection. */
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
    client.pipe(server);
    server.pipe(client);
  });
}
