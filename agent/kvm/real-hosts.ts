// Real KVM hosts for tests: a laboratory, the agent's own process in each host, and a fake server they dial.
// Not part of the product.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentConfigIn } from '../config.ts';
import { makeAuthority, startFakeServer, until } from '../fake-server.ts';
import type { FakeHostLink, FakeServer } from '../fake-server.ts';
import { enterHost, PUBLIC_BRIDGE, startLab, stopLab } from '../lab/lab.ts';
import type { Lab } from '../lab/lab.ts';
import { run, runStatus } from '../process.ts';
import { kvmPackages } from './packages.ts';

const PROGRAMS = [
  'qemu-system-x86_64',
  'qemu-img',
  'libvirtd',
  'virsh',
  'nft',
  'dnsmasq',
  'mke2fs',
  'mcopy',
  'syslinux',
];

/** Why tests with real guests cannot run here, or false. */
export async function obstacle(): Promise<string | false> {
  if (process.getuid?.() !== 0) return 'needs root: hosts are made of namespaces and bridges';
  for (const program of PROGRAMS) {
    const found = await runStatus(['which', program]);
    if (found.code !== 0)
      return `needs ${program} (Debian packages for hosts: ${kvmPackages.map((one) => one.name).join(', ')})`;
  }
  return false;
}

/** A small guest that boots: the project's own image, built once into the checkout's cache. */
export async function guestImage(): Promise<string> {
  const given = process.env.NEPHOS_GUEST_IMAGE;
  if (given !== undefined) return given;
  const root = new URL('../../', import.meta.url).pathname;
  const builder = join(root, 'tools/guest-image/main.ts');
  const { stdout } = await run([process.execPath, builder, join(root, '.cache/guest-image')], { timeoutS: 300 });
  return (JSON.parse(stdout) as { path: string }).path;
}

export const uuidOf = (n: number): string => `3f0c1c5e-9a50-4f0c-8d51-${String(n).padStart(12, '0')}`;

export type RealHosts = {
  dir: string;
  lab: Lab;
  server: FakeServer;
  /** A directory both hosts share. */
  poolPath: string;
  /** (Re)start the agent of host `index` (from 1) and wait for its link. */
  startAgent(index: number): Promise<FakeHostLink>;
  /** The newest link of a host. */
  link(index: number): FakeHostLink;
  killAgent(index: number, signal: NodeJS.Signals): Promise<void>;
  /** Standard output of a command inside a host. */
  inside(index: number, ...argv: string[]): Promise<string>;
  /** Start again whatever of the laboratory does not run. */
  restoreLab(): Promise<void>;
  /** What the guest printed on its serial console so far. */
  console(index: number, guest: string): Promise<string>;
  close(): Promise<void>;
};

export async function startRealHosts(options: { name: string; hosts: number; publicCidr: string }): Promise<RealHosts> {
  const dir = await mkdtemp(join(tmpdir(), `nephos-${options.name}-`));
  const labDir = join(dir, 'lab');
  await stopLab({ dir: labDir, name: options.name }); // what a killed run left behind
  const lab = await startLab({ dir: labDir, ...options });
  const issue = await makeAuthority();
  const server = await startFakeServer(await issue(['nephos-server']), { host: lab.managementIp });
  const agents = new Map<number, ChildProcess>();
  const poolPath = join(dir, 'pool');
  await mkdir(join(poolPath, 'template'), { recursive: true });
  const link = (index: number): FakeHostLink => {
    const found = server.links.findLast((one) => one.latest('hello')?.guid === uuidOf(index));
    if (found === undefined) throw new Error(`host ${index} has not dialled in`);
    return found;
  };

  return {
    dir,
    lab,
    server,
    poolPath,
    link,
    async startAgent(index) {
      const before = server.links.length;
      const program = new URL('../main.ts', import.meta.url).pathname;
      const [command, ...words] = [
        ...enterHost(lab, index),
        process.execPath,
        program,
        await configure({ dir, lab, port: server.port, issue }, index),
      ];
      const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
      agents.set(index, child);
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (text: Buffer) => appendFileSync(join(dir, `agent${index}.log`), text));
      child.once('exit', (code) => {
        if (code !== null && code !== 0) process.stderr.write(`agent ${index} ended with code ${code}\n`);
      });
      return until(
        () => server.links.slice(before).find((one) => one.latest('hello')?.guid === uuidOf(index)),
        30_000,
        `the link of host ${index}`,
      );
    },
    async killAgent(index, signal) {
      const child = agents.get(index)!;
      agents.delete(index);
      child.kill(signal);
      await once(child, 'exit');
    },
    async restoreLab() {
      await startLab({ dir: labDir, ...options });
    },
    inside: async (index, ...argv) => (await run([...enterHost(lab, index), ...argv])).stdout,
    console: (index, guest) =>
      readFile(join(dir, `agent${index}`, 'data/console', `${guest}.log`), 'latin1').catch(() => ''),
    async close() {
      for (const child of agents.values()) child.kill('SIGTERM');
      await server.close();
      await stopLab({ dir: labDir, name: options.name });
      await rm(dir, { recursive: true, force: true });
    },
  };
}

type Configuring = {
  dir: string;
  lab: Lab;
  port: number;
  issue: Awaited<ReturnType<typeof makeAuthority>>;
};

/** The agent's configuration file, made at its first start. */
async function configure({ dir, lab, port, issue }: Configuring, index: number): Promise<string> {
  const base = join(dir, `agent${index}`);
  const file = join(base, 'agent.json');
  if ((await readFile(file, 'utf8').catch(() => undefined)) !== undefined) return file;
  const pem = await issue([uuidOf(index)]);
  await mkdir(base, { recursive: true });
  for (const [name, text] of Object.entries(pem)) await writeFile(join(base, `${name}.pem`), text, { mode: 0o600 });
  const config: AgentConfigIn = {
    guid: uuidOf(index),
    servers: [{ host: lab.managementIp, port }],
    key: join(base, 'key.pem'),
    cert: join(base, 'cert.pem'),
    ca: join(base, 'ca.pem'),
    dataDir: join(base, 'data'),
    underlayIp: lab.hosts[index - 1]!.underlayIp,
    bridges: [PUBLIC_BRIDGE],
    pingEveryS: 1,
    tellStoppedForS: 3,
  };
  await writeFile(file, JSON.stringify(config));
  return file;
}
