// What guests are answered about themselves, without any socket.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerMetadata, answerPassword, metadataOf } from './metadata.ts';
import { everything } from './sample.ts';

const guests = metadataOf(everything(), new Set());
const web = guests.get('10.1.1.10');
const ask = (path: string): [number, string] => {
  const { status, body } = answerMetadata(web, path);
  return [status, body.toString()];
};

test('metadata by name, as a list, and below /latest directly', () => {
  assert.deepEqual(ask('/latest/meta-data/'), [200, 'instance-id\npublic-keys']);
  assert.deepEqual(ask('/latest/meta-data'), [200, 'instance-id\npublic-keys']);
  assert.deepEqual(ask('/latest/meta-data/instance-id'), [200, 'i-10']);
  assert.deepEqual(ask('//latest/instance-id?x=1'), [200, 'i-10']);
  assert.deepEqual(ask('/latest/user-data'), [200, 'hello']);
});

test('what is not there is not found', () => {
  for (const path of [
    '/',
    '/latest/meta-data/nothing',
    '/latest/meta-data/instance-id/x',
    '/latest/__proto__',
    '/latest/meta-data/constructor',
    '/1.0/meta-data',
    '/latest/user-data/x',
  ]) {
    assert.equal(ask(path)[0], 404, path);
  }
  assert.equal(answerMetadata(guests.get('10.1.1.99'), '/latest/user-data').status, 404);
  assert.deepEqual(answerMetadata(guests.get('10.1.1.11'), '/latest/user-data').body.toString(), '');
});

test('a password is given until it is acknowledged, and by its id never again', () => {
  assert.deepEqual(answerPassword(web, 'send_my_password'), {
    status: 200,
    type: 'text/plain; charset=utf-8',
    body: 's3cret',
    taken: null,
  });
  assert.equal(answerPassword(web, 'saved_password').taken, 'p-1');
  const later = metadataOf(everything(), new Set(['p-1'])).get('10.1.1.10');
  assert.equal(answerPassword(later, 'send_my_password').body, 'saved_password');
  assert.equal(answerPassword(later, 'saved_password').taken, null);
});

test('other words, and other askers, get nothing', () => {
  for (const request of [undefined, '', 'save_password', 'SEND_MY_PASSWORD'])
    assert.equal(answerPassword(web, request).body, 'bad_request');
  assert.equal(answerPassword(guests.get('10.1.1.11'), 'send_my_password').body, 'saved_password');
  assert.equal(answerPassword(undefined, 'send_my_password').body, 'saved_password');
});
