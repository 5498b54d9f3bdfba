// The probe guest, booted for real by emulation, which works everywhere; and what is made of its answers.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runStatus } from '../process.ts';
import { boots, chooseAccelerator, probeSector } from './accelerator.ts';

const qemu = (await runStatus(['qemu-system-x86_64', '--version']).catch(() => undefined)) !== undefined;
const skip = qemu ? false : 'needs QEMU (Debian package qemu-system-x86)';

test('the probe is one boot sector', () => {
  const sector = probeSector();
  assert.equal(sector.length, 512);
  assert.equal(sector.readUInt16LE(510), 0xaa55);
});

test('the probe guest boots under emulation', { skip }, async () => {
  assert.equal(await boots('tcg', 30), true);
});

test('a probe that does not end in time is a no', { skip }, async () => {
  assert.equal(await boots('tcg', 0.02), false);
});

test('the answer is kept, and asked again when QEMU is another or the file is broken', { skip }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'nephos-accelerator-'));
  const cacheFile = join(dir, 'sub', 'accelerator.json');
  try {
    const first = await chooseAccelerator({ qemuVersion: 'a', cacheFile });
    const kept = await readFile(cacheFile, 'utf8').catch(() => undefined);
    if (kept === undefined) return; // no /dev/kvm here: nothing to remember
    assert.equal((JSON.parse(kept) as { accelerator: string }).accelerator, first);
    const opposite = first === 'kvm' ? 'tcg' : 'kvm';
    await writeFile(cacheFile, kept.replace(`"${first}"`, `"${opposite}"`));
    assert.equal(await chooseAccelerator({ qemuVersion: 'a', cacheFile }), opposite, 'the cache is believed');
    await writeFile(cacheFile, 'not json');
    assert.equal(await chooseAccelerator({ qemuVersion: 'b', cacheFile }), first);
  } finally {
    await rm(dir, { recursive: true });
  }
});
