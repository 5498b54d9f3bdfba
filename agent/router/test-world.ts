// For tests: a small world of namespaces. A host with a public bridge, the Internet behind it (with a name server), and
// guests whose cards are plugged into the host like taps. Not part of the product.
// Everything carries the test process's own prefix, and `end()` takes all of it away again.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { NicSpec, RouterSpec } from '#protocol/messages.ts';
import { run, runStatus } from '../process.ts';
import { startPeer } from './test-rpc.ts';
import type { Peer } from './test-rpc.ts';

export const PUBLIC_BRIDGE = 'pub0';
export const UPSTREAM_NAME = 'upstream.example.test';
export const UPSTREAM_ANSWER = '198.51.100.7';
const UDHCPC_SCRIPT = `#!/bin/busybox sh
case "$1" in bound|renew)
  /bin/busybox ip addr flush dev "$interface"
  /bin/busybox ip addr add "$ip/$mask" dev "$interface"
  [ -n "$router" ] && /bin/busybox ip route replace default via $router
  [ -n "$mtu" ] && /bin/busybox ip link set "$interface" mtu "$mtu"
  /bin/busybox env > "$LEASE_FILE" ;;
esac
`;

export const needsRoot = process.getuid?.() === 0 ? false : 'needs root: it makes network namespaces';

export async function until<T>(
  what: string,
  condition: () => Promise<T | null | undefined | false>,
  timeoutMs = 5000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== null && value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await pause(20);
  }
}

export type Guest = {
  namespace: string;
  tap: string;
  mac: string;
  peer: Peer;
  lease(): Promise<{ [name: string]: string }>;
  sh(...argv: string[]): Promise<{ code: number; stdout: string }>;
};
export type World = Awaited<ReturnType<typeof makeWorld>>;

export async function makeWorld(label: string) {
  const prefix = `nt${label}${process.pid}`;
  const dir = await mkdtemp('/tmp/nephos-router-');
  const [host, inet] = [`${prefix}-h`, `${prefix}-i`];
  const peers: Peer[] = [];
  const programs: ChildProcess[] = [];
  const namespaces = [host, inet];
  const script = join(dir, 'udhcpc');
  await writeFile(script, UDHCPC_SCRIPT, { mode: 0o755 });
  await wire(host, inet);
  const outside = await startInet(inet, peers, programs);

  async function guest(name: string, mac: string): Promise<Guest> {
    const namespace = `${prefix}-${name}`;
    const tap = `tap${name}`;
    namespaces.push(namespace);
    await run(['ip', '-batch', '-'], { input: `netns add ${namespace}\n` });
    await run(['ip', '-n', host, '-batch', '-'], {
      input: `link add ${tap} type veth peer name eth0 address ${mac} netns ${namespace}\n`,
    });
    await run(['ip', '-n', namespace, '-batch', '-'], { input: 'link set lo up\nlink set eth0 up\n' });
    const peer = startPeer(namespace, './test-peer.ts');
    peers.push(peer);
    const sh = async (...argv: string[]) =>
      runStatus(['nsenter', `--net=/run/netns/${namespace}`, '--', ...argv], { timeoutS: 10 });
    return { namespace, tap, mac, peer, sh, lease: () => lease(namespace, script, join(dir, `lease-${name}`)) };
  }

  return {
    dir,
    host,
    inet,
    outside,
    guest,
    agent(): Peer {
      const agent = startPeer(host, './test-agent.ts', join(dir, 'state'), runDirOf(prefix));
      peers.push(agent);
      return agent;
    },
    /** A command in the host's namespace, or in the router's. */
    onHost: (...argv: string[]) => runStatus(['nsenter', `--net=/run/netns/${host}`, '--', ...argv]),
    inside: (namespace: string, ...argv: string[]) =>
      runStatus(['nsenter', `--net=/run/netns/${namespace}`, '--', ...argv]),
    runDir: runDirOf(prefix),
    async end(): Promise<void> {
      for (const peer of peers.reverse()) await peer.end('SIGKILL');
      for (const program of programs) program.kill('SIGKILL');
      // Routers a failed test left behind.
      for (const router of await readdir(runDirOf(prefix)).catch(() => [])) {
        await runStatus(['pkill', '--pidfile', join(runDirOf(prefix), router, 'dnsmasq.pid')]);
        namespaces.push(router);
      }
      for (const namespace of namespaces) await runStatus(['ip', 'netns', 'delete', namespace]);
      await Promise.all([
        rm(dir, { recursive: true, force: true }),
        rm(runDirOf(prefix), { recursive: true, force: true }),
      ]);
    },
  };
}

