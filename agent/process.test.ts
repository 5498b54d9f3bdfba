// Starting programs for real: arguments arrive byte for byte, failures are typed, supervised children come back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandFailed, run, runStatus, supervise } from './process.ts';

const node = process.execPath;

async function until(condition: () => boolean, timeoutMs = 5000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    assert.ok(Date.now() < end, 'took too long');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('arguments with metacharacters arrive unchanged', async () => {
  const hostile = ['$(id)', '`id`', 'a b', ';ls', '"', "'", '\n', '*', '-x', 'ü'];
  const { stdout } = await run([
    node,
    '-e',
    'process.stdout.write(JSON.stringify(process.argv.slice(1)))',
    '--',
    ...hostile,
  ]);
  assert.deepEqual(JSON.parse(stdout), hostile);
});

test('input is given and closed', async () => {
  const { stdout } = await run(['cat'], { input: 'hello' });
  assert.equal(stdout, 'hello');
});

test('a failing program tells its name, code and last words', async () => {
  const script = 'for (let i = 0; i < 100; i++) console.error("line " + i); process.exit(3)';
  const error = await run([node, '-e', script]).then(
    () => assert.fail('it should fail'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof CommandFailed);
  assert.equal(error.program, node);
  assert.equal(error.exitCode, 3);
  assert.match(error.message, /failed with code 3: line 88\n.*line 99$/s);
  assert.equal((await runStatus([node, '-e', script])).code, 3);
});

test('a program that is missing or too slow is a CommandFailed', async () => {
  await assert.rejects(
    run(['/nonexistent/program']),
    (error) => error instanceof CommandFailed && /could not be started/.test(error.message),
  );
  await assert.rejects(
    run(['sleep', '30'], { timeoutS: 0.1 }),
    (error) => error instanceof CommandFailed && error.timedOut,
  );
  await assert.rejects(run(['printf', 'a\0b']), TypeError);
});

test('what a program leaves behind does not hold its caller', async () => {
  const began = Date.now();
  await run([
    node,
    '-e',
    'require("node:child_process").spawn("sleep", ["5"], { detached: true, stdio: "inherit" }).unref()',
  ]);
  assert.ok(Date.now() - began < 4000);
});

test('a supervised program comes back after it was killed, and not after stop', async () => {
  const exits: (string | null)[] = [];
  const child = supervise(['sleep', '60'], { backoffMs: 20, onExit: ({ signal }) => exits.push(signal) });
  const first = child.pid()!;
  process.kill(first, 'SIGKILL');
  await until(() => child.pid() !== undefined && child.pid() !== first);
  assert.deepEqual(exits, ['SIGKILL']);
  const second = child.pid()!;
  await child.stop();
  assert.equal(child.pid(), undefined);
  assert.throws(() => process.kill(second, 0), { code: 'ESRCH' });
});
