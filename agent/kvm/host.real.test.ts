// Two real hosts with real guests, from outside: everything a server can ask of a KVM host, asked over TLS, and what
// the guests themselves say about it. Needs root; takes about a minute without hardware virtualisation.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { DiskSpec, GuestSpec, NicSpec, PoolSpec, RouterSpec } from '#protocol/messages.ts';
import { until } from '../fake-server.ts';
import { enterHost, labLeftovers } from '../lab/lab.ts';
import { run } from '../process.ts';
import { guestImage, obstacle, startRealHosts, uuidOf } from './real-hosts.ts';
import type { RealHosts } from './real-hosts.ts';

const LAB = 'kvmt';
const VNI = 7001;
const MIB = 1024 * 1024;
const TEMPLATE = uuidOf(100);
const BOOT_MS = 120_000;
const virsh = ['virsh', '-q', '-c', 'qemu:///system'];
const skip = await obstacle();

let hosts: RealHosts;
let pool: PoolSpec;

const macOf = (n: number): string => `02:00:0a:00:00:${String(n).padStart(2, '0')}`;
const nic = (n: number, device = 0): NicSpec => ({
  nicId: uuidOf(300 + n),
  vni: VNI,
  tap: `tap-t${n}`,
  mac: macOf(n),
  ip: `10.77.0.${n}`,
  secondaryIps: [],
  mtu: 1450,
  device,
  rateMbps: null,
});
const disk = (n: number, device: number): DiskSpec => ({ volumeId: uuidOf(200 + n), pool, format: 'qcow2', device });
const guest = (n: number): GuestSpec => ({
  name: `t-${n}`,
  uuid: uuidOf(n * 1000),
  title: `test <${n}>`,
  cpus: 1,
  cpuMhz: 500,
  memoryMib: 128,
  consolePassword: 'secret12',
  disks: [disk(n, 0)],
  nics: [nic(n + 10)],
});
const router = (): RouterSpec => ({
  id: uuidOf(500),
  name: 'r-500',
  generation: 1,
  public: null,
  firewall: [],
  portForwards: [],
  staticNats: [],
  egress: { defaultAllow: true, rules: [] },
  guest: {
    vni: VNI,
    mtu: 1450,
    address: '10.77.0.1',
    prefix: 24,
    mac: macOf(1),
    domain: 't.internal',
    nameServers: [],
    hosts: [11, 12, 13, 21].map((n) => ({
      mac: macOf(n),
      ip: `10.77.0.${n}`,
      name: `g${n}`,
      defaultRoute: true,
      metadata: {},
      userData: null,
      password: null,
    })),
  },
});

/** A folder of one host's own. */
const localOf = (index: number): PoolSpec => ({
  id: uuidOf(60 + index),
  kind: 'Filesystem',
  path: join(hosts.dir, `local${index}`),
});
const mover = (index: number): GuestSpec => ({
  ...guest(3),
  disks: [{ volumeId: uuidOf(203), pool: localOf(index), format: 'qcow2', device: 0 }],
});

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

const says = (index: number, name: string, words: RegExp, from = 0): Promise<string> =>
  until(
    async () => words.exec((await hosts.console(index, name)).slice(from))?.[0],
    BOOT_MS,
    `${name} to say ${words}`,
  );
const powerOf = (index: number, name: string): string | undefined =>
  hosts
    .link(index)
    .latest('ping')
    ?.guests.find((one) => one.name === name)?.power;

