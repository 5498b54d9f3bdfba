// No packet leaves towards an address that was not judged: a fake network records every connection that is tried.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Params } from '#protocol/messages.ts';
import { Refused } from '../refused.ts';
import { whyNotPublic } from './address.ts';
import { downloadImage } from './image.ts';
import { fetchOutside } from './outbound.ts';
import type { Outside } from './outbound.ts';

const IMAGE = '6f0c1c5e-9a50-4f0c-8d51-000000000001';
const PUBLIC = '93.184.216.34';
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'image-outbound-'));
});
after(() => rm(folder, { recursive: true, force: true }));

type Tried = { address: string; port: number; tls: { name: string } | null };
type FakeNetwork = Outside & { tried: Tried[]; asked: string[] };

/** Names have the addresses given, each further question the next answer; connections lead to `port` on loopback. */
function fakeNetwork(names: Record<string, string[][]>, port = 1): FakeNetwork {
  const tried: Tried[] = [];
  const asked: string[] = [];
  const open = (to: Tried): Socket => {
    tried.push(to);
    return connect({ host: '127.0.0.1', port });
  };
  const resolve = async (name: string): Promise<string[]> => {
    asked.push(name);
    const answers = names[name];
    if (answers === undefined) throw Object.assign(new Error(`no ${name}`), { code: 'ENOTFOUND' });
    return answers[Math.min(asked.filter((one) => one === name).length, answers.length) - 1]!;
  };
  return { tried, asked, resolve, connect: open, connectS: 2, stallS: 2 };
}

const asking = (url: string, more: Partial<Params<'image.download'>> = {}): Params<'image.download'> => ({
  storePath: join(folder, 'store'),
  imageId: IMAGE,
  url,
  format: 'RAW',
  checksum: null,
  maxBytes: 1e6,
  allowedInternal: [],
  allowedPaths: [],
  ...more,
});
const download = (network: Outside, params: Params<'image.download'>): Promise<unknown> =>
  downloadImage(params, { progress: () => {}, outside: network });

const refusedWith = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Refused, String(error));
  assert.equal(error.code, 'refused', error.message);
  assert.match(error.message, pattern);
  return true;
};

/** What each name stands for in the table below. */
const NAMES: Record<string, string[][]> = {
  'internal.example': [['10.0.0.5']],
  'metadata.google.internal': [['169.254.169.254']],
  'instance-data': [['169.254.169.254']],
  localhost: [['127.0.0.1', '::1']],
  'localhost.': [['127.0.0.1']],
  'localtest.me': [['127.0.0.1']],
  '127.0.0.1.nip.io': [['127.0.0.1']],
  'mixed.example': [[PUBLIC, '192.168.1.1']],
  'six.example': [['fd00::5']],
  'mapped.example': [['::ffff:10.0.0.5']],
  'zone.example': [['fe80::1%eth0']],
  'xn--nrvoso-hra.example': [['172.31.255.255']],
  'nonsense.example': [['not an address']],
};

