// The console's own unit tests and its types, which live with its own packages, as part of `npm test`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { buildConsole } from '../../clients/console/build.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');
const CONSOLE = path.join(PROJECT, 'clients/console');
const run = promisify(execFile);

/** Runs a program of an npm package; what it printed is in the failure. */
async function runs(file: string, args: readonly string[]): Promise<string> {
  return run(process.execPath, [file, ...args], { cwd: CONSOLE, maxBuffer: 1 << 24 }).then(
    ({ stdout }) => stdout,
    (error: Error & { stdout?: string; stderr?: string }) =>
      assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`),
  );
}

test('the console is built within its budget', async () => {
  await buildConsole({ log: console.log });
});

test('the unit tests of the console pass', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'nephos-console-units-'));
  const report = path.join(folder, 'report.json');
  try {
    await runs(path.join(CONSOLE, 'node_modules/vitest/vitest.mjs'), [
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ]);
    const out = JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numTotalTests: number };
    console.log(`${out.numPassedTests} of ${out.numTotalTests} unit tests of the console`);
    assert.equal(out.numPassedTests, out.numTotalTests);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const project of ['tsconfig.json', 'tsconfig.node.json']) {
  test(`the types of the console are right (${project})`, async () => {
    await runs(path.join(PROJECT, 'node_modules/typescript/bin/tsc'), ['-p', project]);
  });
}
