// Bad input over the real wire: each call is refused with the code clients know, in a sentence that names the parameter, and has
// changed nothing: the rows of all tables are counted before and after. Hosts are simulated; images are fetched for real.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { openBench, plainDisk, type Bench } from '#agent/image/test-images.ts';
import type { Db } from '#kernel/db.ts';
import type { Api, Params, Thing } from '#tools/cloud/api.ts';
import { signatureOf, toQuery } from '../../clients/sdk/signature.ts';
import { refusal, startTestCloud, until, type TestCloud } from './environment.ts';
import { openRows, rowsOf } from './stock.ts';

const NOBODY = '00000000-0000-4000-8000-00000000dead';
const MIB = 2 ** 20;

let cloud: TestCloud;
let bench: Bench;
let db: Db;
let alice: Api;
let bob: Api;
let web: Thing;
let address: Thing;
let basics: Params;

async function tenant(name: string): Promise<Api> {
  const account = await cloud.api.make('createAccount', {
    username: name,
    password: `correct horse ${name}`,
    firstname: name,
    lastname: 'of this test',
    email: `${name}@example.org`,
    accounttype: 0,
  });
  const [user] = account['user'] as Thing[];
  const keys = await cloud.api.make('registerUserKeys', { id: user!.id });
  return cloud.as({ apikey: String(keys['apikey']), secretkey: String(keys['secretkey']) });
}

before(async () => {
  cloud = await startTestCloud({ mode: 'simulator', fetchImages: true });
  [bench, db] = await Promise.all([openBench(), openRows(cloud)]);
  [alice, bob] = [await tenant('alice'), await tenant('bob')];
  basics = { zoneid: cloud.zone.id, templateid: cloud.template.id, serviceofferingid: cloud.offering.id };
  web = await alice.make('deployVirtualMachine', { ...basics, name: 'web' });
  const [nic] = web['nic'] as Thing[];
  address = await alice.make('associateIpAddress', { networkid: String(nic!['networkid']) });
  const forward = { protocol: 'tcp', publicport: 80, privateport: 80, virtualmachineid: web.id };
  await alice.make('createPortForwardingRule', { ipaddressid: address.id, ...forward });
});
after(async () => {
  await db?.close();
  await bench?.close();
  await cloud?.stop();
});

interface Bad {
  what: string;
  work: () => Promise<unknown>;
  status: number;
  csErrorCode: number;
  text: RegExp;
}

const network = async (more: Params): Promise<unknown> => {
  const [offering] = await alice.list('listNetworkOfferings', { state: 'Enabled', guestiptype: 'Isolated' });
  const named = { name: 'n', zoneid: cloud.zone.id, networkofferingid: offering!.id };
  return alice.call('createNetwork', { ...named, ...more });
};
const publicRange = async (startip: string, endip: string): Promise<unknown> => {
  const [physical] = await cloud.api.list('listPhysicalNetworks', { zoneid: cloud.zone.id });
  const where = { zoneid: cloud.zone.id, physicalnetworkid: physical!.id, forvirtualnetwork: true, vlan: 'untagged' };
  const net = { gateway: '198.51.100.1', netmask: '255.255.255.0' };
  return cloud.api.call('createVlanIpRange', { ...where, ...net, startip, endip });
};