const TRICKY: readonly [url: string, why: RegExp][] = [
  ['http://127.0.0.1/i', /127\.0\.0\.1 is the host itself/],
  ['http://127.1/i', /127\.0\.0\.1 is the host itself/],
  ['http://127.255.255.254/i', /the host itself/],
  ['http://0/i', /0\.0\.0\.0 is unspecified/],
  ['http://0.0.0.0:8250/i', /unspecified/],
  ['http://2130706433/i', /127\.0\.0\.1 is the host itself/],
  ['http://0x7f000001/i', /127\.0\.0\.1 is the host itself/],
  ['http://0x7f.0.0.0x1/i', /127\.0\.0\.1 is the host itself/],
  ['http://0177.0.0.01/i', /127\.0\.0\.1 is the host itself/],
  ['http://017700000001/i', /127\.0\.0\.1 is the host itself/],
  ['http://%31%32%37.0.0.1/i', /127\.0\.0\.1 is the host itself/],
  ['http://１２７.０.０.１/i', /127\.0\.0\.1 is the host itself/],
  ['http://127。0。0。1/i', /127\.0\.0\.1 is the host itself/],
  ['http://10.0.0.5/i', /10\.0\.0\.5 is private/],
  ['http://167772165/i', /10\.0\.0\.5 is private/],
  ['http://012.0.0.5/i', /10\.0\.0\.5 is private/],
  ['http://172.16.0.1/i', /private/],
  ['http://172.31.255.255/i', /private/],
  ['https://192.168.0.1/i', /private/],
  ['http://100.64.0.1/i', /carrier/],
  ['http://100.127.255.255/i', /carrier/],
  ['http://169.254.169.254/latest/meta-data/', /link-local/],
  ['http://2852039166/latest/meta-data/', /169\.254\.169\.254 is link-local/],
  ['http://0xa9fea9fe/', /169\.254\.169\.254 is link-local/],
  ['http://192.0.0.192/', /reserved/],
  ['http://198.18.0.1/i', /benchmarks/],
  ['http://224.0.0.1/i', /multicast/],
  ['http://255.255.255.255/i', /reserved/],
  ['http://[::1]/i', /::1 is the host itself/],
  ['http://[::]/i', /not public/],
  ['http://[0:0:0:0:0:0:0:1]/i', /the host itself/],
  ['http://[::ffff:127.0.0.1]/i', /IPv4 address written as IPv6/],
  ['http://[::ffff:7f00:1]/i', /IPv4 address written as IPv6/],
  [`http://[::ffff:${PUBLIC}]/i`, /IPv4 address written as IPv6/],
  ['http://[::127.0.0.1]/i', /not public/],
  ['http://[64:ff9b::7f00:1]/i', /translator/],
  ['http://[64:ff9b:1::10.0.0.5]/i', /translator/],
  ['http://[2002:7f00:1::]/i', /tunnel/],
  ['http://[2001:0:7f00:1::]/i', /tunnel/],
  ['http://[fc00::1]/i', /private/],
  ['http://[fd12:3456::1]/i', /private/],
  ['http://[fe80::1]/i', /link-local/],
  ['http://[fec0::1]/i', /not public/],
  ['http://[ff02::1]/i', /multicast/],
  ['http://[2001:db8::1]/i', /documentation/],
  ['http://[fd00:ec2::254]/latest/', /private/],
  ['http://internal.example/i', /10\.0\.0\.5 of internal\.example is private/],
  ['http://INTERNAL.example:80/i', /10\.0\.0\.5 of internal\.example/],
  ['http://metadata.google.internal/', /link-local/],
  ['http://instance-data/latest', /link-local/],
  ['http://localhost:8080/i', /the host itself/],
  ['http://localhost./i', /the host itself/],
  ['http://localtest.me/i', /the host itself/],
  ['http://127.0.0.1.nip.io/i', /the host itself/],
  ['http://mixed.example/i', /192\.168\.1\.1 of mixed\.example is private/],
  ['http://six.example/i', /fd00::5 of six\.example is private/],
  ['http://mapped.example/i', /IPv4 address written as IPv6/],
  ['http://zone.example/i', /link-local/],
  ['http://nærvoso.example@10.0.0.5/i', /user name or password/],
  ['http://nonsense.example/i', /no address/],
  ['http://images.example@127.0.0.1/i', /user name or password/],
  ['http://images.example:80@127.0.0.1/i', /user name or password/],
  ['http://127.0.0.1\\@images.example/i', /the host itself/],
  ['http:127.0.0.1/i', /the host itself/],
  ['http:///127.0.0.1/i', /the host itself/],
  ['ftp://images.example/i', /not fetched by ftp:/],
  ['gopher://127.0.0.1:70/_x', /not fetched by gopher:/],
  ['nbd://10.0.0.5/export', /not fetched by nbd:/],
  ['data:text/plain,hello', /not fetched by data:/],
  ['javascript:1', /not fetched by javascript:/],
  ['json:{"driver":"nbd"}', /not fetched by json:/],
  ['/etc/passwd', /no address of a file/],
  ['images.example/i', /no address of a file/],
  ['', /no address of a file/],
  ['file:///etc/passwd', /not read from files/],
  ['file://internal.example/share/i', /not read from files/],
  ['http://10.0.0.5:99999/i', /no address of a file/],
];

