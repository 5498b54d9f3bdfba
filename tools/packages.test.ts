// Finding missing Debian packages with the machine's own dpkg, and the policy that keeps services stopped, on files of
// its own. Installing is not tried here: it would change the machine.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { ensurePackages, installCommand, missingPackages, PackagesMissing } from './packages.ts';
import { keepServicesStopped } from './service-policy.ts';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'nephos-packages-test-'));
const [policy, lock] = [path.join(folder, 'policy-rc.d'), path.join(folder, 'lock')];
after(() => fs.rmSync(folder, { recursive: true }));
beforeEach(() => fs.rmSync(policy, { force: true }));

const noDpkg = spawnSync('dpkg-query', ['--version']).error && 'no dpkg here';
const answer = (): number | null => spawnSync(policy, ['any', 'start']).status;

test('what dpkg does not know is missing, each once', { skip: noDpkg }, async () => {
  const list = ['dpkg', 'nephos-not-a-package', 'nephos-not-a-package'].map((name) => ({ name, why: 'a test' }));
  assert.deepEqual(await missingPackages(list), [{ name: 'nephos-not-a-package', why: 'a test' }]);
  assert.deepEqual(await missingPackages([{ name: 'dpkg', why: 'a test' }]), []);
  await ensurePackages([{ name: 'dpkg', why: 'a test' }], { ask: false });
});

test('the error says which, why, and the exact command', () => {
  const missing = [
    { name: 'one', why: 'first' },
    { name: 'two', why: 'second' },
  ];
  const error = new PackagesMissing(missing, 'Only root can install them:');
  assert.equal(error.command, 'apt-get install -y --no-install-recommends one two');
  assert.equal(
    error.message,
    `missing one (first), two (second). Only root can install them:\n  ${installCommand(missing)}`,
  );
});

test('services stay stopped until released, then there is no policy again', async () => {
  const release = await keepServicesStopped(policy, lock);
  assert.equal(answer(), 101);
  await release();
  assert.equal(fs.existsSync(policy), false);
});

test("the machine's own policy comes back", async () => {
  fs.writeFileSync(policy, '#!/bin/sh\nexit 104\n', { mode: 0o755 });
  const release = await keepServicesStopped(policy, lock);
  assert.equal(answer(), 101);
  await release();
  assert.equal(answer(), 104);
  assert.equal(fs.statSync(policy).mode & 0o777, 0o755);
});

test('a killed install denies nothing, and the next one restores', async () => {
  fs.writeFileSync(policy, '#!/bin/sh\nexit 104\n', { mode: 0o755 });
  const module = new URL('./service-policy.ts', import.meta.url).href;
  const script = `import { keepServicesStopped } from ${JSON.stringify(module)};
    await keepServicesStopped(${JSON.stringify(policy)}, ${JSON.stringify(lock)}); console.log('held');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  assert.equal(answer(), 101);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(answer(), 104);
  const release = await keepServicesStopped(policy, lock);
  assert.equal(answer(), 101);
  await release();
  assert.equal(fs.readFileSync(policy, 'utf8'), '#!/bin/sh\nexit 104\n');
});

test('of two installs one waits', async () => {
  const first = await keepServicesStopped(policy, lock);
  let turn = false;
  const second = keepServicesStopped(policy, lock).then((release) => ((turn = true), release));
  assert.equal(spawnSync('flock', ['--nonblock', lock, 'true']).status, 1);
  assert.equal(turn, false);
  await first();
  const release = await second;
  assert.equal(answer(), 101);
  await release();
  assert.equal(fs.existsSync(policy), false);
});
