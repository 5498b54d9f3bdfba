// What `nephos simulate` was asked for: a verb, flags, and key=value words, checked before anything is touched.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';

export const VERBS = ['start', 'stop', 'status', 'knob', 'rest', 'amnesia', 'cut', 'poweroff'] as const;
export type SimulateVerb = (typeof VERBS)[number];

export interface SimulateOptions {
  verb: SimulateVerb;
  /** key=value. */
  words: readonly (readonly [string, string])[];
  zones: number;
  hosts: number;
  vms: number;
  /** Management servers; more where that many cannot hold the hosts. */
  servers: number;
  latencies: 'none' | 'believable';
  fresh: boolean;
  build: 'load' | 'api';
  dataDir: string;
  listen: { host: string; port: number };
  agentPort: number;
}

export const SIMULATE_USAGE = `nephos simulate [--zones N] [--hosts N] [--vms N] …   starts a simulated region; Ctrl-C stops it
nephos simulate knob host=h-000123 dead=true          also pod=, zone=, server=host:port; none: everything
nephos simulate rest [host=…]                         knobs back to rest
nephos simulate amnesia|cut host=…                    happens once: forgets its guests; breaks its links
nephos simulate poweroff guest=i-2-3-VM               a guest powers itself off
nephos simulate status | stop

  --zones N      zones (default 1), each played by a process of its own
  --hosts N      hosts in all (default 300)
  --vms N        running guests in all (default 1000)
  --servers N    management servers (default 1 for every 16,000 hosts, and at least so many), on ports one after the other
  --latencies    believable (default) or none: how long hosts take for a call
  --build        load (default): rows in bulk; api: every thing through the public API, for small regions
  --fresh        forget the region that is there

Knobs: dead, crashed, partitioned (true, false), latencyMs, failShare, loseReplyShare (0 to 1)
Environment: NEPHOS_SIMULATE_DATA (data folder, default data/simulate), NEPHOS_LISTEN (127.0.0.1:8080), NEPHOS_AGENT_PORT (8250)`;

export class BadUsage extends Error {}

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

export function readSimulateOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): SimulateOptions {
  const { values, positionals } = parse(argv);
  const [first = 'start', ...rest] = positionals;
  const verb = VERBS.find((one) => one === first);
  if (!verb) throw new BadUsage(`'${first}' is not a verb; ${VERBS.join(', ')} are`);
  const [host = '127.0.0.1', port = '8080'] = (env['NEPHOS_LISTEN'] ?? '127.0.0.1:8080').split(':');
  return {
    verb,
    words: rest.map(pair),
    zones: whole('--zones', values.zones ?? '1', 1, 20),
    hosts: whole('--hosts', values.hosts ?? '300', 1, 200_000),
    vms: whole('--vms', values.vms ?? '1000', 0, 1_000_000),
    servers: whole('--servers', values.servers ?? '1', 1, 16),
    latencies: oneOf('--latencies', values.latencies ?? 'believable', ['none', 'believable']),
    build: oneOf('--build', values.build ?? 'load', ['load', 'api']),
    fresh: values.fresh ?? false,
    dataDir: path.resolve(env['NEPHOS_SIMULATE_DATA'] ?? path.join(PROJECT, 'data', 'simulate')),
    listen: { host, port: whole('the port of NEPHOS_LISTEN', port, 1, 65_535) },
    agentPort: whole('NEPHOS_AGENT_PORT', env['NEPHOS_AGENT_PORT'] ?? '8250', 1, 65_535),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        zones: { type: 'string' },
        hosts: { type: 'string' },
        vms: { type: 'string' },
        servers: { type: 'string' },
        latencies: { type: 'string' },
        build: { type: 'string' },
        fresh: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new BadUsage((error as Error).message);
  }
}

function pair(word: string): readonly [string, string] {
  const at = word.indexOf('=');
  if (at < 1) throw new BadUsage(`'${word}' is no knob; key=value is accepted, for instance host=h-000001 dead=true`);
  return [word.slice(0, at), word.slice(at + 1)];
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new BadUsage(`${name} is '${text}'; a whole number from ${min} to ${max} is accepted`);
  return value;
}

function oneOf<T extends string>(name: string, text: string, accepted: readonly T[]): T {
  const found = accepted.find((one) => one === text);
  if (!found) throw new BadUsage(`${name} is '${text}'; ${accepted.join(' or ')} is accepted`);
  return found;
}
