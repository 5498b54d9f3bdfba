// What dials in and does not behave: hosts that answer twice, late or for another, halves of messages and messages of 100 MB,
// certificates that have run out or are another cloud's. Over real TLS, against a whole server. Each hurts itself only.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { after, before, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { openDb, type Db } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';
import { encodeFrame, FrameReader, MAX_FRAME_BYTES } from '#protocol/frame.ts';
import { PROTOCOL_VERSION, type Frame } from '#protocol/messages.ts';
import { foreignCertificate } from '#test/authority.ts';
import { ADMIN_PASSWORD, cloneDatabase } from '#test/database.ts';
import { makeZoneRows } from '#test/zone-rows.ts';
import { Calls } from './calls.ts';
import { openCredentials } from './credentials.ts';
import { Door } from './door.ts';
import { buildHttp } from './http.ts';
import { PeerDesk } from './peer-desk.ts';
import { startServer, type Running } from './start.ts';

const MIB = 1 << 20;
const must = <T>(value: T | undefined): T => value ?? assert.fail('it is not there');
const said: string[] = [];
let running: Running;
let db: Db;
let drop: () => Promise<void>;
let hosts: { id: number; guid: string }[];
const open: TLSSocket[] = [];
before(async () => {
  const clone = await cloneDatabase();
  drop = clone.drop;
  db = openDb({ url: clone.url, max: 2 });
  await makeZoneRows(db);
  hosts = await db.read.rows(sql`select id, guid from host order by id`);
  running = await startServer({
    databaseUrl: clone.url,
    key: Buffer.alloc(32, 7),
    listen: { host: '127.0.0.1', port: 0 },
    agents: { hosts: ['127.0.0.1'], port: 0 },
    integrationPort: 0,
    adminPassword: ADMIN_PASSWORD,
    log: pino({ level: 'info' }, { write: (line: string) => void said.push(line) }),
  });
});
after(async () => {
  for (const socket of open) socket.destroy();
  await running?.stop(0);
  await db?.close();
  await drop?.();
});

const told = (event: string): string[] => said.filter((line) => line.includes(`"${event}"`));
const hub = () => must(running.hub);
/** The standing duties of the server ask hosts as well. */
const OURS = 'test.ask';
const nobody = { job: null, epoch: 0, trace: null };

