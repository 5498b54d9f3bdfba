// The domain XML against checked-in copies (write them anew with UPDATE_GOLDEN=1 and read the difference), and the
// promise that nothing from outside becomes markup.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import fc from 'fast-check';
import { guestSpec } from '#protocol/messages.ts';
import { diskXml, domainXml, nicXml, serialOf, targetOf } from './domain-xml.ts';
import type { DomainHost } from './domain-xml.ts';
import { escapeXml, xml } from './xml.ts';

const id = (n: number): string => `3f0c1c5e-9a50-4f0c-8d51-${String(n).padStart(12, '0')}`;
const pool = { id: id(1), kind: 'Filesystem' as const, path: '/var/lib/nephos/pool one' };

const small = guestSpec.parse({
  name: 'i-2-7-VM',
  uuid: id(7),
  title: 'web <1> & "friends"',
  cpus: 1,
  cpuMhz: 500,
  memoryMib: 128,
  consolePassword: 'p\'<&>"w',
  disks: [{ volumeId: id(20), pool, format: 'qcow2', device: 0 }],
  nics: [{ nicId: id(30), vni: 1001, tap: 'tap-a1', mac: '02:00:00:00:00:01', ip: '10.1.1.10', mtu: 1450, device: 0 }],
});
const large = guestSpec.parse({
  ...small,
  name: 'i-2-8-VM',
  title: '',
  cpus: 8,
  cpuMhz: 2000,
  memoryMib: 16384,
  disks: [
    { volumeId: id(23), pool, format: 'raw', device: 3 },
    {
      volumeId: id(22),
      pool: { ...pool, id: id(2), path: '/mnt/fast' },
      format: 'qcow2',
      device: 5,
      readIops: 500,
      writeIops: 0,
    },
    ...small.disks,
  ],
  nics: [
    {
      ...small.nics[0]!,
      nicId: id(31),
      vni: 16_777_215,
      tap: 'tap-b2',
      mac: '02:00:00:00:00:02',
      mtu: 9000,
      device: 1,
    },
    ...small.nics,
  ],
});
const emulated: DomainHost = {
  accelerator: 'tcg',
  machine: 'q35',
  tcgCacheMib: 32,
  sparePorts: 2,
  cpuWeights: false,
  directPools: new Set(),
  consoleLog: '/var/log/c.log',
};
const helped: DomainHost = { ...emulated, accelerator: 'kvm', cpuWeights: true, directPools: new Set([id(2)]) };

for (const [name, spec, host] of [
  ['emulated', small, emulated],
  ['helped', large, helped],
  ['pc', large, { ...emulated, machine: 'pc' as const }],
] as const) {
  test(`the domain «${name}» is as checked in`, async () => {
    const golden = new URL(`./golden/${name}.xml`, import.meta.url);
    const text = domainXml(spec, host);
    if (process.env.UPDATE_GOLDEN) await writeFile(golden, text);
    assert.equal(text, await readFile(golden, 'utf8'));
  });
}

test('disks are named by their device id, the CD drive by its bus', () => {
  assert.deepEqual(
    [0, 1, 2, 4, 25, 26, 51, 52, 63].map((device) => targetOf(device, 'q35')),
    ['vda', 'vdb', 'vdc', 'vde', 'vdz', 'vdaa', 'vdaz', 'vdba', 'vdbl'],
  );
  assert.equal(targetOf(3, 'q35'), 'sda');
  assert.equal(targetOf(3, 'pc'), 'hdc');
  assert.equal(serialOf('3f0c1c5e-9a50-4f0c-8d51-000000000020'), '3f0c1c5e9a504f0c8d51');
});

test('a disk that comes later and one that is there from the start are written alike', () => {
  const disk = large.disks[1]!;
  assert.ok(domainXml(large, helped).includes(diskXml(disk, helped).text));
  assert.ok(domainXml(large, helped).includes(nicXml(large.nics[0]!).text));
});

test('no title can become markup or an impossible character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (title) => {
      const text = domainXml({ ...small, title: `<${title}>` }, emulated);
      const inside = /<title>(.*)<\/title>/s.exec(text)![1]!;
      assert.doesNotMatch(inside, /[<>"'\p{Cc}\uFFFE\uFFFF]|&(?!(amp|lt|gt|quot|apos);)/u);
      assert.ok(text.isWellFormed());
    }),
  );
  assert.equal(escapeXml('a\0b\nc\ud800'), 'a\uFFFDb\uFFFDc\uFFFD');
});

test('the template escapes values and joins its own pieces', () => {
  assert.equal(xml`<a b='${"x'y"}'>${[xml`<c/>`, xml`<d>${1}</d>`]}</a>`.text, "<a b='x&apos;y'><c/>\n<d>1</d></a>");
});