describe('KVM hosts', { skip, timeout: 420_000 }, () => {
  before(async () => {
    const image = await guestImage();
    hosts = await startRealHosts({ name: LAB, hosts: 2, publicCidr: '198.51.100.0/24' });
    pool = { id: uuidOf(50), kind: 'SharedMountPoint', path: hosts.poolPath };
    await run(['qemu-img', 'convert', '-O', 'qcow2', image, join(hosts.poolPath, 'template', TEMPLATE)]);
    await Promise.all([hosts.startAgent(1), hosts.startAgent(2)]);
  });
  after(async () => {
    await hosts?.close();
    assert.deepEqual(await labLeftovers(LAB), [], 'nothing is left of the laboratory');
  });

  test('a host says what it is', () => {
    const facts = hosts.link(1).latest('hello')!;
    assert.equal(facts.hostname, `${LAB}-h1`);
    assert.equal(facts.hypervisor, 'KVM');
    assert.match(facts.hypervisorVersion, /^QEMU \d.*, libvirt \d/);
    assert.match(facts.accelerator, /^(kvm|tcg)$/);
    assert.ok(facts.memoryMib > 500 && facts.cpus > 0 && facts.cpuMhz > 100);
    assert.deepEqual(facts.bridges, ['pub']);
  });

  test('the network stands on both hosts, a router on the first', async () => {
    const peers = hosts.lab.hosts.map((host) => host.underlayIp);
    await Promise.all(
      [1, 2].map((i) =>
        hosts
          .link(i)
          .call('network.apply', { vni: VNI, mtu: 1450, peers: peers.filter((_, at) => at !== i - 1), generation: 1 }),
      ),
    );
    assert.deepEqual(await hosts.link(1).call('router.apply', router()), { generation: 1 });
    const { totalBytes, usedBytes } = await hosts.link(1).call('pool.stat', { pool });
    assert.ok(totalBytes > usedBytes && usedBytes > 0);
  });

  test('what is missing is named, not started', async () => {
    const refused = await hosts.link(1).ask('guest.start', guest(1));
    assert.equal(refused.refusal?.code, 'missing');
    assert.match(refused.refusal.message, new RegExp(uuidOf(201)));
    const noTemplate = await hosts
      .link(1)
      .ask('volume.create', { pool, volumeId: uuidOf(299), sizeBytes: MIB, templateId: uuidOf(199) });
    assert.equal(noTemplate.refusal?.code, 'missing');
  });

  test('volumes are linked clones, made once', async () => {
    for (const n of [1, 2]) {
      const wish = { pool, volumeId: uuidOf(200 + n), sizeBytes: 256 * MIB, templateId: TEMPLATE };
      const made = await hosts.link(n).call('volume.create', wish);
      assert.equal(made.sizeBytes, 256 * MIB);
      assert.ok(made.allocatedBytes < 2 * MIB);
      assert.deepEqual(await hosts.link(n).call('volume.create', wish), made);
    }
    const evict = await hosts.link(1).ask('template.evict', { pool, templateId: TEMPLATE });
    assert.match(evict.refusal!.message, /has clones/);
    const listed = await hosts.link(2).call('volume.list', { pool });
    assert.deepEqual(listed.volumes.toSorted(), [uuidOf(201), uuidOf(202)]);
    assert.deepEqual(listed.templates, [TEMPLATE]);
  });

  test('a guest on each host boots, gets its address across hosts, and answers', async () => {
    for (const index of [1, 2]) {
      const { id, path } = localOf(index);
      await hosts.link(index).call('pool.stat', { pool: localOf(index) });
      await run(['cp', join(hosts.poolPath, 'template', TEMPLATE), join(path, 'template', TEMPLATE)]);
      const wish = { volumeId: uuidOf(203), sizeBytes: 256 * MIB, templateId: TEMPLATE };
      await hosts.link(index).call('volume.create', { pool: { id, kind: 'Filesystem', path }, ...wish });
    }
    await Promise.all([1, 2].map((n) => hosts.link(n).call('guest.start', guest(n))));
    await hosts.link(1).call('guest.start', guest(1)); // it runs already
    await Promise.all([1, 2].map((n) => says(n, `t-${n}`, new RegExp(`GUEST-DHCP [^\\n]*ip=10\\.77\\.0\\.1${n}/24`))));
    // From the router on host 1 to the guest on host 2 and back, through VXLAN.
    const namespaces = (await hosts.inside(1, 'ip', 'netns', 'list')).trim().split(/\s+/);
    const page = (ip: string): Promise<string> =>
      hosts.inside(
        1,
        'ip',
        'netns',
        'exec',
        namespaces[0]!,
        process.execPath,
        '-e',
        `fetch('http://${ip}/').then((r) => r.text()).then(console.log)`,
      );
    assert.match(await until(() => page('10.77.0.12').catch(() => undefined), BOOT_MS, 'the page of t-2'), /g12/);
    assert.equal(powerOf(1, 't-1'), 'Running');
    const { guests } = await hosts.link(1).call('guest.list', {});
    const [one] = guests;
    assert.ok(one!.cpuSeconds > 0 && one!.memoryKib === 128 * 1024 && one!.diskReadBytes > MIB);
    assert.ok(one!.nics[0]!.mac === macOf(11) && one!.nics[0]!.rxBytes > 0);
  });

  test('a guest moves with its local disk while somebody knocks at it, and a connection survives', async () => {
    await hosts.link(1).call('guest.start', mover(1));
    await says(1, 't-3', /GUEST-READY/);
    const knocking = await knock('10.77.0.13');
    const there = mover(2);
    const door = await hosts.link(2).call('guest.receive', { guest: there, from: uuidOf(1) });
    await hosts.link(1).call('guest.migrate', { guest: there, to: uuidOf(2), door, copy: [uuidOf(203)] });
    for (let twice = 0; twice < 2; twice++) await hosts.link(2).call('guest.received', there);
    const { gapMs, answers, kept } = await knocking.stop();
    process.stderr.write(`moved with its disk: ${gapMs} ms without an answer, of ${answers} answers\n`);
    assert.match(kept, /200 OK/);
    assert.equal(powerOf(1, 't-3'), undefined);
    assert.doesNotMatch(await hosts.console(2, 't-3'), /BOOTED/, 'it was not booted again');
    assert.match(await hosts.inside(2, 'nft', 'list', 'ruleset'), /tap-t13/);
    assert.doesNotMatch(await hosts.inside(1, 'nft', 'list', 'ruleset'), /tap-t13/);
    assert.deepEqual(await hosts.link(1).call('guest.stay', { name: 't-3' }), { here: false });
    const strange = await hosts.link(1).ask('guest.received', there);
    assert.equal(strange.refusal?.code, 'missing');
    await hosts.link(2).call('guest.stop', { name: 't-3', force: true, graceS: 0 });
    for (const index of [1, 2])
      await hosts.link(index).call('volume.delete', { pool: localOf(index), volumeId: uuidOf(203) });
  });

  test('a volume another host owns is not started, and a host that lives keeps it', async () => {
    const refused = await hosts.link(2).ask('guest.start', guest(1));
    assert.equal(refused.refusal?.code, 'refused');
    assert.match(refused.refusal.message, new RegExp(`${uuidOf(201)} is host ${uuidOf(1)}'s, which is alive`));
    assert.equal((await hosts.inside(2, ...virsh, 'list', '--all', '--name')).includes('t-1'), false);
  });

  test('the screen comes over a stream with its ticket', async () => {
    const ticket = 'ticket-of-the-screen';
    await hosts.link(1).call('console.open', { name: 't-1', ticket });
    const { socket, head } = await until(() => hosts.server.streams.get(ticket));
    const got: Buffer[] = [head];
    socket.on('data', (chunk: Buffer) => got.push(chunk));
    socket.resume();
    await until(() => Buffer.concat(got).toString('latin1').startsWith('RFB 003.008\n'));
    socket.write('RFB 003.008\n');
    await until(() => Buffer.concat(got).length >= 14);
    assert.deepEqual([...Buffer.concat(got).subarray(12, 14)], [1, 2], 'one way in: the password');
    socket.destroy();
    assert.equal((await hosts.link(1).ask('console.open', { name: 't-9', ticket })).refusal?.code, 'missing');
  });

  test('a disk comes, grows and goes while the guest runs', async () => {
    const extra = disk(5, 1);
    await says(1, 't-1', /GUEST-READY/); // only now does it watch for what is plugged in
    await hosts
      .link(1)
      .call('volume.create', { pool, volumeId: extra.volumeId, sizeBytes: 64 * MIB, templateId: null });
    await hosts.link(1).call('disk.attach', { name: 't-1', disk: extra });
    await hosts.link(1).call('disk.attach', { name: 't-1', disk: extra });
    await says(1, 't-1', new RegExp(`GUEST-DISK add vdb ${64 * MIB}`));
    assert.deepEqual(
      await hosts.link(1).call('volume.resize', { pool, volumeId: extra.volumeId, sizeBytes: 96 * MIB, guest: 't-1' }),
      { sizeBytes: 96 * MIB },
    );
    assert.match(
      await hosts.inside(1, ...virsh, 'domblkinfo', 't-1', 'vdb'),
      new RegExp(`Capacity:\\s+${96 * MIB}\\b`),
    );
    const smaller = await hosts
      .link(1)
      .ask('volume.resize', { pool, volumeId: extra.volumeId, sizeBytes: 64 * MIB, guest: 't-1' });
    assert.match(smaller.refusal!.message, /can only grow/);
    const used = await hosts.link(1).ask('volume.delete', { pool, volumeId: extra.volumeId });
    assert.match(used.refusal!.message, /in use by guest t-1/);
    await hosts.link(1).call('disk.detach', { name: 't-1', volumeId: extra.volumeId });
    await says(1, 't-1', /GUEST-DISK remove vdb/);
    await hosts.link(1).call('disk.detach', { name: 't-1', volumeId: extra.volumeId });
    for (let twice = 0; twice < 2; twice++)
      await hosts.link(1).call('volume.delete', { pool, volumeId: extra.volumeId });
  });

  test('a CD goes into the drive and out again', async () => {
    const drive = async (): Promise<string> => hosts.inside(1, ...virsh, 'dumpxml', 't-1');
    for (const [n, format] of [
      [206, 'raw'],
      [207, 'qcow2'],
    ] as const) {
      const cd: DiskSpec = { volumeId: uuidOf(n), pool, format, device: 3 };
      await run(['qemu-img', 'create', '-q', '-f', format, join(hosts.poolPath, cd.volumeId), '2M']);
      for (let twice = 0; twice < 2; twice++) await hosts.link(1).call('disk.attach', { name: 't-1', disk: cd });
      assert.match(
        await drive(),
        new RegExp(
          `device='cdrom'>\\s*<driver name='qemu' type='${format}'[^>]*>\\s*<source file='[^']*${cd.volumeId}'`,
        ),
      );
    }
    // The second disc took the place of the first.
    assert.doesNotMatch(await drive(), new RegExp(uuidOf(206)));
    for (const n of [206, 207]) {
      await hosts.link(1).call('disk.detach', { name: 't-1', volumeId: uuidOf(n) });
      await hosts.link(1).call('volume.delete', { pool, volumeId: uuidOf(n) });
    }
    assert.doesNotMatch(await drive(), new RegExp(uuidOf(207)));
  });

  test('a card comes with an address and goes without a trace', async () => {
    const card = nic(21, 1);
    await hosts.link(1).call('nic.attach', { name: 't-1', nic: card });
    await hosts.link(1).call('nic.attach', { name: 't-1', nic: card });
    await says(1, 't-1', /GUEST-DHCP if=eth1 [^\n]*ip=10\.77\.0\.21/);
    assert.match(await hosts.inside(1, 'nft', 'list', 'ruleset'), /tap-t21/);
    for (let twice = 0; twice < 2; twice++)
      await hosts.link(1).call('nic.detach', { name: 't-1', mac: card.mac, tap: card.tap });
    assert.doesNotMatch(await hosts.inside(1, 'ip', 'link'), /tap-t21/);
    assert.doesNotMatch(await hosts.inside(1, 'nft', 'list', 'ruleset'), /tap-t21/);
  });

  test('a reboot is polite or forced, and in the same process', async () => {
    const pid = await hosts.inside(1, 'cat', '/run/libvirt/qemu/t-1.pid');
    const before = (await hosts.console(1, 't-1')).length;
    await hosts.link(1).call('guest.reboot', { name: 't-1', force: false, graceS: 60 });
    await says(1, 't-1', /GUEST-SHUTDOWN/, before);
    await hosts.link(1).call('guest.reboot', { name: 't-1', force: true, graceS: 0 });
    await says(1, 't-1', /BOOTED/, before);
    assert.equal(await hosts.inside(1, 'cat', '/run/libvirt/qemu/t-1.pid'), pid);
    assert.equal(
      (await hosts.link(1).ask('guest.reboot', { name: 't-9', force: true, graceS: 0 })).refusal?.code,
      'missing',
    );
  });

  test('the guest does not notice that its agent was killed', async () => {
    const pid = async (): Promise<string> => (await hosts.inside(1, 'cat', '/run/libvirt/qemu/t-1.pid')).trim();
    const before = await pid();
    await hosts.killAgent(1, 'SIGKILL');
    await hosts.startAgent(1);
    await until(() => powerOf(1, 't-1') === 'Running');
    assert.equal(await pid(), before);
    assert.deepEqual((await hosts.link(1).call('router.list', {})).routers, [{ id: uuidOf(500), generation: 1 }]);
  });

  test('nor that libvirt was killed, and the agent says so all the while', async () => {
    const libvirtd = (await hosts.inside(2, 'cat', '/run/libvirtd.pid')).trim();
    process.kill(Number(libvirtd), 'SIGKILL');
    const { sequence } = hosts.link(2).latest('ping')!;
    await until(() => hosts.link(2).latest('ping')!.sequence > sequence + 1);
    assert.equal(powerOf(2, 't-2'), 'Running');
    await hosts.restoreLab();
    const { guests } = await until(() =>
      hosts
        .link(2)
        .call('guest.list', {})
        .catch(() => undefined),
    );
    assert.equal(guests.find((one) => one.name === 't-2')?.power, 'Running');
  });

  test('a guest that powers itself off is told as Stopped within two seconds, and starts again', async () => {
    await hosts.inside(2, ...virsh, 'shutdown', 't-2', '--mode', 'acpi'); // behind the agent's back
    const gone = async (): Promise<boolean> => !(await hosts.inside(2, ...virsh, 'list', '--name')).includes('t-2');
    await until(gone, BOOT_MS, 'the end of t-2');
    const goneAt = Date.now();
    await until(() => powerOf(2, 't-2') === 'Stopped', 2000, 'the report');
    assert.ok(Date.now() - goneAt < 2000);
    await hosts.link(2).call('guest.start', guest(2));
    assert.equal(
      (await hosts.link(2).call('guest.list', {})).guests.find((one) => one.name === 't-2')?.power,
      'Running',
    );
  });

  test('a stop is polite, and leaves nothing; in a hurry it is short', async () => {
    const before = (await hosts.console(1, 't-1')).length;
    const stopped = hosts.link(1).call('guest.stop', { name: 't-1', force: false, graceS: 60 });
    await says(1, 't-1', /GUEST-(POWERBUTTON|SHUTDOWN)/, before);
    await stopped;
    await hosts.link(1).call('guest.stop', { name: 't-1', force: false, graceS: 60 });
    // The guest on host 2 boots: its firmware ignores the button, so the polite stop waits until the forced one comes.
    const began = Date.now();
    const polite = hosts.link(2).call('guest.stop', { name: 't-2', force: false, graceS: 600 });
    await until(async () => (await hosts.inside(2, ...virsh, 'list', '--name')).includes('t-2') || true);
    await hosts.link(2).call('guest.stop', { name: 't-2', force: true, graceS: 0 });
    await polite;
    assert.ok(Date.now() - began < 20_000);
    for (const i of [1, 2]) {
      assert.equal((await hosts.inside(i, ...virsh, 'list', '--all', '--name')).trim(), '');
      assert.doesNotMatch(await hosts.inside(i, 'ip', 'link'), /tap-t/);
      assert.deepEqual(await readdir(join(hosts.dir, `agent${i}`, 'data/guests')), []);
      assert.deepEqual(await readdir(join(hosts.dir, `agent${i}`, 'data/console')), []);
      assert.equal(powerOf(i, `t-${i}`), undefined);
    }
  });

  test('a guest that is gone for good is forgotten by itself', async () => {
    await hosts.link(1).call('guest.start', guest(1));
    await until(() => powerOf(1, 't-1') === 'Running');
    await hosts.inside(1, ...virsh, 'destroy', 't-1'); // as if QEMU had died
    await until(() => powerOf(1, 't-1') === 'Stopped', 2000, 'the report');
    await until(() => powerOf(1, 't-1') === undefined);
    assert.deepEqual(await readdir(join(hosts.dir, 'agent1/data/guests')), []);
    assert.doesNotMatch(await hosts.inside(1, 'nft', 'list', 'ruleset'), /tap-t11/);
  });

  test('router, network, volumes and the template go when asked', async () => {
    await hosts.link(1).call('router.remove', { id: uuidOf(500) });
    for (const i of [1, 2]) {
      await hosts.link(i).call('network.remove', { vni: VNI });
      await hosts.link(i).call('volume.delete', { pool, volumeId: uuidOf(200 + i) });
    }
    await hosts.link(1).call('template.evict', { pool, templateId: TEMPLATE });
    assert.deepEqual(await readdir(join(hosts.poolPath, 'template')), []);
    assert.deepEqual(
      (await readdir(hosts.poolPath)).filter((name) => name !== 'template' && name !== '.nephos'),
      [],
    );
  });
});