const bad: Bad[] = [
  {
    what: 'an unknown command',
    work: () => alice.call('makeCoffee'),
    status: 432,
    csErrorCode: 9999,
    text: /^Unknown API command: makeCoffee$/,
  },
  {
    what: 'a parameter of the wrong type',
    work: () => alice.call('deployVirtualMachine', { ...basics, name: 'n', rootdisksize: 'large' }),
    status: 431,
    csErrorCode: 4350,
    text: /Parameter rootdisksize is 'large'; a whole number is accepted$/,
  },
  {
    what: 'a missing parameter',
    work: () => alice.call('deployVirtualMachine', { ...basics, zoneid: '', name: 'n' }),
    status: 431,
    csErrorCode: 9999,
    text: /missing parameter zoneid$/,
  },
  {
    what: 'the uuid of another tenant’s instance',
    work: () => bob.call('stopVirtualMachine', { id: web.id }),
    status: 531,
    csErrorCode: 4365,
    text: /^Account bob may not act on the instance given as id$/,
  },
  {
    what: 'a uuid of nothing',
    work: () => alice.call('stopVirtualMachine', { id: NOBODY }),
    status: 431,
    csErrorCode: 4350,
    text: new RegExp(
      `Invalid parameter id value=${NOBODY} due to incorrect long value format, or entity does not exist`,
    ),
  },
  {
    what: 'a name with characters no host may have',
    work: () => alice.call('deployVirtualMachine', { ...basics, name: 'bad name!' }),
    status: 431,
    csErrorCode: 4350,
    text: /Parameter name is 'bad name!'; accepted: at most 63 letters, digits and hyphens/,
  },
  {
    what: 'public ranges that overlap',
    work: () => publicRange('198.51.100.200', '198.51.100.252'),
    status: 431,
    csErrorCode: 4350,
    text: /^startip to endip \(.*\) overlaps the range 198\.51\.100\.10 to 198\.51\.100\.250$/,
  },
  {
    what: 'a guest network of public addresses',
    work: () => network({ gateway: '8.8.8.1', netmask: '255.255.255.0' }),
    status: 431,
    csErrorCode: 4350,
    text: /^gateway: 8\.8\.8\.0\/24 is not in a private range; 10\.0\.0\.0\/8/,
  },
  {
    what: 'a guest network without room',
    work: () => network({ gateway: '10.5.5.1', netmask: '255.255.255.252' }),
    status: 431,
    csErrorCode: 4350,
    text: /^netmask: \/30 leaves no room for guests; \/29 or larger is accepted$/,
  },
  {
    what: 'ports from the larger to the smaller',
    work: () =>
      alice.call('createFirewallRule', { ipaddressid: address.id, protocol: 'tcp', startport: 100, endport: 50 }),
    status: 431,
    csErrorCode: 4350,
    text: /^endport 50 comes before startport 100/,
  },
  {
    what: 'a rule where another is',
    work: () =>
      alice.call('createPortForwardingRule', {
        ipaddressid: address.id,
        protocol: 'tcp',
        publicport: 80,
        privateport: 81,
        virtualmachineid: web.id,
      }),
    status: 537,
    csErrorCode: 4360,
    text: /^publicport: tcp 80 of .* overlaps a port forwarding rule: tcp 80$/,
  },
  {
    what: 'the same name twice in a network',
    work: () => alice.call('deployVirtualMachine', { ...basics, name: 'WEB' }),
    status: 431,
    csErrorCode: 4350,
    text: /^name: an instance named WEB exists already/,
  },
];

for (const { what, work, text, ...codes } of bad)
  test(`${what} is refused and changes nothing`, async () => {
    const rows = await rowsOf(db, 'all');
    const { text: said, ...got } = await refusal(work());
    assert.deepEqual(got, codes, said);
    assert.match(said, text);
    assert.deepEqual(await rowsOf(db, 'all'), rows);
  });

test('an offering larger than any host: the job says why, and all is given back', async () => {
  const huge = { name: 'huge', displaytext: 'huge', cpunumber: 500, cpuspeed: 2000, memory: 9_000_000 };
  const offering = await cloud.api.make('createServiceOffering', huge);
  const rows = await rowsOf(db);
  const asked = { ...basics, serviceofferingid: offering.id, name: 'huge' };
  const failed = await refusal(cloud.api.make('deployVirtualMachine', asked));
  assert.equal(failed.status, 533);
  assert.match(failed.text, /^No host can take this instance \(500 × 2000 MHz .*\): 4 hosts have too few CPU cores$/);
  const [left] = await cloud.api.list('listVirtualMachines', { name: 'huge' });
  await cloud.api.make('expungeVirtualMachine', { id: left!.id });
  // The administrator's own network was made for it, as for a first instance that fits.
  for (const made of await cloud.api.list('listNetworks')) await cloud.api.make('deleteNetwork', { id: made.id });
  assert.deepEqual(await rowsOf(db), rows);
});

