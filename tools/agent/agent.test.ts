// Joining a cloud: what is refused before anything is touched, what is kept, and that the certificate is the machine's own.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readConfig } from '#agent/config.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { useAuthority } from '#test/authority.ts';
import type { Api, Thing } from '../cloud/api.ts';
import { enroll } from './enroll.ts';
import { address, readOptions } from './options.ts';
import { unitText } from './unit.ts';

const KEYS = { NEPHOS_APIKEY: 'k', NEPHOS_SECRETKEY: 's' };
const JOIN = ['join', '--api', 'https://cloud.example/client/api'];

test('what it is asked for is read, with what may be left out', () => {
  const own = readOptions(['run'], {});
  assert.deepEqual([own.verb, own.dir, own.dataDir], ['run', '/etc/nephos', '/var/lib/nephos']);
  const refused = (argv: string[], env = KEYS) => {
    try {
      readOptions(argv, env);
    } catch (error) {
      return (error as Error).message;
    }
    return 'accepted';
  };
  assert.match(refused(['joins']), /'joins' is not a verb; join, run and leave are/);
  assert.match(refused(['join']), /--api is ''; a URL is accepted/);
  assert.match(refused(JOIN, {} as typeof KEYS), /NEPHOS_APIKEY is not set/);
  assert.match(refused([...JOIN, '--server', 'a b']), /--server is 'a b'; HOST or HOST:PORT/);
  assert.match(refused([...JOIN, '--server', 'a:70000']), /--server is 'a:70000'/);
  assert.match(refused([...JOIN, '--data', 'here']), /--data is 'here'; an absolute path/);
  assert.match(
    refused([...JOIN, '--address', '192.0.2.1']),
    /--address is '192.0.2.1'; an IPv4 address of this machine/,
  );
});

test('the address is the only one, or must be said', () => {
  assert.equal(address(undefined, ['10.0.0.5']), '10.0.0.5');
  assert.equal(address('10.0.0.6', ['10.0.0.5', '10.0.0.6']), '10.0.0.6');
  assert.throws(() => address(undefined, ['10.0.0.5', '10.0.0.6']), /--address is needed: 10.0.0.5 or 10.0.0.6/);
  assert.throws(() => address(undefined, []), /no IPv4 address/);
});

test('guests outlive the service, and no word of its command is read as something else', () => {
  const text = unitText(['/opt/node', '/srv/my "cloud"/50%/agent.ts', '$HOME']);
  assert.match(text, /^KillMode=process$/m);
  assert.match(text, /^ExecStart="\/opt\/node" "\/srv\/my \\"cloud\\"\/50%%\/agent\.ts" "\$\$HOME"$/m);
});

const apiOf = ({ admin }: TestCloud): Api =>
  ({
    make: async (command: string, params: Record<string, string>) =>
      Object.values(await admin.job(command, params))[0] as Thing,
  }) as Api;

test(
  'a host gets a certificate for a key that stays with it; joining again keeps both',
  inCloud(async (cloud) => {
    await useAuthority(cloud);
    const dir = path.join(mkdtempSync(path.join(tmpdir(), 'nephos-join-')), 'etc');
    try {
      const host = {
        dir,
        hostname: 'kvm1',
        address: '10.0.0.5',
        config: { servers: [{ host: 'cloud.example', port: 8250 }], dataDir: '/var/lib/nephos' },
      };
      const config = await readConfig(await enroll(apiOf(cloud), host));
      const certificate = new X509Certificate(readFileSync(config.cert));
      assert.match(certificate.subject, new RegExp(`CN=${config.guid}`));
      assert.ok(certificate.checkPrivateKey(createPrivateKey(readFileSync(config.key))));
      assert.ok(certificate.verify(new X509Certificate(readFileSync(config.ca)).publicKey));
      assert.deepEqual(
        [dir, config.key, path.join(dir, 'agent.json')].map((file) => statSync(file).mode & 0o077),
        [0, 0, 0],
      );
      const again = await readConfig(await enroll(apiOf(cloud), { ...host, address: '10.0.0.6' }));
      assert.deepEqual([again.guid, again.underlayIp], [config.guid, '10.0.0.6']);
      assert.equal(new X509Certificate(readFileSync(again.cert)).serialNumber, certificate.serialNumber);
    } finally {
      rmSync(path.dirname(dir), { recursive: true });
    }
  }),
);