/** A host with a public bridge and an underlay, and the Internet on that bridge. */
async function wire(host: string, inet: string): Promise<void> {
  await run(['ip', '-batch', '-'], { input: `netns add ${host}\nnetns add ${inet}\n` });
  await run(['ip', '-n', host, '-batch', '-'], {
    input: [
      'link set lo up',
      `link add ${PUBLIC_BRIDGE} type bridge stp_state 0 forward_delay 0`,
      `link set ${PUBLIC_BRIDGE} up`,
      `link add inet0 type veth peer name eth0 netns ${inet}`,
      `link set inet0 master ${PUBLIC_BRIDGE} up`,
      'link add under0 type veth peer name under1',
      'address add 10.99.0.1/24 dev under0',
      'link set under0 up',
      'link set under1 up',
      '',
    ].join('\n'),
  });
  await run(['ip', '-n', inet, '-batch', '-'], {
    input:
      'link set lo up\naddress add 203.0.113.1/24 dev eth0\naddress add 203.0.113.2/24 dev eth0\nlink set eth0 up\n',
  });
}

const runDirOf = (prefix: string): string => `/run/nephos-test-${prefix}`;

async function startInet(namespace: string, peers: Peer[], programs: ChildProcess[]): Promise<Peer> {
  const peer = startPeer(namespace, './test-peer.ts');
  peers.push(peer);
  await Promise.all([peer.call('listen', 7000), peer.call('listenUdp', 7000)]);
  programs.push(
    spawn(
      'nsenter',
      [
        `--net=/run/netns/${namespace}`,
        '--',
        'dnsmasq',
        '--keep-in-foreground',
        '--conf-file=/dev/null',
        '--pid-file=',
        '--no-resolv',
        '--no-hosts',
        '--port=53',
        `--address=/${UPSTREAM_NAME}/${UPSTREAM_ANSWER}`,
        '--user=root',
        '--listen-address=203.0.113.1',
        '--bind-interfaces',
      ],
      { stdio: 'ignore' },
    ),
  );
  return peer;
}

async function lease(namespace: string, script: string, file: string): Promise<{ [name: string]: string }> {
  await rm(file, { force: true });
  await run(
    [
      'nsenter',
      `--net=/run/netns/${namespace}`,
      '--',
      'busybox',
      'udhcpc',
      '-f',
      '-n',
      '-q',
      '-t',
      '6',
      '-T',
      '1',
      '-i',
      'eth0',
      '-O',
      'mtu',
      '-s',
      script,
    ],
    { env: { LEASE_FILE: file }, timeoutS: 20 },
  );
  const { stdout } = await run(['cat', file]);
  return Object.fromEntries(
    stdout
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

export const nicOf = (
  guest: Pick<Guest, 'tap' | 'mac'>,
  vni: number,
  ip: string | null,
  more: Partial<NicSpec> = {},
): NicSpec => ({
  nicId: '00000000-0000-4000-8000-000000000001',
  vni,
  tap: guest.tap,
  mac: guest.mac,
  ip,
  secondaryIps: [],
  mtu: 1450,
  device: 0,
  rateMbps: null,
  ...more,
});

export const hostOf = (
  guest: Pick<Guest, 'mac'>,
  ip: string,
  name: string,
  more: Partial<RouterSpec['guest']['hosts'][number]> = {},
): RouterSpec['guest']['hosts'][number] => ({
  mac: guest.mac,
  ip,
  name,
  defaultRoute: true,
  metadata: { 'instance-id': `id-of-${name}`, 'local-hostname': name, 'local-ipv4': ip },
  userData: null,
  password: null,
  ...more,
});

/** A router of 10.1.1.0/24 with 203.0.113.10 as its source NAT and nothing let in. */
export const specOf = (id: string, vni: number, more: Partial<RouterSpec> = {}): RouterSpec => ({
  id,
  name: 'r-1-vm',
  generation: 1,
  guest: {
    vni,
    mtu: 1450,
    address: '10.1.1.1',
    prefix: 24,
    mac: '02:00:00:00:01:01',
    domain: 'cs1.internal',
    nameServers: ['203.0.113.1'],
    hosts: [],
  },
  public: {
    bridge: PUBLIC_BRIDGE,
    gateway: '203.0.113.1',
    addresses: [{ ip: '203.0.113.10', prefix: 24, mac: '06:00:00:00:01:10', sourceNat: true }],
  },
  firewall: [],
  egress: { defaultAllow: true, rules: [] },
  portForwards: [],
  staticNats: [],
  ...more,
});