describeImages();
function describeImages(): void {
  const redirect = (to: string): string =>
    bench.serve('/redirect.img', (_request, answer) => answer.writeHead(302, { location: to }).end());
  const images: { what: string; params: () => Params; allowed?: string; status: RegExp }[] = [
    {
      what: 'a URL to a private address',
      params: () => ({ url: 'http://10.0.0.5/disk.img' }),
      status: /^the address 10\.0\.0\.5 is private/,
    },
    {
      what: 'a URL to the host itself',
      params: () => ({ url: bench.serve('/disk.img', plainDisk()) }),
      status: /^the address 127\.0\.0\.1 is the host itself/,
    },
    {
      what: 'a URL that redirects to a private address',
      params: () => ({ url: redirect('http://10.0.0.5/disk.img') }),
      allowed: '127.0.0.1',
      status: /^the address 10\.0\.0\.5 is private/,
    },
    {
      what: 'a template that is no image',
      params: () => ({ url: bench.serve('/page.img', Buffer.from('<html>welcome</html>')), format: 'QCOW2' }),
      allowed: '127.0.0.1',
      status: /^the file is no image: it looks like a web page/,
    },
    {
      what: 'a checksum of something else',
      params: () => ({ url: bench.serve('/disk.img', plainDisk()), checksum: '0'.repeat(32) }),
      allowed: '127.0.0.1',
      status: /^the MD5 checksum of the download does not match: expected 0{32}, got [0-9a-f]{32}$/,
    },
  ];
  for (const { what, params, allowed = '', status } of images)
    test(`${what}: the template says why, and no file of it is kept`, async () => {
      await cloud.api.make('updateConfiguration', { name: 'secstorage.allowed.internal.sites', value: allowed });
      const rows = await rowsOf(db);
      const made = await alice.make('registerTemplate', {
        name: 'image',
        displaytext: 'image',
        format: 'RAW',
        hypervisor: 'Simulator',
        zoneid: cloud.zone.id,
        ...params(),
      });
      await until(`its status tells: ${status}`, async () => {
        const [now] = await alice.list('listTemplates', { templatefilter: 'self', id: made.id });
        assert.match(String(now!['status']), status);
        assert.equal(now!['isready'], false);
        return true;
      });
      await alice.make('deleteTemplate', { id: made.id });
      assert.deepEqual(await rowsOf(db), rows);
      const store = path.join(cloud.dataDir, 'images');
      const files = existsSync(store) ? readdirSync(store, { recursive: true, withFileTypes: true }) : [];
      assert.deepEqual(
        files.filter((entry) => entry.isFile()).map((entry) => entry.name),
        [],
      );
    });
}

const sent = async (query: string): Promise<{ status: number; text: string }> => {
  const answer = await fetch(`${cloud.file.api}?${query}`);
  const [content] = Object.values((await answer.json()) as Record<string, { errortext: string }>);
  return { status: answer.status, text: content!.errortext };
};

test('a body of 2 MB is refused before it is read', async () => {
  const rows = await rowsOf(db, 'all');
  const { status, text } = await refusal(
    alice.call('updateVirtualMachine', { id: web.id, userdata: 'A'.repeat(2 * MIB) }),
  );
  assert.equal(status, 400, text);
  assert.match(text, /^The request body is larger than 1048576 bytes, the most that is accepted$/);
  assert.deepEqual(await rowsOf(db, 'all'), rows);
});

test('a signature that has expired is refused', async () => {
  const rows = await rowsOf(db, 'all');
  const plain = {
    command: 'listZones',
    response: 'json',
    apiKey: cloud.file.apikey,
    signatureVersion: '3',
    expires: '2020-01-01T00:00:00+0000',
  };
  const signed = { ...plain, signature: signatureOf(plain, cloud.file.secretkey) };
  const { status, text } = await sent(toQuery(signed));
  assert.equal(status, 401);
  assert.match(text, /unable to verify user credentials|expire/i);
  assert.deepEqual(await rowsOf(db, 'all'), rows);
});

test('a console token that was used opens nothing', async () => {
  const made = await alice.make('createConsoleEndpoint', { virtualmachineid: web.id });
  const { host, port, path: where, token } = made['websocket'] as Record<string, string>;
  const closed = (): Promise<{ code: number; reason: string }> =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://${host}:${port}/${where}?token=${token}`);
      socket.once('error', reject);
      socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
  // A simulated guest has no screen, but the token was good and is used now.
  assert.notEqual((await closed()).code, 4401);
  const rows = await rowsOf(db, 'all');
  const { code, reason } = await closed();
  assert.deepEqual([code, reason], [4401, 'this link was used or has expired; open the console again']);
  assert.deepEqual(await rowsOf(db, 'all'), rows);
});
