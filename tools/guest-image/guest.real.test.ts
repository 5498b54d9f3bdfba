// Boots the image for real, in plain emulation and in a network namespace of its own, where ports 80 and 8080 of
// loopback play the network's router. The scenario itself is in guest-scenario.ts. Needs root.
import assert from 'node:assert/strict';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '#agent/process.ts';
import { buildGuestImage } from './build.ts';
import type { GuestImage } from './build.ts';

const cacheDir = join(import.meta.dirname, '../../.cache/guest-image');
let image: GuestImage;
let folder: string;

before(async () => {
  // Two at once, as where two clouds share a cache: one builds, if it must be built, and both have it.
  const said: string[] = [];
  const both = await Promise.all([1, 2].map(() => buildGuestImage({ cacheDir, log: (line) => void said.push(line) })));
  assert.deepEqual(both[0], both[1]);
  assert.ok(said.filter((line) => line.startsWith('building')).length <= 1, said.join('\n'));
  image = both[0]!;
  folder = await mkdtemp(join(tmpdir(), 'guest-test-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('an image that is built already is not built again', async () => {
  assert.deepEqual(await buildGuestImage({ cacheDir, log: (line) => assert.fail(line) }), image);
  await access(image.path);
  assert.match(image.sha256, /^[0-9a-f]{64}$/);
  assert.match(image.kernelVersion, /^\d+\.\d+/);
});

for (const machine of ['pc', 'q35']) {
  test(`a guest on ${machine}: name, page, metadata, password, keys, plugging, agent, power`, async () => {
    const plain = join(folder, 'template.qcow2');
    await run(['qemu-img', 'convert', '-f', 'qcow2', '-O', 'qcow2', image.path, plain]);
    const scenario = join(import.meta.dirname, 'guest-scenario.ts');
    // Not part of this file's test run: the runner's mark must not be inherited.
    await run(['unshare', '--net', '--', process.execPath, '--test-reporter=spec', scenario, plain, machine], {
      timeoutS: 420,
      env: { NODE_TEST_CONTEXT: '' },
    });
  });
}
