// Two servers in one process, real TLS between them and to hosts: calls for hosts that are linked to the other one, while they
// move, with progress, refusals, fencing and streams; and hosts that a zone takes at a server they are not linked to.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSecureContext } from 'node:tls';
import { after, before, test } from 'node:test';
import { until } from '#agent/fake-server.ts';
import { startLink, type Link } from '#agent/link.ts';
import type { Handlers } from '#agent/dispatch.ts';
import { Refused } from '#agent/refused.ts';
import { settingDefinitions } from '#cloud/config/definitions.ts';
import { HostRefused, HostUnreachable } from '#drivers/host/calls.ts';
import { openDb, type Db } from '#kernel/db.ts';
import type { Call } from '#kernel/job.ts';
import { silentLog } from '#kernel/log.ts';
import { makeSealer } from '#kernel/seal.ts';
import { openSettings, type Settings } from '#kernel/settings.ts';
import { sql } from '#kernel/sql.ts';
import { methods, PROTOCOL_VERSION, type HostFacts } from '#protocol/messages.ts';
import { cloneDatabase } from '#test/database.ts';
import { testWorld } from '#test/world.ts';
import { makeZoneRows } from '#test/zone-rows.ts';
import { openAuthority, type Authority } from '#server/authority.ts';
import { closeLinks, makeLinks, type Links } from '#server/links.ts';
import { announce, register } from '#server/links.store.ts';

interface TestServer {
  links: Links;
  port: number;
}
let db: Db;
let drop: () => Promise<void>;
let settings: Settings;
let authority: Authority;
const servers: TestServer[] = [];
const hosts: Link[] = [];

before(async () => {
  const database = await cloneDatabase();
  drop = database.drop;
  db = openDb({ url: database.url });
  settings = await openSettings(db, settingDefinitions);
  authority = await openAuthority(db, makeSealer(Buffer.alloc(32, 7)));
  await makeZoneRows(db, { hosts: 2 });
  for (const name of ['a', 'b']) servers.push(await startOne(name));
  for (const { links } of servers) await links.members.refresh();
});
after(async () => {
  for (const host of hosts) await host.stop();
  for (const { links } of servers) closeLinks(links);
  settings.close();
  await db.close();
  await drop();
});

async function startOne(name: string): Promise<TestServer> {
  const self = await register(db.read, {
    name,
    address: '127.0.0.1',
    version: '1',
    roles: ['api', 'worker'],
    agentAddresses: ['127.0.0.1'],
    facts: {},
  });
  const { id: worker } = await db.read.one<{ id: number }>(
    sql`insert into worker(name, version) values (${name}, 1) returning id`,
  );
  const world = {
    ...testWorld({ db, settings, sealer: makeSealer(Buffer.alloc(32, 7)) }),
    tell: () => servers.forEach(({ links }) => void links.directory.refresh()),
  };
  const links = await makeLinks({
    db,
    settings,
    authority,
    log: silentLog,
    self: { ...self, roles: ['api', 'worker'] },
    addresses: ['127.0.0.1'],
    world: () => world,
    worker: () => worker,
    called: () => {},
    end: () => {},
  });
  await links.members.start();
  await links.directory.start();
  const port = await links.hosting!.door.listen('127.0.0.1', 0);
  await announce(db.read, { ...self, agentPort: port, servicePort: 0 });
  return { links, port };
}

/** A host of the zone, or one that no zone has, linked to this server. */
async function startHost(
  { port }: TestServer,
  { guid, hostname }: { guid: string; hostname: string },
  handlers: Partial<Handlers>,
): Promise<Link> {
  const { key, cert } = await authority.issue({ commonName: guid, names: [guid], days: 1 });
  const facts: HostFacts = {
    guid,
    hostname,
    hypervisor: 'KVM',
    agentVersion: '1',
    protocol: PROTOCOL_VERSION,
    hypervisorVersion: '1',
    accelerator: 'none',
    cpus: 1,
    cpuSockets: 1,
    cpuMhz: 1000,
    memoryMib: 1024,
    arch: 'x86_64',
    privateIp: '127.0.0.1',
    underlayIp: '127.0.0.1',
    bridges: [],
  };
  const none = async (): Promise<never> => {
    throw new Refused('refused', 'not in this test');
  };
  const all = Object.fromEntries(Object.keys(methods).map((name) => [name, none])) as unknown as Handlers;
  const link = startLink({
    servers: [{ host: '127.0.0.1', port, name: 'nephos-server' }],
    credentials: () => createSecureContext({ key, cert, ca: authority.caPem, minVersion: 'TLSv1.3' }),
    facts: () => facts,
    status: async () => ({ guests: [], cpuUsedPercent: 1, memoryUsedMib: 2 }),
    handlers: { ...all, ...handlers },
    log: silentLog,
    backoffMs: { first: 10, longest: 100 },
  });
  hosts.push(link);
  return link;
}
const hostRow = (name: string): Promise<{ id: number; guid: string }> =>
  db.read.one(sql`select id, guid from host where name = ${name}`);
const call = (job: string, epoch: number, more: Partial<Call> = {}): Call => ({
  job,
  epoch,
  trace: null,
  signal: new AbortController().signal,
  progress: () => {},
  ...more,
});
const linkedTo = (server: TestServer, hostId: number) =>
  until(() => servers.every(({ links }) => links.directory.holder(hostId)?.member.id === server.links.members.self.id));

