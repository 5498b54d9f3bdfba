// A process of simulated hosts: node agent/sim/main.ts CONFIG.json. Each has its own links; what they were told is kept in a
// file, so that guests are still there after a restart unless amnesia is asked for. Knobs make them misbehave while they run:
// by whoever started it with a channel (control.ts), or through a socket (control-socket.ts).
import { readFile } from 'node:fs/promises';
import pino, { type Logger } from 'pino';
import { startTracing } from '#protocol/otlp.ts';
import { openAgentLog } from '../log.ts';
import { obeyParent, type Controlled } from './control.ts';
import { openControl } from './control-socket.ts';
import { openRedfish, type Machines, type Redfish } from './redfish.ts';
import { startFleet } from './running.ts';
import { simConfig, type SimConfig, type SimSettings } from './settings.ts';

export { guidOf } from './fleet.ts';
export type { SimConfig } from './settings.ts';

const simulatorLog = (): Logger =>
  openAgentLog({ level: process.env['NEPHOS_LOG'] ?? 'info', base: { pid: process.pid } }, pino.destination(2));

export async function startSimulator(
  given: SimConfig,
  log = simulatorLog(),
): Promise<Controlled & { controllersPort: number | undefined; stop(): Promise<void> }> {
  const config = simConfig.parse(given);
  const running = await startFleet(config, log);
  const control = config.controlSocket ? await openControl(config.controlSocket, running.simulated) : undefined;
  const controllers = config.controllers ? await openControllers(config, running.simulated.machines) : undefined;
  return {
    ...running,
    controllersPort: controllers?.port,
    stop: async () => {
      await controllers?.close();
      await control?.close();
      await running.stop();
    },
  };
}

async function openControllers({ key, cert, controllers }: SimSettings, machines: Machines): Promise<Redfish> {
  const { port, ...login } = controllers!;
  return openRedfish({ tls: { key: await readFile(key), cert: await readFile(cert) }, machines, port, login });
}

if (process.argv[1] === import.meta.filename) {
  const endTracing = await startTracing({ service: 'nephos-agent', version: '0.1.0', instance: 'simulator' });
  const running = await startSimulator(JSON.parse(await readFile(process.argv[2]!, 'utf8')) as SimConfig);
  obeyParent(running);
  process.stdout.write('ready\n');
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const)
    process.once(
      signal,
      () =>
        void running
          .stop()
          .then(endTracing)
          .then(() => process.exit(0)),
    );
}
