// The agent's process on a KVM host: node agent/main.ts CONFIG.json. It puts the rooms together and keeps them running;
// it decides nothing. Guests and routers outlive it: SIGTERM ends the agent alone, and its next start adopts what runs.
import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Logger } from 'pino';
import { readConfig } from './config.ts';
import type { AgentConfig } from './config.ts';
import { hostHandlers } from './handlers.ts';
import { chooseAccelerator } from './kvm/accelerator.ts';
import { adoptGuests } from './kvm/adopt.ts';
import { hostFacts, makeLoadMeter, qemuVersion } from './kvm/facts.ts';
import { cpuWeightsWork, openKvm } from './kvm/kvm.ts';
import type { Kvm } from './kvm/kvm.ts';
import { hurryStop } from './kvm/power.ts';
import { makeGuestReporter } from './kvm/report.ts';
import { makeVirsh } from './kvm/virsh.ts';
import { credentialsFromFiles, startLink } from './link.ts';
import type { Link } from './link.ts';
import { restoreNetworks } from './net/network.ts';
import { makeRouters } from './router/routers.ts';
import type { Routers } from './router/routers.ts';

const LIBVIRT_WAIT_MS = 60_000;

async function start(config: AgentConfig, log: Logger): Promise<{ stop: () => Promise<void> }> {
  if (process.arch !== 'x64') throw new Error(`guests are x86_64; this machine is ${process.arch}`);
  await mkdir(config.dataDir, { recursive: true });
  let link: Link | undefined;
  const onPower = (): void => link?.pingNow();
  const qemu = await qemuVersion();
  const cacheFile = join(config.dataDir, 'accelerator.json');
  const accelerator =
    config.accelerator === 'auto' ? await chooseAccelerator({ qemuVersion: qemu, cacheFile }) : config.accelerator;
  const libvirt = await libvirtVersion(config.libvirtUri);
  log.info({ accelerator, qemu, libvirt }, 'host.probed');

  const { machine, tcgCacheMib, sparePorts } = config;
  const domain = { accelerator, machine, tcgCacheMib, sparePorts, cpuWeights: await cpuWeightsWork() };
  const kvm = await openKvm({ libvirtUri: config.libvirtUri, dataDir: config.dataDir, domain, log, onPower });
  const networksDir = join(config.dataDir, 'networks');
  const routers = await openRouters(config, log, () => link);
  await restore({ config, kvm, routers, networksDir, log });

  const facts = await hostFacts({
    guid: config.guid,
    agentVersion: await ownVersion(),
    hypervisorVersion: `QEMU ${qemu}, libvirt ${libvirt}`,
    accelerator,
    privateIp: config.privateIp ?? config.underlayIp,
    underlayIp: config.underlayIp,
    bridges: config.bridges,
    ...(config.cpus === undefined ? {} : { cpus: config.cpus }),
    ...(config.memoryMib === undefined ? {} : { memoryMib: config.memoryMib }),
  });
  const report = makeGuestReporter(kvm);
  const load = makeLoadMeter();
  link = startLink({
    servers: config.servers,
    credentials: credentialsFromFiles(config),
    facts: () => facts,
    status: async () => ({ guests: await report(), ...(await load()) }),
    handlers: hostHandlers({ kvm, routers, underlayIp: config.underlayIp, networksDir, onPower }),
    arrived: (method, params) => {
      if (method === 'guest.stop') hurryStop(kvm, params as Parameters<typeof hurryStop>[1]);
    },
    log,
    pingEveryMs: config.pingEveryS * 1000,
  });
  // libvirt asks QEMU what it can do at the first need, for seconds: let that not be the first guest's.
  void kvm.virsh(['domcapabilities']).catch((error: Error) => log.warn({ reason: error.message }, 'libvirt.coldStart'));
  return {
    async stop() {
      await link?.stop();
      await Promise.all([routers.stop(), kvm.close()]);
    },
  };
}

async function openRouters(config: AgentConfig, log: Logger, link: () => Link | undefined): Promise<Routers> {
  return makeRouters({
    dir: join(config.dataDir, 'routers'),
    runDir: join(config.runDir, 'routers'),
    onRepaired: (router, what) => link()?.report('repaired', { router, what }),
    onPasswordTaken: (router, ip, passwordId) => link()?.report('passwordTaken', { router, ip, passwordId }),
    onTrouble: (router, error) => log.warn({ router, err: error }, 'router.trouble'),
  });
}

type Restore = { config: AgentConfig; kvm: Kvm; routers: Routers; networksDir: string; log: Logger };

/** Put back from disk what a reboot of the machine took, and adopt what survived. No server is needed for it. */
async function restore({ config, kvm, routers, networksDir, log }: Restore): Promise<void> {
  for (const { vni, error } of await restoreNetworks({ underlayIp: config.underlayIp, dir: networksDir })) {
    log.warn({ vni, err: error }, 'network.notRestored');
  }
  await routers.start();
  await adoptGuests(kvm);
}

/** The version, as soon as the daemon answers: at boot it may come after the agent. */
async function libvirtVersion(uri: string): Promise<string> {
  const virsh = makeVirsh(uri);
  const deadline = Date.now() + LIBVIRT_WAIT_MS;
  for (;;) {
    try {
      await virsh(['uri']);
      return (await virsh(['--version'])).trim();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

async function ownVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(text) as { version?: string }).version ?? '0');
}

async function main(): Promise<void> {
  const file = process.argv[2];
  if (file === undefined) throw new Error('usage: node agent/main.ts CONFIG.json');
  const config = await readConfig(file);
  const log = pino({ level: config.logLevel, base: { host: config.guid } });
  await access(config.key);
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'agent.crashed');
    process.exit(1); // whoever supervises starts it again, and it adopts what runs
  });
  const agent = await start(config, log);
  log.info({ pid: process.pid }, 'agent.started');
  const end = (): void => {
    log.info('agent.stopping');
    void agent.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`agent: ${(error as Error).message}\n`);
  process.exit(1);
}