test('a host is called from the server that does not hold it, with progress, refusals, fencing and an end', async () => {
  const [a, b] = [servers[0]!, servers[1]!];
  const { id, guid } = await hostRow('host-1');
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await startHost(
    a,
    { guid, hostname: 'host-1' },
    {
      'network.remove': async ({ vni }, { progress }) => {
        progress(100, 'gone');
        if (vni === 2) throw new Refused('missing', 'no network 2');
        if (vni === 3) await held;
        return {};
      },
    },
  );
  await linkedTo(a, id);
  assert.ok(b.links.routes.isConnected(id));
  const heard: unknown[] = [];
  const progress = (percent: number, text?: string): void => void heard.push([percent, text]);
  const { routes } = b.links;
  assert.deepEqual(await routes.call(id, 'network.remove', { vni: 1 }, call('j', 2, { progress })), {});
  assert.deepEqual(heard, [[100, 'gone']]);
  await assert.rejects(
    routes.call(id, 'network.remove', { vni: 2 }, call('j', 2)),
    (error) => error instanceof HostRefused && error.refusal.code === 'missing',
  );
  await assert.rejects(
    a.links.routes.call(id, 'network.remove', { vni: 1 }, call('j', 1)),
    (error) => error instanceof HostRefused && error.refusal.code === 'stale',
  );
  const control = new AbortController();
  const waiting = routes.call(id, 'network.remove', { vni: 3 }, call('k', 1, { signal: control.signal }));
  control.abort();
  await assert.rejects(waiting, HostUnreachable);
  release();
});

test('a host that changes its server under a call: the call is asked again where the host is', async () => {
  const [a, b] = [servers[0]!, servers[1]!];
  const { id, guid } = await hostRow('host-2');
  const begun: number[] = [];
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await startHost(
    a,
    { guid, hostname: 'host-2' },
    {
      'network.remove': async ({ vni }) => {
        begun.push(vni);
        if (begun.length === 1) await held;
        return {};
      },
    },
  );
  await linkedTo(a, id);
  const asked = b.links.routes.call(id, 'network.remove', { vni: 7 }, call('m', 1));
  await until(() => begun.length === 1);
  const link = a.links.hosting!.hub.link(id)!;
  const place = { id: b.links.members.self.uuid, addresses: ['127.0.0.1'], port: b.port };
  a.links.hosting!.hub.tell(link, [place], true);
  await linkedTo(b, id);
  link.socket.destroy(); // the server that it left dies
  await until(() => begun.length >= 1 && b.links.hosting!.hub.link(id) !== undefined);
  release();
  assert.deepEqual(await asked, {});
  assert.deepEqual(await a.links.routes.call(id, 'network.remove', { vni: 8 }, call('n', 1)), {});
});

test('a stream that the host opens at its server reaches the viewer at the other one', async () => {
  const [a, b] = [servers[0]!, servers[1]!];
  const guid = '3f0c1c5e-9a50-4f0c-8d51-0000000000aa';
  await startHost(
    a,
    { guid, hostname: 'waits' },
    {
      'console.open': async ({ name, ticket }, { openStream }) => {
        if (name === 'i-none') throw new Refused('missing', 'no such guest');
        const stream = await openStream(ticket);
        stream.write('RFB 003.008\n');
        stream.on('data', (chunk: Buffer) => stream.write(`<${chunk.toString()}>`));
        return {};
      },
    },
  );
  const { routes } = b.links;
  await until(async () => (await routes.pending()).some((facts) => facts.guid === guid));
  const hostId = 4_711; // a zone takes it, at the server that it is not linked to
  await db.tx((tx) => routes.adopt(tx, hostId, guid));
  await until(() => routes.isConnected(hostId) && a.links.hosting!.hub.link(hostId) !== undefined);
  const { ticket, stream } = routes.expectStream();
  await routes.call(hostId, 'console.open', { name: 'i-1', ticket }, null);
  const screen = await stream;
  screen.write('hello');
  let text = '';
  screen.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await until(() => text === 'RFB 003.008\n<hello>');
  screen.destroy();
  const refused = routes.expectStream();
  await assert.rejects(
    routes.call(hostId, 'console.open', { name: 'i-none', ticket: refused.ticket }, null),
    HostRefused,
  );
  await db.tx((tx) => routes.release(tx, hostId));
  await until(() => !routes.isConnected(hostId) && a.links.hosting!.hub.link(hostId) === undefined);
  assert.ok((await routes.pending()).some((facts) => facts.guid === guid));
});

test('reconnect drops the link at the server that holds it', async () => {
  const [a, b] = [servers[0]!, servers[1]!];
  const { id } = await hostRow('host-1');
  await linkedTo(a, id);
  const before = await b.links.routes.generation(db.read, id);
  await b.links.routes.reconnect(id);
  await until(async () => (await b.links.routes.generation(db.read, id)) > before);
});

test('a certificate of a host does not make a server', async () => {
  const { connect } = await import('node:tls');
  const { encodeFrame } = await import('#protocol/frame.ts');
  const { key, cert } = await authority.issue({ commonName: 'some-host', names: ['some-host'], days: 1 });
  const socket = connect({
    host: '127.0.0.1',
    port: servers[0]!.port,
    key,
    cert,
    ca: authority.caPem,
    servername: 'nephos-server',
  });
  socket.on('error', () => {});
  await once(socket, 'secureConnect');
  const server = '3f0c1c5e-9a50-4f0c-8d51-0000000000bb';
  socket.write(encodeFrame({ kind: 'peer', server, run: 1, protocol: PROTOCOL_VERSION }));
  await once(socket, 'close');
});
