// Calls as a shell would get them: quoting, secrets, all three tools.
import { expect, test } from 'vitest';
import { quote, snippet, verbAndNoun } from './snippet.ts';

const at = { origin: 'http://cloud', user: 'admin' };

test('verb and noun are apart', () => {
  expect(verbAndNoun('deployVirtualMachine')).toBe('deploy virtualmachine');
  expect(verbAndNoun('login')).toBe('login');
});

test('what a shell would understand otherwise is quoted', () => {
  expect(quote('web-1')).toBe('web-1');
  expect(quote("it's $HOME")).toBe(`'it'\\''s $HOME'`);
  expect(quote('')).toBe(`''`);
});

test('the same call for both command lines', () => {
  const call = { command: 'startVirtualMachine', params: { id: 'v', 'details[0].a b': 'c' } };
  expect(snippet('nephos', call, at)).toBe(`nephos start virtualmachine id=v 'details[0].a b=c'`);
  expect(snippet('cmk', call, at)).toBe(`cmk start virtualmachine id=v 'details[0].a b=c'`);
});

test('a secret is a variable, never its value', () => {
  const call = { command: 'createUser', params: { username: 'lena', password: 'hunter2' }, secrets: ['password'] };
  expect(snippet('nephos', call, at)).toBe('nephos create user username=lena password="$PASSWORD"');
  for (const tool of ['nephos', 'cmk', 'curl'] as const) expect(snippet(tool, call, at)).not.toContain('hunter2');
});

test('curl logs in first and sends the key of the session', () => {
  const text = snippet('curl', { command: 'stopVirtualMachine', params: { id: 'v' } }, at);
  expect(text).toContain('http://cloud/client/api');
  expect(text).toContain('sessionkey=$key');
  expect(text).toContain('--data-urlencode id=v');
});
