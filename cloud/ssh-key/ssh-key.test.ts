// SSH keys: in and out of the forms people paste, and as rows of an account.
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { inCloud } from '#test/cloud.ts';
import { makeAccount } from '#test/tenants.ts';
import { encryptFor, fingerprintOf, lineOf, makePair, parsePublicKey } from './openssh.ts';

const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me@host';

test('lines are read, also in Base64; what is none is not', () => {
  assert.equal(lineOf(parsePublicKey(ED25519)!), ED25519);
  assert.equal(parsePublicKey(Buffer.from(ED25519).toString('base64'))!.comment, 'me@host');
  assert.match(fingerprintOf(parsePublicKey(ED25519)!), /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/);
  for (const wrong of [
    '',
    'nonsense',
    'ssh-rsa AAAA',
    ED25519.replace('ssh-ed25519 ', 'ssh-rsa '),
    '-----BEGIN PUBLIC KEY-----',
    'ssh-dss AAAAB3NzaC1kc3MAAACBAA==',
  ])
    assert.equal(parsePublicKey(wrong), undefined, wrong);
});

test('a new pair belongs together, and what is encrypted for it opens', async () => {
  const { publicKey, privatePem } = await makePair(2_048);
  const again = parsePublicKey(lineOf(publicKey))!;
  const [, e, n] = [0, 1, 2].reduce<[number, Buffer[]]>(
    ([at, fields]) => {
      const length = again.blob.readUInt32BE(at);
      return [at + 4 + length, [...fields, again.blob.subarray(at + 4, at + 4 + length)]];
    },
    [0, []],
  )[1];
  const derived = createPublicKey(createPrivateKey(privatePem)).export({ format: 'jwk' });
  assert.deepEqual(
    [e!.toString('base64url'), Buffer.from(n!.subarray(1)).toString('base64url')],
    [derived.e, derived.n],
  );
  const sealed = encryptFor(again, 'hunter22')!;
  assert.equal(Buffer.from(sealed, 'base64').length, 256);
  assert.equal(encryptFor(parsePublicKey(ED25519)!, 'x'), undefined);
  const other = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey.export({ format: 'jwk' });
  assert.notEqual(other.n, derived.n);
});

test(
  'keys are made, registered, listed and deleted by account',
  inCloud(async (cloud) => {
    const [one, other] = [await makeAccount(cloud, { name: 'one' }), await makeAccount(cloud, { name: 'other' })];
    const { keypair } = await one.user.call('createSSHKeyPair', { name: 'made' });
    assert.match(keypair.privatekey, /^-----BEGIN RSA PRIVATE KEY-----/);
    const registered = (await one.user.call('registerSSHKeyPair', { name: 'brought', publickey: ED25519 }))['keypair'];
    assert.equal(registered.privatekey, undefined);
    const listed = (await one.user.call('listSSHKeyPairs'))['sshkeypair'];
    assert.deepEqual(
      listed.map(({ name }: { name: string }) => name),
      ['brought', 'made'],
    );
    assert.equal(JSON.stringify(listed).includes('PRIVATE'), false);
    assert.equal((await one.user.call('listSSHKeyPairs', { fingerprint: registered.fingerprint }))['count'], 1);
    assert.match(
      (await one.user.refused('registerSSHKeyPair', { name: 'made', publickey: ED25519 })).errortext,
      /name 'made' already exists/,
    );
    assert.match(
      (await one.user.refused('registerSSHKeyPair', { name: 'twice', publickey: ED25519 })).errortext,
      /under the name brought/,
    );
    assert.match(
      (await one.user.refused('registerSSHKeyPair', { name: 'x', publickey: 'nonsense' })).errortext,
      /ssh-ed25519/,
    );
    assert.deepEqual(await other.user.call('listSSHKeyPairs', { listall: true }), {});
    assert.match(
      (await other.user.refused('deleteSSHKeyPair', { name: 'made' })).errortext,
      /does not exist for this account/,
    );
    await cloud.admin.call('deleteSSHKeyPair', { name: 'made', account: 'one', domainid: 1 });
    assert.equal((await one.user.call('listSSHKeyPairs'))['count'], 1);
  }),
);
