// What the agent reads from other programs and from /proc, on texts as they really look.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { guestSpec } from '#protocol/messages.ts';
import { makeLoadMeter, parseCpuinfo, parseCpuTimes, parseMeminfo } from './facts.ts';
import { openGuestFiles } from './guest-files.ts';
import { trimConsoles } from './kvm.ts';
import { parseEvent } from './power-watch.ts';
import { reportOf } from './report.ts';
import { parseDomstats } from './virsh.ts';

const DOMSTATS = `Domain: 'i-2-7-VM'
  state.state=1
  state.reason=1
  cpu.time=4500000000
  balloon.current=131072
  net.count=2
  net.0.name=tap-a1
  net.0.rx.bytes=100
  net.0.tx.bytes=200
  net.1.name=somebody
  net.1.rx.bytes=7
  block.count=2
  block.0.name=vda
  block.0.path=/pool/a=b
  block.0.rd.reqs=10
  block.0.rd.bytes=1000
  block.0.wr.reqs=1
  block.0.wr.bytes=10
  block.1.name=vdb
  block.1.rd.reqs=5
  block.1.rd.bytes=500

Domain: 'i-2-8-VM'
  state.state=3
`;

test('domstats becomes a report with the cards by address', () => {
  const stats = parseDomstats(DOMSTATS);
  assert.equal(stats.get('i-2-7-VM')!.get('block.0.path'), '/pool/a=b');
  const nic = { tap: 'tap-a1', mac: '02:00:00:00:00:01' };
  assert.deepEqual(reportOf('i-2-7-VM', stats.get('i-2-7-VM')!, { nics: [nic] } as never), {
    name: 'i-2-7-VM',
    power: 'Running',
    cpuSeconds: 4.5,
    memoryKib: 131072,
    diskReadBytes: 1500,
    diskWriteBytes: 10,
    diskReadOps: 15,
    diskWriteOps: 1,
    nics: [{ mac: nic.mac, rxBytes: 100, txBytes: 200 }],
  });
  assert.equal(reportOf('i-2-8-VM', stats.get('i-2-8-VM')!, undefined).power, 'Paused');
});

test('events of libvirt are understood, other lines are not', () => {
  assert.deepEqual(parseEvent("event 'lifecycle' for domain 'i-2-7-VM': Stopped Shutdown"), {
    event: 'lifecycle',
    guest: 'i-2-7-VM',
    detail: 'Stopped Shutdown',
  });
  assert.deepEqual(parseEvent("event 'reboot' for domain 'a'"), { event: 'reboot', guest: 'a', detail: '' });
  assert.equal(parseEvent('error: Disconnected from qemu:///system'), undefined);
  assert.equal(parseEvent("event 'lifecycle' for domain '-x': Stopped"), undefined);
});

test('processors and memory are counted', () => {
  const one = (n: number, socket: number): string =>
    `processor\t: ${n}\nmodel name\t: Some CPU @ 2.50GHz\ncpu MHz\t\t: 1200.5\nphysical id\t: ${socket}\n`;
  assert.deepEqual(parseCpuinfo([0, 1, 2, 3].map((n) => one(n, n >> 1)).join('\n')), {
    cpus: 4,
    cpuSockets: 2,
    cpuMhz: 2500,
  });
  assert.deepEqual(parseCpuinfo('processor : 0\nmodel name : Virtual\ncpu MHz : 2599.9\n'), {
    cpus: 1,
    cpuSockets: 1,
    cpuMhz: 2600,
  });
  assert.deepEqual(parseCpuinfo(''), { cpus: 1, cpuSockets: 1, cpuMhz: 1000 });
  assert.deepEqual(parseMeminfo('MemTotal:  2048000 kB\nMemFree: 1 kB\nMemAvailable:  1024000 kB\n'), {
    totalMib: 2000,
    availableMib: 1000,
  });
  assert.deepEqual(parseCpuTimes('cpu  10 20 30 100 40 1 2 3 99 0\ncpu0 …'), { busy: 66, total: 206 });
});

test('the load is a share of this machine', async () => {
  const meter = makeLoadMeter();
  await meter();
  const { cpuUsedPercent, memoryUsedMib } = await meter();
  assert.ok(cpuUsedPercent >= 0 && cpuUsedPercent <= 100);
  assert.ok(memoryUsedMib > 0);
});

test('guest files come back, whole, for root alone; a broken one is set aside', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'nephos-guests-'));
  try {
    const id = '3f0c1c5e-9a50-4f0c-8d51-000000000001';
    const spec = guestSpec.parse({
      name: 'i-1',
      uuid: id,
      title: '',
      cpus: 1,
      cpuMhz: 1,
      memoryMib: 64,
      consolePassword: 'x',
      nics: [],
      disks: [{ volumeId: id, pool: { id, kind: 'Filesystem', path: '/p' }, format: 'qcow2', device: 0 }],
    });
    const files = await openGuestFiles(dir);
    await files.put(spec);
    await files.put({ ...spec, name: 'i-2' });
    await files.remove('i-2');
    await writeFile(join(dir, 'i-3.json'), '{"name":');
    await writeFile(join(dir, 'i-4.json.new'), '{');
    const again = await openGuestFiles(dir);
    assert.deepEqual([...again.all().values()], [spec]);
    assert.deepEqual((await readdir(dir)).toSorted(), ['i-1.json', 'i-3.json.bad']);
    assert.equal((await stat(join(dir, 'i-1.json'))).mode & 0o077, 0);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('a console that grows without end is cut', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'nephos-console-'));
  try {
    await writeFile(join(dir, 'loud.log'), 'x'.repeat(2000));
    await writeFile(join(dir, 'quiet.log'), 'x'.repeat(10));
    await trimConsoles(dir, 1000);
    assert.deepEqual([(await stat(join(dir, 'loud.log'))).size, (await stat(join(dir, 'quiet.log'))).size], [0, 10]);
  } finally {
    await rm(dir, { recursive: true });
  }
});
