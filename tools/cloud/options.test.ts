// Where a start's wishes come from: the environment before the file, and every mistake by its name.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readOptions } from './options.ts';

test('a file says what the environment does not', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'nephos-options-'));
  const file = path.join(dir, 'config.json');
  const say = (text: string): void => writeFileSync(file, text);
  try {
    const env = { NEPHOS_DATA: dir };
    assert.deepEqual(readOptions([], env).listen, { host: '127.0.0.1', port: 8080 });
    say('{"listen":"0.0.0.0:9000","agentPort":9250,"agentHosts":["10.0.0.1","10.0.0.2"]}');
    const { listen, agentPort, agentHosts } = readOptions([], env);
    assert.deepEqual(
      [listen, agentPort, agentHosts],
      [{ host: '0.0.0.0', port: 9000 }, 9250, ['10.0.0.1', '10.0.0.2']],
    );
    assert.equal(readOptions([], { ...env, NEPHOS_LISTEN: '127.0.0.1:9001' }).listen.port, 9001);
    say('{"listen":"nowhere"}');
    assert.throws(() => readOptions([], env), /listen.*'nowhere'; host:port is accepted/i);
    say('{"port":9000}');
    assert.throws(() => readOptions([], env), /config\.json: .*port.*Fields are listen, agentPort/);
    say('{');
    assert.throws(() => readOptions([], env), /config\.json is not JSON/);
    assert.throws(() => readOptions([], { NEPHOS_CONFIG: '/nowhere.json' }), /NEPHOS_CONFIG is '\/nowhere\.json'/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('how many servers there shall be is checked before anything is touched', () => {
  const env = { NEPHOS_DATA: '/nowhere' };
  assert.equal(readOptions([], env).servers, 1);
  assert.equal(readOptions(['--simulator', '--servers', '2'], env).servers, 2);
  assert.throws(() => readOptions(['--servers', '0'], env), /--servers is '0'; a whole number from 1 to 8 is accepted/);
});
