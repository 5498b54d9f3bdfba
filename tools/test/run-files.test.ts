// The runner on real test files that pass, fail, skip, crash, hang or do not load: what is counted and what is printed.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { isWanted, parseChoice } from './phases.ts';
import { inWords, sum, type Tally } from './tally.ts';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'nephos-run-files-test-'));
after(() => fs.rmSync(folder, { recursive: true }));

/** In a process of its own: node:test does not run files from inside a test. */
function runThere(
  texts: Record<string, string>,
  { timeoutS = 60, names = false } = {},
): { tally: Tally; text: string } {
  const files = Object.entries(texts).map(([name, text]) => {
    const file = path.join(folder, name);
    fs.writeFileSync(
      file,
      `import { test, describe } from 'node:test'; import assert from 'node:assert/strict';\n${text}`,
    );
    return file;
  });
  const options = `{ root: ${JSON.stringify(folder)}, concurrency: 2, timeoutS: ${timeoutS}, names: ${names}, signal: new AbortController().signal }`;
  const script = `import { runFiles } from ${JSON.stringify(new URL('./run-files.ts', import.meta.url).href)};
    console.log(JSON.stringify(await runFiles(${JSON.stringify(files)}, ${options})));`;
  // In a file: node:test starts its children with the options of this process, -e included.
  fs.writeFileSync(path.join(folder, 'runner.mjs'), script);
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const { stdout, stderr } = spawnSync(process.execPath, [path.join(folder, 'runner.mjs')], {
    encoding: 'utf8',
    env,
  });
  const lines = stdout.trimEnd().split('\n');
  assert.match(lines.at(-1) ?? '', /^\{.*\}$/, stderr);
  return { tally: JSON.parse(lines.at(-1)!) as Tally, text: lines.slice(0, -1).join('\n') };
}

test('counts tests, not suites; passing ones are silent unless asked for', () => {
  const texts = {
    'a.mjs': `test('one', () => {}); describe('s', () => { test('two', () => {}); test.skip('three', () => {}); test.todo('four'); });`,
  };
  const { tally, text } = runThere(texts);
  assert.deepEqual(tally, { passed: 2, failed: 0, skipped: 2 });
  assert.equal(text, '');
  assert.match(runThere(texts, { names: true }).text, /✔ one .*\n.*✔ two .*\n.*- three/);
});

test('a failure names place and test, shows the difference and what the file has printed', () => {
  const { tally, text } = runThere({
    'b.mjs': `console.log('a hint');\ntest('sums', () => {\n assert.equal(1 + 1, 3); });`,
  });
  assert.deepEqual(tally, { passed: 0, failed: 1, skipped: 0 });
  assert.match(text, /✖ b\.mjs:3 sums\n/);
  assert.match(text, /2 !== 3/);
  assert.match(text, /b\.mjs:4:9/);
  assert.match(text, / {2}\| a hint/);
  assert.doesNotMatch(text, /node:internal/);
});

test('what a test measured is shown where its name is, and where it failed', () => {
  const texts = { 'm.mjs': `test('m', (t) => { t.diagnostic('took 3 ms'); });` };
  assert.equal(runThere(texts).text, '');
  assert.match(runThere(texts, { names: true }).text, /^ {4}took 3 ms$/m);
  const failing = { 'n.mjs': `test('n', (t) => { t.diagnostic('seed 7'); assert.equal(1, 2); });` };
  assert.match(runThere(failing).text, /^ {4}seed 7$/m);
});

test('a failing test in a suite is one failure', () => {
  const { tally } = runThere({
    'c.mjs': `describe('s', () => { test('x', () => { throw new Error('no'); }); test('y', () => {}); });`,
  });
  assert.deepEqual(tally, { passed: 1, failed: 1, skipped: 0 });
});

test('a file that does not load, ends early or hangs is a failure', () => {
  const missing = runThere({ 'd.mjs': `import './not-there.mjs';` });
  assert.equal(missing.tally.failed, 1);
  assert.match(missing.text, /ERR_MODULE_NOT_FOUND/);
  assert.equal(runThere({ 'e.mjs': `test('x', () => process.kill(process.pid, 'SIGKILL'));` }).tally.failed, 1);
  const hung = runThere({ 'f.mjs': `test('x', () => {}); setInterval(() => {}, 1000);` }, { timeoutS: 1 });
  assert.equal(hung.tally.failed, 1);
  assert.match(hung.text, /f\.mjs:1 the file itself\n.*still running after 1 s/);
  assert.equal(runThere({ 'h.mjs': `test('x', () => { for (;;); });` }, { timeoutS: 1 }).tally.failed, 1);
  assert.match(runThere({ 'i.mjs': `export const x = 1;` }).text, /i\.mjs:1 has no tests/);
});

test('a suite that fails outside of its tests is a failure', () => {
  const { tally, text } = runThere({
    'g.mjs': `import { after } from 'node:test'; describe('s', () => { after(() => { throw new Error('left over'); }); test('x', () => {}); });`,
  });
  assert.deepEqual(tally, { passed: 1, failed: 1, skipped: 0 });
  assert.match(text, /left over/);
});

test('the words after npm test --', () => {
  const all = ['check', 'unit', 'contract', 'sim', 'database', 'real', 'browser'];
  assert.deepEqual(parseChoice([]), { phases: all, filters: [], yes: false });
  assert.deepEqual(parseChoice(['unit', './kernel/', 'queue', '--yes']), {
    phases: ['unit'],
    filters: ['./kernel/', 'queue'],
    yes: true,
  });
  assert.throws(() => parseChoice(['units']), /unknown phase "units"; there are check, unit/);
  assert.throws(() => parseChoice(['--no']), /unknown option --no/);
  assert.ok(isWanted('kernel/queue.test.ts', ['./kernel/']));
  assert.ok(!isWanted('kernel/queue.test.ts', ['cloud']));
});

test('the last line', () => {
  assert.equal(inWords({ passed: 3, failed: 0, skipped: 0 }), '3 passed, 0 failed');
  assert.equal(
    inWords(sum({ passed: 1, failed: 1, skipped: 0 }, { passed: 1, failed: 0, skipped: 2 })),
    '2 passed, 1 failed, 2 skipped',
  );
});