async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  for (const end = Date.now() + 30_000; ;) {
    const found = look();
    if (found) return found;
    if (Date.now() > end) assert.fail(`it did not come: ${what}\n${said.slice(-5).join('')}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

interface Pem {
  key: string;
  cert: string;
}
const certificateFor = (commonName: string, days = 1): Promise<Pem> =>
  running.authority.issue({ commonName, names: [], days });

async function dial(pem: Pem, port = running.address.agentPort): Promise<TLSSocket> {
  const ca = running.authority.caPem;
  const socket = connect({ host: '127.0.0.1', port, servername: 'nephos-server', ca, ...pem });
  open.push(socket);
  socket.on('error', () => {}).resume(); // or it would not see the end
  await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]);
  return socket;
}

const hello = (guid: string): Frame => ({
  kind: 'report',
  report: 'hello',
  body: {
    guid,
    hostname: `h-${guid.slice(-4)}`,
    hypervisor: 'Simulator',
    agentVersion: '0',
    protocol: PROTOCOL_VERSION,
    hypervisorVersion: '0',
    accelerator: 'none',
    cpus: 16,
    cpuSockets: 1,
    cpuMhz: 2000,
    memoryMib: 32_768,
    arch: 'x86_64',
    privateIp: '127.0.0.1',
    underlayIp: '127.0.0.1',
    bridges: ['pub'],
  },
});

interface BadHost {
  socket: TLSSocket;
  /** Calls it was asked, by id. */
  asked: number[];
  reply(id: number, result: unknown): void;
}
/** A host that does what the test says, linked. */
async function join({ id, guid }: { id: number; guid: string }): Promise<BadHost> {
  const socket = await dial(await certificateFor(guid));
  const reader = new FrameReader();
  const asked: number[] = [];
  socket.on('data', (chunk: Buffer) => {
    for (const frame of reader.push(chunk)) {
      if (frame.kind !== 'call') continue;
      if (frame.method === OURS) asked.push(frame.id);
      else socket.write(encodeFrame({ kind: 'reply', id: frame.id, refusal: { code: 'refused', message: 'no' } }));
    }
  });
  socket.write(encodeFrame(hello(guid)));
  await until('this connection is the host’s link', () => hub().link(id)?.socket.remotePort === socket.localPort);
  return {
    socket,
    asked,
    reply: (call, result) => void socket.write(encodeFrame({ kind: 'reply', id: call, result })),
  };
}

const ask = (hostId: number, signal?: AbortSignal): Promise<unknown> =>
  hub().ask(must(hub().link(hostId)), { method: OURS, params: {} }, signal ? { ...nobody, signal } : nobody);

test('an answer that comes twice, of a call nobody made, of another host’s call or too late changes nothing', async () => {
  const [one, other] = [await join(hosts[0]!), await join(hosts[1]!)];
  const first = ask(hosts[0]!.id);
  const call = await until('it is asked', () => one.asked[0]);
  other.reply(call, { guests: 'another host’s' });
  one.reply(call + 1_000, { guests: 'of a call nobody made' });
  one.reply(call, { guests: ['right'] });
  one.reply(call, { guests: ['again'] });
  assert.deepEqual(await first, { guests: ['right'] });

  const late = new AbortController();
  const given = ask(hosts[0]!.id, late.signal);
  await until('it is asked', () => one.asked[1]);
  late.abort();
  await assert.rejects(given, /did not answer test.ask in time/);
  const next = ask(hosts[0]!.id);
  await until('it is asked', () => one.asked[2]);
  one.reply(one.asked[1]!, { guests: ['late'] });
  one.reply(one.asked[2]!, { guests: ['next'] });
  assert.deepEqual(await next, { guests: ['next'] });
  assert.deepEqual([one.socket.destroyed, other.socket.destroyed], [false, false]);
});

test('half a message: who breaks off in it is gone, and its call says so; who says nothing more is not waited for', async () => {
  const one = await join(hosts[0]!);
  const call = ask(hosts[0]!.id);
  const broken = assert.rejects(call, /the link to host .* broke/);
  await until('it is asked', () => one.asked[0]);
  const whole = encodeFrame({ kind: 'reply', id: one.asked[0]!, result: { guests: [] } });
  one.socket.end(whole.subarray(0, whole.length - 5));
  await broken;
  const again = await join(hosts[0]!);
  const answered = ask(hosts[0]!.id);
  again.reply(await until('it is asked', () => again.asked[0]), { guests: [] });
  assert.deepEqual(await answered, { guests: [] });

  const { own, streams } = running.links;
  const desk = new PeerDesk({ hub: hub(), streams, log: running.server.log });
  const door = new Door({ own, log: running.server.log, hub: hub(), streams, desk, helloWithinMs: 50 });
  const socket = await dial(await certificateFor(hosts[0]!.guid), await door.listen('127.0.0.1', 0));
  socket.write(encodeFrame(hello(hosts[0]!.guid)).subarray(0, 20));
  await once(socket, 'close');
  door.close();
  assert.equal(hub().link(hosts[0]!.id)?.socket.destroyed, false, 'the host that is linked stays so');
});

test('a message of 100 MB is refused at its first bytes, before it is taken in', async () => {
  const host = await join(hosts[1]!);
  const head = Buffer.alloc(4 + 1024);
  head.writeUInt32BE(100 * MIB, 0);
  host.socket.write(head);
  await once(host.socket, 'close');
  const [line] = await until('the log says why', () => told('door.bad-frame').length > 0 && told('door.bad-frame'));
  assert.match(line!, new RegExp(`a frame of ${100 * MIB} bytes is over the limit of ${MAX_FRAME_BYTES}`));
  await join(hosts[1]!);
});

test('a certificate that has run out links nothing, and the log tells whose, once', async () => {
  const pem = await certificateFor(hosts[0]!.guid, -1 / 48);
  const linked = hub().link(hosts[0]!.id)?.socket;
  for (let dials = 0; dials < 3; dials += 1) {
    const socket = await dial(pem);
    if (!socket.closed) await once(socket, 'close');
  }
  await until('the log tells', () => told('door.certificate.expired').length > 0);
  assert.equal(told('door.certificate.expired').length, 1);
  assert.match(told('door.certificate.expired')[0]!, new RegExp(hosts[0]!.guid));
  assert.equal(hub().link(hosts[0]!.id)?.socket, linked);
});

test('the server’s own certificate is made anew in time, and who dials sees the new one', async (t) => {
  const { links, authority, server } = running;
  const inTime = Promise.withResolvers<void>();
  let made = 0;
  const shortLived = {
    ...authority,
    serverCredentials: async () => {
      if ((made += 1) > 1) await inTime.promise;
      return authority.issue({ commonName: 'nephos-server', names: ['nephos-server'], days: made === 1 ? 30 : 365 });
    },
  };
  const own = await openCredentials({ authority: shortLived, addresses: [], log: server.log, lookEveryMs: 20 });
  const desk = new PeerDesk({ hub: hub(), streams: links.streams, log: server.log });
  const door = new Door({ own, log: server.log, hub: hub(), streams: links.streams, desk });
  t.after(() => {
    own.stop();
    door.close();
  });
  const [port, pem] = [await door.listen('127.0.0.1', 0), await certificateFor(hosts[0]!.guid)];
  const first = await dial(pem, port);
  const before = first.getPeerCertificate().serialNumber;
  inTime.resolve();
  await until('it is renewed', () => own.expires.getTime() > Date.now() + 300 * 86_400_000);
  const second = await dial(pem, port);
  assert.notEqual(second.getPeerCertificate().serialNumber, before);
  assert.equal(made, 2);
});

test('a host of another cloud, and one that says it is another host, are not let in', async () => {
  const socket = await dial(await foreignCertificate(hosts[0]!.guid));
  if (!socket.closed) await once(socket, 'close');
  const liar = await dial(await certificateFor(hosts[1]!.guid));
  liar.write(encodeFrame(hello(hosts[0]!.guid)));
  await once(liar, 'close');
  await until('the log tells', () => told('door.bad-frame').some((line) => line.includes('the certificate is for')));
  assert.equal(hub().link(hosts[0]!.id)?.socket.destroyed, false);
});

test('an HTTP request of 100 MB is refused and others are answered meanwhile; half of one is ended after its time', async () => {
  const { hostname, port } = new URL(running.address.url);
  const flood = connectTcp(Number(port), hostname);
  let answer = '';
  flood.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  flood.write('POST /client/api HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n');
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MIB, 97), Buffer.from('\r\n')]);
  for (let mib = 0; mib < 100; mib += 1) {
    if (!flood.write(chunk)) await once(flood, 'drain');
    if (mib === 50) assert.equal((await fetch(`${running.address.url}/healthz`)).status, 200);
  }
  flood.write('0\r\n\r\n');
  await until('it is answered', () => answer.includes('</errorresponse>'));
  flood.destroy();
  assert.match(answer, /^HTTP\/1.1 400 [^]*The request body is larger than 1048576 bytes, the most that is accepted/);

  const patient = { server: running.server, calls: new Calls(), ready: async () => ({ problems: [], runsJobs: true }) };
  const app = await buildHttp({ ...patient, receiveWithinMs: 100 });
  const half = connectTcp(Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port), '127.0.0.1');
  half.on('error', () => {});
  half.write('POST /client/api HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf');
  const [text] = (await once(half, 'data')) as [Buffer];
  assert.match(text.toString(), /^HTTP\/1.1 408 /);
  await app.close();
});
