// Of two who want a lock one waits, and a holder that is killed holds it no longer.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { withLock } from './lock.ts';

test('work under one lock never overlaps, and goes on where a holder was killed', async (t) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'nephos-lock-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = path.join(dir, 'lock');
  const module = new URL('lock.ts', import.meta.url).href;
  const script = `const { takeLock } = await import(process.argv[1]); await takeLock(process.argv[2]); console.log('held'); setInterval(() => {}, 1000);`;
  const other = spawn(process.execPath, ['--input-type=module', '-e', script, module, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(other.stdout, 'data');
  const order: string[] = [];
  const work = (name: string) =>
    withLock(file, async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      order.push(`${name} ends`);
    });
  const both = Promise.all([work('a'), work('b')]);
  assert.deepEqual(order, [], 'the other process has it');
  other.kill('SIGKILL');
  await both;
  const first = (order as string[])[0]!.charAt(0);
  const second = first === 'a' ? 'b' : 'a';
  assert.deepEqual(order, [`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`]);
  await assert.rejects(
    withLock(file, async () => {
      throw new Error('as asked');
    }),
    /as asked/,
  );
  await work('after a failure');
});
