// `npm run agent`: makes this machine a KVM host of a cloud that runs elsewhere. It ends where the administrator adds the
// host to a zone; the cloud never logs in here.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { imagePackages } from '#agent/image/packages.ts';
import { kvmPackages } from '#agent/kvm/packages.ts';
import { routerPackages } from '#agent/router/packages.ts';
import { withKeys } from '../cloud/api.ts';
import { BadUsage } from '../cloud/options.ts';
import { ensurePackages } from '../packages.ts';
import { enroll } from './enroll.ts';
import { readOptions, USAGE, type AgentOptions } from './options.ts';
import { hasSystemd, installUnit, removeUnit } from './unit.ts';

const AGENT = fileURLToPath(new URL('../../agent/main.ts', import.meta.url));
const argvFor = (config: string): string[] => [process.execPath, AGENT, config];
const configIn = (options: AgentOptions): string => path.join(options.dir, 'agent.json');

async function join(options: AgentOptions): Promise<void> {
  if (process.getuid?.() !== 0) throw new BadUsage('a host runs guests and routers for others: join as root');
  await ensurePackages([...kvmPackages, ...routerPackages, ...imagePackages], { ask: !options.yes });
  mkdirSync(options.dataDir, { recursive: true });
  const { api, apikey, secretkey, dir, hostname, address, servers, bridges, dataDir } = options;
  const config = await enroll(withKeys({ api, apikey, secretkey }), {
    dir,
    hostname,
    address,
    config: { servers, bridges, dataDir },
  });
  console.log(`Enrolled as ${hostname} (${address}); ${config} says how.`);
  if (hasSystemd()) await installUnit(argvFor(config));
  else console.log(`This machine has no systemd. Start the agent with: npm run agent -- run --dir ${dir}`);
  console.log(`Now add it: nephos add host zoneid=… podid=… clusterid=… hypervisor=KVM url=http://${hostname}`);
}

async function runAgent(options: AgentOptions): Promise<void> {
  const config = configIn(options);
  if (!existsSync(config)) throw new BadUsage(`there is no ${config}; join a cloud first`);
  const [program, ...args] = argvFor(config);
  const child = spawn(program!, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}

async function leave(options: AgentOptions): Promise<void> {
  if (hasSystemd()) await removeUnit();
  rmSync(options.dir, { recursive: true, force: true });
  console.log(`The agent is gone, with its certificate. Disks and guests are as they were: ${options.dataDir}`);
}

const VERBS = { join, run: runAgent, leave };

try {
  const options = readOptions(process.argv.slice(2), process.env);
  await VERBS[options.verb](options);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${error instanceof BadUsage ? `\n${USAGE}\n` : ''}`);
  process.exitCode = error instanceof BadUsage ? 2 : 1;
}
