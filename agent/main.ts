// The agent's process on a KVM host: node agent/main.ts CONFIG.json. It puts the rooms together and keeps them running;
// it decides nothing. Guests and routers outlive it: SIGTERM ends the agent alone, and its next start adopts what runs.
import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { HostFacts, Params } from '#protocol/messages.ts';
import { startTracing } from '#protocol/otlp.ts';
import { readConfig } from './config.ts';
import type { AgentConfig } from './config.ts';
import { hostHandlers } from './handlers.ts';
import { chooseAccelerator } from './kvm/accelerator.ts';
import { Turns } from './dispatch.ts';
import { adoptGuests } from './kvm/adopt.ts';
import { hostFacts, libvirtVersion, makeLoadMeter, qemuVersion } from './kvm/facts.ts';
import { cpuWeightsWork, openKvm } from './kvm/kvm.ts';
import type { Kvm } from './kvm/kvm.ts';
import { forgetStopped } from './kvm/forget.ts';
import { breakOff } from './kvm/migrate.ts';
import { hurryStop } from './kvm/power.ts';
import { makeGuestReporter } from './kvm/report.ts';
import { openLeases } from './lease/leases.ts';
import { makeVirsh } from './kvm/virsh.ts';
import { credentialsFromFiles, readCredentials, startLink } from './link.ts';
import type { Link } from './link.ts';
import { openAgentLog } from './log.ts';
import { restoreNetworks } from './net/network.ts';
import { makeRouters } from './router/routers.ts';
import type { Routers } from './router/routers.ts';

const LIBVIRT_WAIT_MS = 60_000;

async function start(config: AgentConfig, log: Logger): Promise<{ stop: () => Promise<void> }> {
  if (process.arch !== 'x64') throw new Error(`guests are x86_64; this machine is ${process.arch}`);
  await mkdir(config.dataDir, { recursive: true });
  const told = makeTeller();
  const kvm = await openHypervisor(config, log, () => told.link?.pingNow());
  const networksDir = join(config.dataDir, 'networks');
  const routers = makeRouters({
    dir: join(config.dataDir, 'routers'),
    runDir: join(config.runDir, 'routers'),
    onRepaired: (router, what) => told.report('repaired', { router, what }),
    onPasswordTaken: (router, ip, passwordId) => told.report('passwordTaken', { router, ip, passwordId }),
    onTrouble: (router, error) => log.warn({ router, err: error }, 'router.trouble'),
  });
  await restore({ config, kvm, routers, networksDir, log });

  const facts = await factsOf(config, kvm.domain.accelerator);
  const report = makeGuestReporter(kvm);
  const turns = new Turns();
  const tidy = forgetStopped(kvm, { turns, afterS: config.tellStoppedForS });
  const load = makeLoadMeter();
  const onPower = (): void => told.link?.pingNow();
  const receive = { ports: config.migrationPorts, credentials: readCredentials(config), onPower };
  const link = startLink({
    servers: config.servers,
    credentials: credentialsFromFiles(config),
    facts: () => facts,
    status: async () => ({ guests: await report(), ...(await load()) }),
    handlers: hostHandlers({ kvm, routers, underlayIp: config.underlayIp, networksDir, receive }),
    arrived: (method, params) => {
      if (method === 'guest.stop') hurryStop(kvm, params as Parameters<typeof hurryStop>[1]);
      if (method === 'guest.stay') void breakOff(kvm, (params as Params<'guest.stay'>).name);
    },
    turns,
    log,
    pingEveryMs: config.pingEveryS * 1000,
  });
  told.begin(link);
  // libvirt asks QEMU what it can do at the first need, for seconds: let that not be the first guest's.
  void kvm.virsh(['domcapabilities']).catch((error: Error) => log.warn({ reason: error.message }, 'libvirt.coldStart'));
  return {
    async stop() {
      tidy.stop();
      await link.stop();
      await Promise.all([routers.stop(), kvm.close()]);
    },
  };
}

type Teller = { link: Link | undefined; report: Link['report']; begin(link: Link): void };

/** What routers tell while they are adopted, before there is a link, is told when there is one. */
function makeTeller(): Teller {
  const early: ((link: Link) => void)[] = [];
  return {
    link: undefined,
    report(report, body) {
      if (this.link === undefined) early.push((link) => link.report(report, body));
      else this.link.report(report, body);
    },
    begin(link) {
      this.link = link;
      for (const tell of early.splice(0)) tell(link);
    },
  };
}

async function openHypervisor(config: AgentConfig, log: Logger, onPower: () => void): Promise<Kvm> {
  const { dataDir, runDir, guid, libvirtUri, machine, tcgCacheMib, sparePorts } = config;
  const cacheFile = join(dataDir, 'accelerator.json');
  const accelerator =
    config.accelerator === 'auto'
      ? await chooseAccelerator({ qemuVersion: await qemuVersion(), cacheFile })
      : config.accelerator;
  await waitForLibvirt(libvirtUri);
  const domain = { accelerator, machine, tcgCacheMib, sparePorts, cpuWeights: await cpuWeightsWork() };
  log.info(domain, 'host.probed');
  const leases = await openLeases({ host: guid, dataDir, runDir, ...config.lease, log });
  return openKvm({ libvirtUri, dataDir, domain, leases, log, onPower });
}

async function factsOf(config: AgentConfig, accelerator: HostFacts['accelerator']): Promise<HostFacts> {
  return hostFacts({
    guid: config.guid,
    agentVersion: await ownVersion(),
    hypervisorVersion: `QEMU ${await qemuVersion()}, libvirt ${await libvirtVersion()}`,
    accelerator,
    privateIp: config.privateIp ?? config.underlayIp,
    underlayIp: config.underlayIp,
    bridges: config.bridges,
    ...(config.cpus === undefined ? {} : { cpus: config.cpus }),
    ...(config.memoryMib === undefined ? {} : { memoryMib: config.memoryMib }),
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

/** At boot the daemon may come after the agent. */
async function waitForLibvirt(uri: string): Promise<void> {
  const virsh = makeVirsh(uri);
  const deadline = Date.now() + LIBVIRT_WAIT_MS;
  for (;;) {
    try {
      await virsh(['uri']);
      return;
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
  const log = openAgentLog({ level: config.logLevel, base: { host: config.guid } });
  const endTracing = await startTracing({
    service: 'nephos-agent',
    version: await ownVersion(),
    instance: config.guid,
  });
  await access(config.key);
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'agent.crashed');
    process.exit(1); // whoever supervises starts it again, and it adopts what runs
  });
  const agent = await start(config, log);
  log.info({ pid: process.pid }, 'agent.started');
  const end = (): void => {
    log.info('agent.stopping');
    void agent
      .stop()
      .then(endTracing)
      .then(() => process.exit(0));
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
