// What `npm run cloud` was asked for: words and flags, checked before anything is touched.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { withConfigFile } from './config-file.ts';

export interface Options {
  verb: 'start' | 'stop' | 'status';
  simulator: boolean;
  hosts: number;
  /** Management servers; with several a balancer stands at `listen`. */
  servers: number;
  fresh: boolean;
  guest: boolean;
  yes: boolean;
  all: boolean;
  dataDir: string;
  listen: { host: string; port: number };
  agentPort: number;
  /** Addresses of this machine at which hosts dial in, beside its own hosts' network. */
  agentHosts: string[];
  integrationPort: number;
  databaseUrl: string | undefined;
  /** Short name of this cloud's namespaces and interfaces; two clouds on one machine need different ones. */
  labName: string;
  publicCidr: string | undefined;
  /** How long guests of these hosts outlive the last renewal of their host's lease; the agent's own time without. */
  leaseS: number | undefined;
  /** Simulated hosts fetch images for real. */
  fetchImages: boolean;
}

export const USAGE = `npm run cloud -- [start] [--simulator] [--hosts N] [--servers N] [--no-guest] [--fresh] [--yes]
npm run cloud -- stop [--all]
npm run cloud -- status

  --simulator   simulated hosts: no root, no packages; nothing boots, the rest is the same
  --hosts N     N KVM hosts on this machine, each in a network namespace of its own (default 1)
  --servers N   N management servers behind a balancer at NEPHOS_LISTEN, each on the next port (default 1)
  --no-guest    stop before the first guest
  --fresh       forget the cloud that is there and begin anew (asks first)
  --yes         no questions
  stop          stops the servers and leaves guests running; --all removes everything but the data folder's keys

Environment: NEPHOS_DATA (data folder), NEPHOS_LISTEN (host:port, default 127.0.0.1:8080), NEPHOS_AGENT_PORT (8250),
NEPHOS_AGENT_HOSTS (addresses at which hosts dial in, parted by commas),
NEPHOS_INTEGRATION_PORT (off), NEPHOS_ADMIN_PASSWORD (first start), DATABASE_URL (an external PostgreSQL),
NEPHOS_LAB_NAME (short name of namespaces, default nc), NEPHOS_PUBLIC_CIDR (default 198.19.113.0/24),
NEPHOS_LEASE_S (see docs/use/high-availability.md, default 15),
NEPHOS_FETCH_IMAGES=yes (simulated hosts fetch images for real; off).
A config.json in the data folder, or the file NEPHOS_CONFIG names, says the same for every start:
{"listen": "0.0.0.0:8080", "agentPort": 8250, …}`;

export class BadUsage extends Error {}

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

type Env = Readonly<Record<string, string | undefined>>;

export function readOptions(argv: readonly string[], given: Env): Options {
  const { values, positionals } = parse(argv);
  const verb = positionals[0] ?? 'start';
  if (verb !== 'start' && verb !== 'stop' && verb !== 'status')
    throw new BadUsage(`'${verb}' is not a verb; start, stop and status are`);
  const hosts = whole('--hosts', values.hosts ?? '1', 1, 16);
  const dataDir = path.resolve(given['NEPHOS_DATA'] ?? path.join(PROJECT, 'data'));
  const env = fromFile(given, dataDir);
  return {
    verb,
    hosts,
    servers: whole('--servers', values.servers ?? '1', 1, 8),
    simulator: values.simulator ?? false,
    fresh: values.fresh ?? false,
    guest: !(values['no-guest'] ?? false),
    yes: values.yes ?? false,
    all: values.all ?? false,
    dataDir,
    listen: listenAddress(env['NEPHOS_LISTEN'] ?? '127.0.0.1:8080'),
    agentPort: whole('NEPHOS_AGENT_PORT', env['NEPHOS_AGENT_PORT'] ?? '8250', 1, 65_535),
    agentHosts: (env['NEPHOS_AGENT_HOSTS'] ?? '127.0.0.1').split(',').filter((host) => host !== ''),
    integrationPort: whole('NEPHOS_INTEGRATION_PORT', env['NEPHOS_INTEGRATION_PORT'] ?? '0', 0, 65_535),
    databaseUrl: env['DATABASE_URL'],
    labName: env['NEPHOS_LAB_NAME'] ?? 'nc',
    publicCidr: env['NEPHOS_PUBLIC_CIDR'],
    leaseS: env['NEPHOS_LEASE_S'] === undefined ? undefined : whole('NEPHOS_LEASE_S', env['NEPHOS_LEASE_S'], 1, 300),
    fetchImages: env['NEPHOS_FETCH_IMAGES'] === 'yes',
  };
}

function fromFile(env: Env, dataDir: string): Env {
  try {
    return withConfigFile(env, dataDir);
  } catch (error) {
    throw new BadUsage((error as Error).message);
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        simulator: { type: 'boolean' },
        hosts: { type: 'string' },
        servers: { type: 'string' },
        fresh: { type: 'boolean' },
        'no-guest': { type: 'boolean' },
        yes: { type: 'boolean' },
        all: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new BadUsage((error as Error).message);
  }
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new BadUsage(`${name} is '${text}'; a whole number from ${min} to ${max} is accepted`);
  return value;
}

function listenAddress(text: string): { host: string; port: number } {
  const found = /^(?:(.+):)?(\d{1,5})$/.exec(text);
  if (!found || Number(found[2]) > 65_535)
    throw new BadUsage(`NEPHOS_LISTEN is '${text}'; host:port is accepted, for instance 127.0.0.1:8080`);
  return { host: found[1] ?? '127.0.0.1', port: Number(found[2]) };
}
