// /client/websockify: a guest's screen in a browser. The token opens it once; the host dials back with the screen's bytes.
import { pipeline, type Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { createWebSocketStream } from 'ws';
import { endConsole, takeConsoleToken, type ConsoleTarget } from '#cloud/vm/console.ts';
import type { Server } from './dispatch.ts';
import type { Routes } from './routes.ts';
import { greetViewer, loginToScreen } from './rfb.ts';

const REFUSED = 4401;
const UNREACHABLE = 4503;

export function consoleRoute(app: FastifyInstance, { server, routes }: { server: Server; routes: Routes }): void {
  app.get('/client/websockify', { websocket: true }, (socket, request) => {
    const token = new URL(request.url, 'http://localhost').searchParams.get('token') ?? '';
    socket.on('error', () => {});
    void (async () => {
      const target = await takeConsoleToken(server, token, request.ip);
      if (!target) {
        socket.close(REFUSED, 'this link was used or has expired; open the console again');
        return;
      }
      try {
        await connect({ server, routes }, target, createWebSocketStream(socket));
      } catch (error) {
        server.log.info({ vm: target.name, reason: (error as Error).message }, 'console.failed');
        socket.close(UNREACHABLE, (error as Error).message.slice(0, 120));
      }
    })();
  });
}

async function connect(
  { server, routes }: { server: Server; routes: Routes },
  target: ConsoleTarget,
  viewer: Duplex,
): Promise<void> {
  viewer.on('error', () => {});
  const { ticket, stream } = routes.expectStream();
  await server.world.drivers.hypervisor.openConsole(target.hostId, target.name, ticket);
  const screen = await stream;
  screen.on('error', () => {});
  await loginToScreen(screen, target.password);
  await greetViewer(viewer);
  pipeline(viewer, screen, () => viewer.destroy());
  pipeline(screen, viewer, () => {
    screen.destroy();
    void endConsole(server, target.tokenUuid);
  });
}
