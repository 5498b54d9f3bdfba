// A real guest moves between two real hosts while it runs, over shared and over local storage, with somebody knocking at it. Needs root.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { GuestSpec, NicSpec, PoolSpec } from '#protocol/messages.ts';
import { until } from '../fake-server.ts';
import { enterHost, labLeftovers } from '../lab/lab.ts';
import { run } from '../process.ts';
import { guestImage, obstacle, startRealHosts, uuidOf } from './real-hosts.ts';
import type { RealHosts } from './real-hosts.ts';

const LAB = 'kvmm';
const VNI = 7002;
const MIB = 1024 * 1024;
const TEMPLATE = uuidOf(100);
const BOOT_MS = 90_000;
const GATEWAY = '10.78.0.1';
const virsh = ['virsh', '-q', '-c', 'qemu:///system'];
const skip = await obstacle();

let hosts: RealHosts;
let shared: PoolSpec;
/** One folder per host, under one name for the other host too: what only this host uses. */
const localOf = (index: number): PoolSpec => ({
  id: uuidOf(60 + index),
  kind: 'Filesystem',
  path: join(hosts.dir, `local${index}`),
});

const macOf = (n: number): string => `02:00:0b:00:00:${String(n).padStart(2, '0')}`;
const nic = (n: number): NicSpec => ({
  nicId: uuidOf(300 + n),
  vni: VNI,
  tap: `tap-m${n}`,
  mac: macOf(n),
  ip: `10.78.0.${n}`,
  secondaryIps: [],
  mtu: 1450,
  device: 0,
  rateMbps: 100,
});
const guest = (n: number, pool: PoolSpec): GuestSpec => ({
  name: `m-${n}`,
  uuid: uuidOf(n * 1000),
  title: `moves ${n}`,
  cpus: 1,
  cpuMhz: 500,
  memoryMib: 128,
  consolePassword: 'secret12',
  disks: [{ volumeId: uuidOf(200 + n), pool, format: 'qcow2', device: 0 }],
  nics: [nic(n)],
});

const says = (index: number, name: string, words: RegExp): Promise<string> =>
  until(async () => words.exec(await hosts.console(index, name))?.[0], BOOT_MS, `${name} to say ${words}`);
const runsOn = async (name: string): Promise<number[]> => {
  const on: number[] = [];
  for (const index of [1, 2])
    if ((await hosts.inside(index, ...virsh, 'list', '--state-running', '--name')).split(/\s+/).includes(name))
      on.push(index);
  return on;
};

/** Moves as the driver does: a door there, the guest from here, and it runs there. */
async function move(guestThere: GuestSpec, { from, to, copy = [] }: { from: number; to: number; copy?: string[] }) {
  const door = await hosts.link(to).call('guest.receive', { guest: guestThere, from: uuidOf(from) });
  await hosts.link(from).call('guest.migrate', { guest: guestThere, to: uuidOf(to), door, copy });
  await hosts.link(to).call('guest.received', guestThere);
}

