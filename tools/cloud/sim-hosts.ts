// The hosts of a simulated one-machine cloud: one process that plays all of them.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SimConfig } from '#agent/sim/main.ts';
import type { Api } from './api.ts';
import { requestCertificate } from './certificate.ts';
import { runningChild, startChild } from './children.ts';
import type { Options } from './options.ts';

const SIMULATOR = fileURLToPath(new URL('../../agent/sim/main.ts', import.meta.url));
export const SIM_CLUSTERS = [
  ['sim-1', 'sim-2'],
  ['sim-3', 'sim-4'],
] as const;
export const SIM_PROCESS = 'simulator';

export async function startSimulatedHosts(options: Options, api: Api): Promise<void> {
  if (runningChild(options.dataDir, SIM_PROCESS) !== undefined) return;
  const dir = path.join(options.dataDir, 'hosts');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const files = { key: path.join(dir, 'key.pem'), cert: path.join(dir, 'cert.pem'), ca: path.join(dir, 'ca.pem') };
  if (!existsSync(files.cert)) await requestCertificate(api, { commonName: 'simulator', names: [], files });
  const config: SimConfig = {
    servers: Array.from({ length: options.servers }, (_, n) => ({ host: '127.0.0.1', port: options.agentPort + n })),
    ...files,
    stateFile: path.join(dir, 'state.jsonl'),
    controlSocket: path.join(dir, 'simulator.sock'),
    ...(options.fetchImages ? { imagesDir: path.join(options.dataDir, 'images') } : {}),
    hosts: SIM_CLUSTERS.flat().map((name, index) => ({ name, address: `10.98.0.${11 + index}` })),
  };
  const file = path.join(dir, 'simulator.json');
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  await startChild({ dataDir: options.dataDir, name: SIM_PROCESS, argv: [process.execPath, SIMULATOR, file] });
}
