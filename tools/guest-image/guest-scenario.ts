// What a guest of the image does between its first boot and its last, seen from outside. Runs alone in a network
// namespace: guest-scenario.ts IMAGE pc|q35. QEMU's gateway 10.0.2.2 leads to this namespace's loopback.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { run, runStatus } from '#agent/process.ts';
import { bootGuest, makeOverlay } from './boot.ts';
import type { BootedGuest, BootOptions } from './boot.ts';

const [image = '', machine = 'pc'] = process.argv.slice(2);
const PORTS = { httpPort: 18_080, sshPort: 18_022 };
const PASSWORD = 'from the & cloud/7';
const MIB = 1024 * 1024;
const BOOT_S = 90;

/** What the router answers; a test changes it between boots. */
const router = {
  metadata: {
    'instance-id': 'i-2-7-VM',
    'local-hostname': 'web-1',
    'service-offering': 'Tiny <1 & 2>',
    'availability-zone': 'Lisbon',
  } as Record<string, string>,
  userData: '#!/bin/sh\necho "hello from $(hostname) <b>"\necho ran >> /var/lib/marker\n',
  publicKey: '',
  password: PASSWORD as string | null,
  taken: 0,
};
const servers = [
  createServer((request, answer) => {
    const item = /^\/latest\/meta-data\/([a-z-]+)$/.exec(request.url ?? '')?.[1] ?? '';
    const text =
      request.url === '/latest/user-data'
        ? router.userData
        : item === 'public-keys'
          ? router.publicKey
          : router.metadata[item];
    if (text === undefined) answer.writeHead(404).end();
    else answer.end(text);
  }).listen(80, '127.0.0.1'),
  createServer((request, answer) => {
    if (request.headers['domu_request'] === 'saved_password') {
      router.password = null;
      router.taken++;
    }
    answer.end(router.password ?? 'saved_password');
  }).listen(8080, '127.0.0.1'),
];

let folder: string;
let guest: BootedGuest;
let options: BootOptions;