/** Knocks at the guest without end from the router's namespace, and holds a connection. */
async function knock(ip: string): Promise<{ stop(): Promise<{ answers: number; gapMs: number; kept: string }> }> {
  const [namespace] = (await hosts.inside(1, 'ip', 'netns', 'list')).trim().split(/\s+/);
  const program = new URL('test-probe.ts', import.meta.url).pathname;
  const inNamespace = ['ip', 'netns', 'exec', namespace!];
  const words = [process.execPath, '--disable-warning=ExperimentalWarning', program, ip];
  const [command, ...rest] = [...enterHost(hosts.lab, 1), ...inNamespace, ...words];
  const child = spawn(command!, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const at = (): number[] => [...text.matchAll(/^(\d+)$/gm)].map((found) => Number(found[1]));
  await until(() => at().length > 3, 30_000, 'answers to knocks');
  return {
    async stop() {
      const answered = at().length;
      await until(() => at().length > answered + 3, 30_000, 'answers to knocks afterwards');
      child.stdin.write('now\n');
      const [, kept] = await until(
        () => /^kept (.*)$/m.exec(text) ?? undefined,
        30_000,
        'the connection that was kept',
      );
      child.kill('SIGKILL');
      const times = at();
      const gaps = times.slice(1).map((time, i) => time - times[i]!);
      return { answers: times.length, gapMs: Math.max(...gaps), kept: kept! };
    },
  };
}

describe('guests that move', { skip, timeout: 240_000 }, () => {
  before(async () => {
    const image = await guestImage();
    hosts = await startRealHosts({ name: LAB, hosts: 2, publicCidr: '198.51.101.0/24' });
    shared = { id: uuidOf(50), kind: 'SharedMountPoint', path: hosts.poolPath };
    await run(['qemu-img', 'convert', '-O', 'qcow2', image, join(hosts.poolPath, 'template', TEMPLATE)]);
    await Promise.all([hosts.startAgent(1), hosts.startAgent(2)]);
    for (const index of [1, 2]) {
      await hosts.link(index).call('pool.stat', { pool: localOf(index) });
      await run(['cp', join(hosts.poolPath, 'template', TEMPLATE), join(localOf(index).path, 'template', TEMPLATE)]);
      const peers = hosts.lab.hosts.map((host) => host.underlayIp).filter((_, at) => at !== index - 1);
      await hosts.link(index).call('network.apply', { vni: VNI, mtu: 1450, peers, generation: 1 });
    }
    const members = [11, 12].map((n) => ({ mac: macOf(n), ip: `10.78.0.${n}`, name: `m${n}` }));
    await hosts.link(1).call('router.apply', {
      id: uuidOf(500),
      name: 'r-501',
      generation: 1,
      public: null,
      firewall: [],
      portForwards: [],
      staticNats: [],
      egress: { defaultAllow: true, rules: [] },
      guest: {
        vni: VNI,
        mtu: 1450,
        address: GATEWAY,
        prefix: 24,
        mac: macOf(1),
        domain: 'm.internal',
        nameServers: [],
        hosts: members.map((one) => ({ ...one, defaultRoute: true, metadata: {}, userData: null, password: null })),
      },
    });
    for (const [n, pool] of [
      [11, shared],
      [12, localOf(1)],
    ] as const)
      await hosts
        .link(1)
        .call('volume.create', { pool, volumeId: uuidOf(200 + n), sizeBytes: 256 * MIB, templateId: TEMPLATE });
    await Promise.all([
      hosts.link(1).call('guest.start', guest(11, shared)),
      hosts.link(1).call('guest.start', guest(12, localOf(1))),
    ]);
    await Promise.all([11, 12].map((n) => says(1, `m-${n}`, /GUEST-READY/)));
  });
  after(async () => {
    await hosts?.close();
    assert.deepEqual(await labLeftovers(LAB), [], 'nothing is left of the laboratory');
  });

  test('on shared storage, there and back, and who knocks hardly notices', async () => {
    for (const [from, to] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const began = Date.now();
      const knocking = await knock('10.78.0.11');
      await move(guest(11, shared), { from, to });
      const { gapMs, answers, kept } = await knocking.stop();
      process.stderr.write(`move ${from}→${to}: ${Date.now() - began} ms, gap ${gapMs} ms of ${answers} answers\n`);
      assert.match(kept, /200 OK/, 'a connection survives');
      assert.deepEqual(await runsOn('m-11'), [to]);
      assert.doesNotMatch(await hosts.console(to, 'm-11'), /BOOTED/, 'it was not booted again');
      assert.match(await hosts.inside(to, 'nft', 'list', 'ruleset'), /tap-m11/);
      assert.doesNotMatch(await hosts.inside(from, 'nft', 'list', 'ruleset'), /tap-m11/);
      assert.ok(!(await readdir(join(hosts.dir, `agent${from}`, 'data/guests'))).includes('m-11.json'));
    }
  });

  test('on local storage its disk goes along', async () => {
    const there = guest(12, localOf(2));
    await hosts
      .link(2)
      .call('volume.create', { pool: localOf(2), volumeId: uuidOf(212), sizeBytes: 256 * MIB, templateId: TEMPLATE });
    const knocking = await knock('10.78.0.12');
    await move(there, { from: 1, to: 2, copy: [uuidOf(212)] });
    const { gapMs, kept } = await knocking.stop();
    process.stderr.write(`local: gap ${gapMs} ms\n`);
    assert.match(kept, /200 OK/);
    assert.deepEqual(await runsOn('m-12'), [2]);
    await hosts.link(1).call('volume.delete', { pool: localOf(1), volumeId: uuidOf(212) });
    assert.match(await hosts.inside(2, ...virsh, 'domblklist', 'm-12'), new RegExp(localOf(2).path));
  });
});
