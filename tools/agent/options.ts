// What `npm run agent` was asked for, checked before anything is touched.
import { hostname, networkInterfaces } from 'node:os';
import { isIPv4 } from 'node:net';
import { parseArgs } from 'node:util';
import { BadUsage } from '../cloud/options.ts';

export interface AgentOptions {
  verb: 'join' | 'run' | 'leave';
  dir: string;
  dataDir: string;
  hostname: string;
  /** Of `join`. */
  api: string;
  apikey: string;
  secretkey: string;
  servers: { host: string; port: number }[];
  address: string;
  bridges: string[];
  yes: boolean;
}

export const USAGE = `npm run agent -- join --api URL [--server HOST[:PORT] …] [--address IP] [--bridge NAME …] [--yes]
npm run agent -- run
npm run agent -- leave

  join       as root: installs what a KVM host needs, gets a certificate from the cloud, starts the agent with the machine
  run        the agent in the foreground, on machines without systemd
  leave      stops the agent and forgets the cloud; guests that run go on

  --api      the cloud's API, for instance http://cloud.example:8080/client/api
  --server   where the agent dials in; default: the API's host, port 8250. Several servers: several times
  --address  this machine's address for management and between hosts; default: its only one
  --bridge   a bridge by which public traffic leaves; several: several times
  --dir      keys and configuration, default /etc/nephos
  --data     disks, networks and routers of this host, default /var/lib/nephos

Environment: NEPHOS_APIKEY and NEPHOS_SECRETKEY of an administrator; they are used once and not kept.`;

const FLAGS = {
  api: { type: 'string' },
  server: { type: 'string', multiple: true },
  address: { type: 'string' },
  bridge: { type: 'string', multiple: true },
  dir: { type: 'string' },
  data: { type: 'string' },
  yes: { type: 'boolean' },
} as const;

export function readOptions(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): AgentOptions {
  const { values, positionals } = parse(argv);
  const verb = positionals[0];
  if (verb !== 'join' && verb !== 'run' && verb !== 'leave')
    throw new BadUsage(`'${verb ?? ''}' is not a verb; join, run and leave are`);
  const common: Pick<AgentOptions, 'verb' | 'dir' | 'dataDir' | 'hostname' | 'yes'> = {
    verb,
    dir: absolute('--dir', values.dir ?? '/etc/nephos'),
    dataDir: absolute('--data', values.data ?? '/var/lib/nephos'),
    hostname: hostname(),
    yes: values.yes ?? false,
  };
  const nothing = { api: '', apikey: '', secretkey: '', servers: [], address: '', bridges: [] };
  if (verb !== 'join') return { ...common, ...nothing };
  const api = apiUrl(values.api);
  return {
    ...common,
    api: api.href,
    apikey: needed('NEPHOS_APIKEY', env['NEPHOS_APIKEY']),
    secretkey: needed('NEPHOS_SECRETKEY', env['NEPHOS_SECRETKEY']),
    servers: (values.server ?? [api.hostname]).map(server),
    address: address(values.address, ownAddresses()),
    bridges: values.bridge ?? [],
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: FLAGS });
  } catch (error) {
    throw new BadUsage((error as Error).message);
  }
}

function absolute(flag: string, text: string): string {
  if (!text.startsWith('/')) throw new BadUsage(`${flag} is '${text}'; an absolute path is accepted`);
  return text;
}

function apiUrl(text: string | undefined): URL {
  const url = text === undefined ? null : URL.parse(text);
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new BadUsage(`--api is '${text ?? ''}'; a URL is accepted, for instance http://cloud.example:8080/client/api`);
}

function needed(name: string, value: string | undefined): string {
  if (!value) throw new BadUsage(`${name} is not set; the API key of an administrator is needed for the certificate`);
  return value;
}

function server(text: string): { host: string; port: number } {
  const found = /^([A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(text);
  const port = Number(found?.[2] ?? 8250);
  if (!found || port < 1 || port > 65_535) throw new BadUsage(`--server is '${text}'; HOST or HOST:PORT is accepted`);
  return { host: found[1]!, port };
}

/** The one given, or the only one there is to choose. */
export function address(given: string | undefined, own: readonly string[]): string {
  if (given !== undefined) {
    if (isIPv4(given) && own.includes(given)) return given;
    throw new BadUsage(`--address is '${given}'; an IPv4 address of this machine is accepted: ${own.join(', ')}`);
  }
  if (own.length === 1) return own[0]!;
  throw new BadUsage(
    own.length === 0 ? 'this machine has no IPv4 address but its loopback' : `--address is needed: ${own.join(' or ')}`,
  );
}

const ownAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map((one) => one.address);