before(async () => {
  await run(['ip', 'link', 'set', 'lo', 'up']);
  folder = await mkdtemp(join(tmpdir(), 'guest-scenario-'));
  await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]);
  await writeFile(join(folder, 'askpass'), '#!/bin/sh\necho "$GUEST_PASSWORD"\n', { mode: 0o700 });
  router.publicKey = await readFile(join(folder, 'key.pub'), 'utf8');
  options = { image, machine: machine as 'pc' | 'q35', hostname: 'web-1', disk: join(folder, 'root.qcow2'), ...PORTS };
  await makeOverlay(image, options.disk!, 3 * 1024 * MIB);
  guest = await bootGuest(options);
});
after(async () => {
  await guest.close();
  for (const server of servers) server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Waits for a line on the console that was not there at `since`. */
async function says(line: RegExp, withinS = 30, since = 0): Promise<string> {
  const until = performance.now() + withinS * 1000;
  while (performance.now() < until) {
    const found = line.exec(guest.console().slice(since));
    if (found !== null) return found[0];
    await pause(50);
  }
  assert.fail(`the guest did not say ${line} within ${withinS} s; its console:\n${guest.console().slice(-3000)}`);
}

async function info(): Promise<Record<string, string>> {
  const response = await fetch(`http://127.0.0.1:${PORTS.httpPort}/cgi-bin/info`, {
    signal: AbortSignal.timeout(10_000),
  });
  assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8');
  const lines = (await response.text()).trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

async function infoWhere(
  what: string,
  holds: (facts: Record<string, string>) => boolean,
): Promise<Record<string, string>> {
  const until = performance.now() + 20_000;
  let facts = await info();
  while (!holds(facts)) {
    if (performance.now() > until) assert.fail(`not seen: ${what}; the guest says ${JSON.stringify(facts)}`);
    await pause(100);
    facts = await info();
  }
  return facts;
}

const SSH = [
  'ssh',
  '-F',
  'none',
  '-p',
  String(PORTS.sshPort),
  '-o',
  'StrictHostKeyChecking=no',
  '-o',
  'UserKnownHostsFile=/dev/null',
  '-o',
  'LogLevel=ERROR',
  '-o',
  'ConnectTimeout=20',
  '-o',
  'NumberOfPasswordPrompts=1',
];
const byKey = async (command: string): Promise<string> =>
  (await run([...SSH, '-i', join(folder, 'key'), '-o', 'IdentitiesOnly=yes', 'root@127.0.0.1', command])).stdout;
const byPassword = (password: string): ReturnType<typeof runStatus> =>
  runStatus([...SSH, '-o', 'PubkeyAuthentication=no', 'root@127.0.0.1', 'echo inside'], {
    env: {
      SSH_ASKPASS: join(folder, 'askpass'),
      SSH_ASKPASS_REQUIRE: 'force',
      DISPLAY: 'none',
      GUEST_PASSWORD: password,
    },
  });

async function agent(command: string): Promise<unknown> {
  const socket = connect(guest.agentSocket);
  try {
    socket.write(`${JSON.stringify({ execute: command })}\n`);
    socket.setTimeout(20_000, () => socket.destroy(new Error(`the guest agent does not answer ${command}`)));
    for await (const line of createInterface({ input: socket }))
      return (JSON.parse(line) as { return: unknown }).return;
  } finally {
    socket.destroy();
  }
  return undefined;
}

test('it gets its address and name, and shows them', async () => {
  await says(/GUEST-DHCP if=eth0 ip=10\.0\.2\.15\/24 gw=10\.0\.2\.2 .*host=web-1/, BOOT_S);
  await says(/GUEST-READY web-1/, BOOT_S);
  await says(/GUEST-USERDATA status=0/);
  const facts = await info();
  assert.equal(facts.hostname, 'web-1');
  assert.equal(facts['ip.eth0'], '10.0.2.15/24');
  assert.equal(facts.default_route, '10.0.2.2');
  assert.equal(facts['resolv.nameserver'], '10.0.2.3');
  assert.equal(facts.cpus, '1');
  assert.equal(facts.boots, '1');
  assert.equal(facts.ready, 'yes');
  assert.equal(facts['metadata.instance-id'], 'i-2-7-VM');
  assert.equal(facts['metadata.service-offering'], 'Tiny <1 & 2>');
  assert.equal(facts['userdata.output'], 'hello from web-1 <b>');
  const page = await (await fetch(`http://127.0.0.1:${PORTS.httpPort}/`)).text();
  assert.match(page, /<h1>web-1<\/h1>/);
  for (const part of [
    '10.0.2.15/24',
    'Lisbon',
    'Tiny &lt;1 &amp; 2&gt;',
    'hello from web-1 &lt;b&gt;',
    'start number 1',
  ])
    assert.ok(page.includes(part), part);
});

test('its root file system fills the disk', async () => {
  await says(/GUEST-GROWROOT/);
  const facts = await info();
  assert.equal(facts['disk.vda'], String(3 * 1024 * MIB));
  assert.ok(Number(facts.root_kib) > 2.8 * MIB, facts.root_kib);
});

test('its key and the password of the cloud open it; the console’s password does not', async () => {
  assert.equal(await byKey('id -u; cat /var/lib/marker'), '0\nran\n');
  assert.equal(router.taken, 1);
  assert.notEqual((await byPassword('password')).code, 0);
  const { code, stdout, stderr } = await byPassword(PASSWORD);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, 'inside\n');
});

test('a card plugged into it gets an address, and is let go', async () => {
  await guest.qmp('netdev_add', { type: 'user', id: 'net2', net: '10.0.3.0/24', restrict: true });
  await guest.qmp('device_add', {
    driver: 'virtio-net-pci',
    id: 'nic1',
    netdev: 'net2',
    romfile: '',
    ...(machine === 'q35' ? { bus: 'spare1' } : {}),
  });
  await says(/GUEST-DHCP if=eth1 ip=10\.0\.3\.15/);
  const facts = await info();
  assert.equal(facts['ip.eth1'], '10.0.3.15/24');
  assert.equal(facts.default_route, '10.0.2.2');
  assert.equal(facts.hostname, 'web-1');
  await guest.qmp('device_del', { id: 'nic1' });
  await infoWhere('card gone', (now) => now['mac.eth1'] === undefined);
});

test('a disk plugged into it is there, takes data, and is let go', async () => {
  const extra = join(folder, 'extra.raw');
  await writeFile(extra, Buffer.alloc(16 * MIB));
  await guest.qmp('blockdev-add', { driver: 'raw', 'node-name': 'extra', file: { driver: 'file', filename: extra } });
  await guest.qmp('device_add', {
    driver: 'virtio-blk-pci',
    id: 'disk1',
    drive: 'extra',
    ...(machine === 'q35' ? { bus: 'spare2' } : {}),
  });
  await says(/GUEST-DISK add vdb 16777216/);
  assert.equal((await info())['disk.vdb'], String(16 * MIB));
  assert.equal(
    await byKey(
      'mke2fs /dev/vdb > /dev/null && mount /dev/vdb /mnt && echo kept > /mnt/file && umount /mnt && mount /dev/vdb /mnt && cat /mnt/file && umount /mnt',
    ),
    'kept\n',
  );
  await guest.qmp('device_del', { id: 'disk1' });
  await says(/GUEST-DISK remove vdb/);
});

test('the guest agent answers and tells its addresses', async () => {
  assert.deepEqual(await agent('guest-ping'), {});
  const cards = (await agent('guest-network-get-interfaces')) as {
    name: string;
    'ip-addresses'?: { 'ip-address': string }[];
  }[];
  assert.ok(cards.some((card) => card['ip-addresses']?.some((address) => address['ip-address'] === '10.0.2.15')));
});

test('the power button ends it in order, and what it wrote is there at the next start', async () => {
  await byKey('echo remembered > /var/lib/note');
  await guest.qmp('system_powerdown');
  await Promise.race([
    guest.ended,
    pause(40_000).then(() => assert.fail(`still running; its console:\n${guest.console().slice(-1000)}`)),
  ]);
  assert.match(guest.console(), /GUEST-POWERBUTTON[\s\S]*GUEST-SHUTDOWN/);
  await guest.close();
  guest = await bootGuest({ ...options, hostname: 'web-2', cpus: 2, memoryMib: 192 });
  await says(/GUEST-READY web-2/, BOOT_S);
  const facts = await info();
  assert.equal(facts.hostname, 'web-2');
  assert.equal(facts.boots, '2');
  assert.equal(facts.cpus, '2');
  assert.equal(await byKey('cat /var/lib/note /var/lib/marker; mount | grep -c " / .*rw"'), 'remembered\nran\n1\n');
  assert.equal((await byPassword(PASSWORD)).stdout, 'inside\n');
  assert.doesNotMatch(guest.console(), /GUEST-USERDATA|GUEST-PASSWORD/);
});

test('a copy of its disk is another instance: user data runs again, the old password is void', async () => {
  await byKey('sync');
  await guest.close();
  router.metadata['instance-id'] = 'i-2-8-VM';
  router.userData = '#!/bin/sh\nexit 3\n';
  guest = await bootGuest({ ...options, hostname: 'copy' });
  await says(/GUEST-READY copy/, BOOT_S);
  await says(/GUEST-USERDATA status=3/);
  assert.equal((await info())['userdata.status'], '3');
  assert.notEqual((await byPassword(PASSWORD)).code, 0);
  assert.match(await byKey('hostname'), /^copy$/m);
});
