// Before a release is put back, the jobs that it could not run are named.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openDb } from '#kernel/db.ts';
import { enqueue } from '#kernel/queue.ts';
import { cloneDatabase } from '#test/database.ts';
import { jobsBeyond } from './jobs.ts';

test('jobs of a kind or a version that a release does not know are counted, and no others', async (t) => {
  const { url, drop } = await cloneDatabase();
  const db = openDb({ url, max: 2 });
  const older = mkdtempSync(path.join(tmpdir(), 'nephos-release-'));
  t.after(async () => {
    await db.close();
    await drop();
    rmSync(older, { recursive: true, force: true });
  });
  mkdirSync(path.join(older, 'server'));
  writeFileSync(path.join(older, 'package.json'), '{ "type": "module" }');
  writeFileSync(
    path.join(older, 'server/workflows.ts'),
    `export const workflows = [{ kind: 'vm.start', version: 1 }, { kind: 'vm.stop', version: 2 }];\n`,
  );
  const put = (kind: string, version: number) => db.tx((tx) => enqueue(tx, { kind, version }, {}, { lanes: [] }));
  for (const [kind, version] of [
    ['vm.start', 1],
    ['vm.start', 2],
    ['vm.start', 2],
    ['vm.stop', 1],
    ['vm.new', 1],
  ] as const)
    await put(kind, version);
  assert.deepEqual(await jobsBeyond(older, url), ['1 of vm.new, version 1', '2 of vm.start, version 2']);
});
