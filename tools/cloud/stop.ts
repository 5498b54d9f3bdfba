// Staying, and stopping: Ctrl-C ends the servers and leaves guests running; `stop --all` leaves nothing on the machine.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { labLeftovers, readLab, stopLab } from '#agent/lab/lab.ts';
import { stopPostgres } from '#server/postgres.ts';
import { endChild, runningChild, UPGRADING } from './children.ts';
import { readCloudFile } from './cloud-file.ts';
import type { Options } from './options.ts';
import type { Progress } from './progress.ts';
import { BALANCER, postgresDir, runningServers } from './server.ts';
import { SIM_PROCESS } from './sim-hosts.ts';

const MAX_HOSTS = 16;
const WATCH_MS = 1_000;

const agents = (): string[] => Array.from({ length: MAX_HOSTS }, (_, index) => `agent-${index + 1}`);

export async function stopCloud(options: Options, progress: Progress): Promise<void> {
  await progress.step('Stopping the servers', async () => {
    // One after the other, so that each hands its jobs and hosts on; the balancer sends callers to who is left.
    for (const name of runningServers(options.dataDir)) await endChild(options.dataDir, name);
    await endChild(options.dataDir, BALANCER);
    await Promise.all([...agents(), SIM_PROCESS].map((name) => endChild(options.dataDir, name)));
    if (!options.databaseUrl) await stopPostgres(postgresDir(options));
  });
  const labDir = path.join(options.dataDir, 'lab');
  if (!options.all) {
    if (await readLab(labDir, options.labName))
      progress.note(
        'Guests and their routers go on running. npm run cloud takes them up again; npm run cloud -- stop --all ends everything.',
      );
    return;
  }
  if (process.getuid?.() !== 0) return;
  await progress.step('Removing hosts, guests and networks', async () => {
    await stopLab({ dir: labDir, name: options.labName });
    for (const name of agents()) rmSync(path.join(options.dataDir, 'hosts', name), { recursive: true, force: true });
    const left = await labLeftovers(options.labName);
    if (left.length > 0) throw new Error(`left behind: ${left.join('; ')}`);
  });
}

/** Until Ctrl-C, SIGTERM, or the end of the last management server. */
export async function stayUntilStopped(options: Options, progress: Progress): Promise<number> {
  const why = await new Promise<'signal' | 'died'>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve('signal'));
    const timer = setInterval(() => {
      if (runningServers(options.dataDir).length > 0) return;
      if (runningChild(options.dataDir, UPGRADING) !== undefined) return; // it is being replaced
      clearInterval(timer);
      resolve('died');
    }, WATCH_MS);
  });
  if (why === 'died') progress.note(`The management server ended; see ${path.join(options.dataDir, 'logs')}`);
  await stopCloud(options, progress);
  return why === 'signal' ? 0 : 1;
}

export async function showStatus(options: Options): Promise<number> {
  const { api, url, mode } = readCloudFile(options.dataDir);
  const servers = runningServers(options.dataDir);
  const others = [BALANCER, ...agents(), SIM_PROCESS].filter(
    (name) => runningChild(options.dataDir, name) !== undefined,
  );
  const running = [...servers, ...others];
  const lab = await readLab(path.join(options.dataDir, 'lab'), options.labName);
  process.stdout.write(
    `${JSON.stringify({ dataDir: options.dataDir, mode, api, url, running, hosts: lab?.hosts.map((host) => host.hostname) ?? [] }, null, 2)}\n`,
  );
  return servers.length > 0 ? 0 : 3;
}
