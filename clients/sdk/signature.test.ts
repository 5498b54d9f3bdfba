// The signature against the published vector and the corners where encoders differ.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signatureOf, signed, stringToSign } from './signature.ts';

// The vector of CloudStack's own rules: every character that encoders disagree about is in `name`.
const params = {
  apiKey: 'AK-1',
  command: 'listZones',
  response: 'json',
  name: 'Zone A/1*~',
  signatureversion: '3',
  expires: '2030-01-02T03:04:05+0000',
};

test('the string to sign is sorted, encoded as the server does, and lower-cased', () => {
  assert.equal(
    stringToSign(params),
    'apikey=ak-1&command=listzones&expires=2030-01-02t03%3a04%3a05%2b0000&name=zone%20a%2f1*%7e&response=json&signatureversion=3',
  );
});

test('the signature is the one the server computes', () => {
  assert.equal(signatureOf(params, 'sEcReT'), 'bUViPDgi+BxJIFu4agYZFTPmAzM=');
});

test('an existing signature is not signed', () => {
  assert.equal(signatureOf({ ...params, signature: 'x' }, 'sEcReT'), 'bUViPDgi+BxJIFu4agYZFTPmAzM=');
});

test('names sort by their original case', () => {
  assert.equal(stringToSign({ b: '1', A: '2', a: '3', 'd[0].k': "!'()" }), 'a=2&a=3&b=1&d[0].k=%21%27%28%29');
});

test('version 3 expires in the near future, legacy never', () => {
  const v3 = signed({ command: 'listZones' }, { apiKey: 'k', secretKey: 's', version: 'v3' });
  assert.equal(v3.signatureVersion, '3');
  assert.match(v3.expires!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
  const aheadMs = Date.parse(v3.expires!.replace('+0000', 'Z')) - Date.now();
  assert.ok(aheadMs > 60_000 && aheadMs < 15 * 60_000, `expires ${aheadMs} ms ahead`);
  assert.equal(v3.signature, signatureOf(v3, 's'));
  const legacy = signed({ command: 'listZones' }, { apiKey: 'k', secretKey: 's', version: 'legacy' });
  assert.deepEqual(Object.keys(legacy), ['command', 'apiKey', 'signature']);
});
