// The search for names of one machine, in a real git repository made for the test.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { findPrivateNames } from './private-names.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nephos-private-names-'));
after(() => rmSync(folder, { recursive: true }));

// Put together, so that this file holds no such name itself.
const WORK = ['', 'work'].join('/');
const NPM = ['registry', 'npmjs', 'org'].join('.');

test('finds workspace paths and registry hosts in tracked files only', async () => {
  execFileSync('git', ['init', '--quiet', folder]);
  writeFileSync(path.join(folder, 'a.md'), `see ${WORK}/main\nfine: var${WORK}/x, **${WORK}/y, ${WORK}\n`);
  writeFileSync(path.join(folder, 'lock.json'), `{\n "x": "https://${NPM}/x.tgz" }\n`);
  writeFileSync(path.join(folder, 'host.txt'), 'from npm.example.net\n');
  writeFileSync(path.join(folder, 'untracked.md'), `${WORK}/main\n`);
  execFileSync('git', ['-C', folder, 'add', 'a.md', 'lock.json', 'host.txt']);
  const found = await findPrivateNames(folder, { npm_config_registry: 'https://npm.example.net/npm/' });
  assert.deepEqual(
    found.map(({ file, line }) => `${file}:${line}`),
    ['a.md:1', 'host.txt:1', 'lock.json:2'],
  );
});

test('a folder without git has no findings', async () => {
  const bare = mkdtempSync(path.join(tmpdir(), 'nephos-no-git-'));
  try {
    assert.deepEqual(await findPrivateNames(bare, {}), []);
  } finally {
    rmSync(bare, { recursive: true });
  }
});