test('tricky addresses are refused by name, and nothing is connected to', async (t) => {
  for (const [url, why] of TRICKY) {
    await t.test(url === '' ? '(empty)' : url, async () => {
      const network = fakeNetwork(NAMES);
      await assert.rejects(download(network, asking(url)), refusedWith(why));
      assert.deepEqual(network.tried, []);
    });
  }
  assert.ok(TRICKY.length >= 40);
});

async function serving(listener: RequestListener, work: (port: number) => Promise<void>): Promise<void> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  try {
    await work((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('a name is resolved once, and the connection goes to the address that was judged', async () => {
  await serving(
    (_request, answer) => answer.end('x'),
    async (port) => {
      const network = fakeNetwork({ 'rebinding.example': [[PUBLIC], ['127.0.0.1']] }, port);
      const { stream } = await fetchOutside(new URL('http://rebinding.example/i'), [], network);
      stream.destroy();
      assert.deepEqual(network.asked, ['rebinding.example']);
      assert.deepEqual(network.tried, [{ address: PUBLIC, port: 80, tls: null }]);
    },
  );
});

test('each redirect is judged: to private addresses, to other names, to files, without end', async (t) => {
  const places: Record<string, [location: string, why: RegExp, connections: number]> = {
    private: ['http://10.0.0.5/i', /10\.0\.0\.5 is private/, 1],
    metadata: ['http://169.254.169.254/latest/', /link-local/, 1],
    name: ['//internal.example/i', /10\.0\.0\.5 of internal/, 1],
    rebound: ['/again', /10\.0\.0\.9 of images\.example is private/, 1],
    decimal: ['http://2130706433/', /the host itself/, 1],
    file: ['file:///etc/passwd', /not fetched by file:/, 1],
    ftp: ['ftp://images.example/i', /not fetched by ftp:/, 1],
    login: ['http://root@other.example/i', /user name or password/, 1],
    broken: ['http://[::', /no address of a file/, 1],
  };
  for (const [name, [location, why, connections]] of Object.entries(places)) {
    await t.test(name, () =>
      serving(
        (_request, answer) => answer.writeHead(302, { location }).end(),
        async (port) => {
          const network = fakeNetwork({ ...NAMES, 'images.example': [[PUBLIC], ['10.0.0.9']] }, port);
          await assert.rejects(
            download(network, asking('http://images.example/i', { allowedPaths: ['/etc'] })),
            refusedWith(why),
          );
          assert.equal(network.tried.length, connections);
        },
      ),
    );
  }
  await t.test('without end', () =>
    serving(
      (_request, answer) => answer.writeHead(307, { location: '/again' }).end(),
      async (port) => {
        const network = fakeNetwork({ 'images.example': [[PUBLIC]] }, port);
        await assert.rejects(
          download(network, asking('http://images.example/i')),
          refusedWith(/redirects more than 5 times/),
        );
        assert.equal(network.tried.length, 6);
      },
    ),
  );
});

test('https asks for a certificate made out to the name, at the judged address', async () => {
  const network = fakeNetwork({ 'images.example': [[PUBLIC, '2606:4700::1']] });
  await assert.rejects(
    fetchOutside(new URL('https://images.example:8443/i'), [], network),
    /images\.example:8443 cannot be reached/,
  );
  assert.deepEqual(
    network.tried,
    [PUBLIC, '2606:4700::1'].map((address) => ({ address, port: 8443, tls: { name: 'images.example' } })),
  );
});

test('a server that is silent, missing or says no is named', async () => {
  const network = { ...fakeNetwork({ 'images.example': [[PUBLIC]] }), stallS: 0.2 };
  await assert.rejects(
    fetchOutside(new URL('http://nobody.example/i'), [], network),
    /the name nobody\.example cannot be looked up \(ENOTFOUND\)/,
  );
  await serving(
    () => {},
    async (port) => {
      await assert.rejects(
        fetchOutside(new URL('http://images.example/i'), [], {
          ...network,
          ...pick(fakeNetwork({ 'images.example': [[PUBLIC]] }, port)),
        }),
        /images\.example has sent nothing for 0\.2 s/,
      );
    },
  );
  await serving(
    (_request, answer) => answer.writeHead(404).end(),
    async (port) => {
      await assert.rejects(
        fetchOutside(new URL('http://images.example/a/b'), [], fakeNetwork({ 'images.example': [[PUBLIC]] }, port)),
        /answered 404 Not Found for \/a\/b/,
      );
    },
  );
});

const pick = ({ connect: open, resolve }: Outside): Pick<Outside, 'connect' | 'resolve'> => ({
  connect: open,
  resolve,
});

test('networks the operator allows are let through, and only those', () => {
  assert.equal(whyNotPublic('10.0.0.5', ['10.0.0.0/29']), null);
  assert.equal(whyNotPublic('::ffff:10.0.0.5', ['10.0.0.0/29']), null);
  assert.match(whyNotPublic('10.0.0.8', ['10.0.0.0/29'])!, /private/);
  assert.match(whyNotPublic('169.254.169.254', ['10.0.0.0/8'])!, /link-local/);
  for (const open of [PUBLIC, '1.1.1.1', '172.32.0.1', '100.128.0.1', '192.169.0.1', '2606:4700::1111', '2a00:1450::1'])
    assert.equal(whyNotPublic(open, []), null, open);
});

test('file:// reads regular files below the allowed folders and nothing else', async (t) => {
  const allowed = join(folder, 'allowed');
  await mkdir(join(folder, 'allowed-not'), { recursive: true });
  await mkdir(join(allowed, 'sub'), { recursive: true });
  await writeFile(join(allowed, 'page'), '<!doctype html><title>no image</title>');
  await writeFile(join(folder, 'allowed-not/secret'), 'secret');
  await writeFile(join(folder, 'secret'), 'secret');
  await symlink(join(folder, 'secret'), join(allowed, 'link'));
  await symlink(folder, join(allowed, 'up'));
  const wrong = [
    '/etc/passwd',
    `${folder}/secret`,
    `${allowed}/link`,
    `${allowed}/up/secret`,
    `${allowed}/../secret`,
    `${allowed}/%2e%2e/secret`,
    `${folder}/allowed-not/secret`,
    `${allowed}/missing`,
    `${allowed}/sub`,
    '/dev/zero',
    '/proc/self/environ',
    allowed,
  ];
  for (const path of wrong) {
    await t.test(path.slice(folder.length) || path, () =>
      assert.rejects(
        download(fakeNetwork({}), asking(`file://${path}`, { allowedPaths: [allowed] })),
        refusedWith(/is no file below/),
      ),
    );
  }
  await assert.rejects(
    download(fakeNetwork({}), asking(`file://${allowed}/sub%2f..%2f..%2fsecret`, { allowedPaths: [allowed] })),
    refusedWith(/names no file of this host/),
  );
  await assert.rejects(
    download(fakeNetwork({}), asking(`file://otherhost${allowed}/page`, { allowedPaths: [allowed] })),
    refusedWith(/names no file of this host/),
  );
  await assert.rejects(
    download(fakeNetwork({}), asking(`file://${allowed}/page`, { allowedPaths: [allowed] })),
    refusedWith(/looks like a web page/),
  );
});
