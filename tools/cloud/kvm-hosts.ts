// The hosts of a one-machine cloud that boots real guests: the laboratory's namespaces, and an agent in each.
import { totalmem } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { enterHost, PUBLIC_BRIDGE, startLab, type Lab } from '#agent/lab/lab.ts';
import { enroll } from '../agent/enroll.ts';
import type { Api } from './api.ts';
import { runningChild, startChild } from './children.ts';
import type { Options } from './options.ts';

const AGENT = fileURLToPath(new URL('../../agent/main.ts', import.meta.url));
/** Below a folder that everybody may enter (dnsmasq drops its rights), and that goes with the laboratory. */
const RUN_DIR = '/run/nephos-lab';
/** What is left to the machine itself. */
const KEPT_BACK_MIB = 2_048;

export const startHosts = (options: Options): Promise<Lab> =>
  startLab({
    dir: path.join(options.dataDir, 'lab'),
    name: options.labName,
    hosts: options.hosts,
    ...(options.publicCidr ? { publicCidr: options.publicCidr } : {}),
  });

/** One agent in each host's namespaces; those that run already are left alone. */
export async function startAgents(options: Options, lab: Lab, api: Api): Promise<void> {
  for (const host of lab.hosts) {
    const name = `agent-${host.index}`;
    if (runningChild(options.dataDir, name) !== undefined) continue;
    const config = await agentConfig({ options, lab, api, index: host.index });
    await startChild({
      dataDir: options.dataDir,
      name,
      argv: [...enterHost(lab, host.index), process.execPath, AGENT, config],
    });
  }
}

async function agentConfig({
  options,
  lab,
  api,
  index,
}: {
  options: Options;
  lab: Lab;
  api: Api;
  index: number;
}): Promise<string> {
  const host = lab.hosts[index - 1]!;
  const dir = path.join(options.dataDir, 'hosts', host.hostname);
  return enroll(api, {
    dir,
    hostname: host.hostname,
    address: host.underlayIp,
    config: {
      servers: [{ host: lab.managementIp, port: options.agentPort }],
      dataDir: path.join(dir, 'data'),
      runDir: path.join(RUN_DIR, options.labName, `agent-${index}`),
      bridges: [PUBLIC_BRIDGE],
      ...(options.leaseS === undefined ? {} : { lease: { killAfterS: options.leaseS } }),
      memoryMib: Math.floor((totalmem() / 2 ** 20 - KEPT_BACK_MIB) / lab.hosts.length),
    },
  });
}
