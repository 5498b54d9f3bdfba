// A host's link against a server in the same process, over real TLS: order of reports, refusals, fencing, turns,
// redialling, bad frames, streams.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:tls';
import { after, before, test } from 'node:test';
import { pino } from 'pino';
import { methods } from '#protocol/messages.ts';
import { encodeFrame } from '#protocol/frame.ts';
import type { HostFacts, Method } from '#protocol/messages.ts';
import { Fence, resourceOf, Turns } from './dispatch.ts';
import type { Handlers } from './dispatch.ts';
import { contextOf, makeAuthority, startFakeServer, until } from './fake-server.ts';
import type { FakeServer, Pem } from './fake-server.ts';
import { startLink } from './link.ts';
import type { Link, LinkOptions } from './link.ts';
import { Refused } from './refused.ts';

const log = pino({ level: 'silent' });
const facts: HostFacts = {
  guid: '3f0c1c5e-9a50-4f0c-8d51-000000000001',
  hostname: 'h1',
  hypervisor: 'Simulator',
  agentVersion: '1',
  protocol: 2,
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
const guid = (n: number): string => `3f0c1c5e-9a50-4f0c-8d51-${String(n).padStart(12, '0')}`;

let hostPem: Pem;
let serverPem: Pem;
let strangerPem: Pem;
const open: { links: Link[]; servers: FakeServer[] } = { links: [], servers: [] };

before(async () => {
  const issue = await makeAuthority();
  hostPem = await issue(['host']);
  serverPem = await issue(['nephos-server', '127.0.0.1']);
  strangerPem = await (await makeAuthority())(['host']);
});
after(async () => {
  for (const link of open.links) await link.stop();
  for (const server of open.servers) await server.close();
});

function handlersWith(some: Partial<Handlers>): Handlers {
  const none = async (): Promise<never> => {
    throw new Refused('refused', 'not in this test');
  };
  return { ...(Object.fromEntries(Object.keys(methods).map((name) => [name, none])) as unknown as Handlers), ...some };
}

async function server(options: { port?: number } = {}): Promise<FakeServer> {
  const started = await startFakeServer(serverPem, options);
  open.servers.push(started);
  return started;
}

function link(
  servers: { port: number; name?: string }[],
  handlers: Partial<Handlers>,
  more: Partial<LinkOptions> = {},
): Link {
  const started = startLink({
    servers: servers.map((one) => ({ host: '127.0.0.1', ...one })),
    credentials: () => contextOf(hostPem),
    facts: () => facts,
    status: async () => ({ guests: [], cpuUsedPercent: 1, memoryUsedMib: 2 }),
    handlers: handlersWith(handlers),
    log,
    backoffMs: { first: 10, longest: 40 },
    ...more,
  });
  open.links.push(started);
  return started;
}

const firstLink = (of: FakeServer, n = 0) => until(() => of.links[n]);

test('hello comes first, then a ping, and pings on demand count up', async () => {
  const one = await server();
  const host = link([{ port: one.port, name: 'nephos-server' }], {});
  const session = await firstLink(one);
  await until(() => session.latest('ping'));
  assert.deepEqual(session.heard[0], { kind: 'report', report: 'hello', body: facts });
  const { sequence } = session.latest('ping')!;
  host.pingNow();
  await until(() => session.latest('ping')!.sequence > sequence);
});

test('calls come back with results, typed refusals and wrong fields by path', async () => {
  const one = await server();
  const host = link([one], {
    'network.remove': async ({ vni }) => {
      if (vni === 2) throw new Refused('missing', 'no network 2');
      if (vni === 3) throw new Error('disk full');
      return {};
    },
  });
  const session = await firstLink(one);
  assert.deepEqual(await session.call('network.remove', { vni: 1 }), {});
  assert.deepEqual((await session.ask('network.remove', { vni: 2 })).refusal, {
    code: 'missing',
    message: 'no network 2',
  });
  assert.deepEqual((await session.ask('network.remove', { vni: 3 })).refusal, { code: 'failed', message: 'disk full' });
  const wrong = await session.ask('guest.start', { name: '-rf', disks: [{ volumeId: 'x' }] });
  assert.equal(wrong.refusal!.code, 'invalid');
  assert.match(wrong.refusal!.message, /params\.name: /);
  assert.equal((await session.ask('toString', {})).refusal!.code, 'invalid');
  assert.equal((await session.ask('guest.explode', {})).refusal!.code, 'invalid');
  assert.equal(host.connected(), 1);
});

test('an epoch that was overtaken is stale, also while it waits for its turn', async () => {
  const one = await server();
  let release = (): void => {};
  const done: number[] = [];
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  link([one], {
    'network.apply': async ({ generation }) => {
      if (generation === 0) await held;
      done.push(generation);
      return {};
    },
  });
  const session = await firstLink(one);
  const apply = (generation: number, epoch: number) =>
    session.ask('network.apply', { vni: 7, mtu: 1450, peers: [], generation }, { job: 'j1', epoch });
  const first = apply(0, 1);
  const waiting = apply(1, 2);
  const newest = apply(2, 3);
  release();
  assert.equal((await first).refusal, undefined);
  assert.equal((await waiting).refusal!.code, 'stale');
  assert.equal((await newest).refusal, undefined);
  assert.equal((await apply(3, 2)).refusal!.code, 'stale');
  assert.deepEqual(done, [0, 2]);
});

test('one call at a time per resource, also while the host moves; others do not wait', async () => {
  const [one, two] = [await server(), await server()];
  let running = 0;
  let most = 0;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  link([one], {
    'network.remove': async ({ vni }) => {
      if (vni !== 5) return {};
      most = Math.max(most, ++running);
      await held;
      running--;
      return {};
    },
  });
  const first = await firstLink(one);
  const begun = first.call('network.remove', { vni: 5 });
  first.tell([two], { move: true });
  const second = await firstLink(two);
  const again = second.call('network.remove', { vni: 5 });
  assert.deepEqual(await second.call('network.remove', { vni: 6 }), {});
  release();
  await Promise.all([begun, again]);
  assert.equal(most, 1);
});

test('a host that is asked to move opens the new link before it leaves the old one, which ends with its last call', async () => {
  const [one, two] = [await server(), await server()];
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const host = link([one], { 'network.remove': () => held.then(() => ({})) });
  const old = await firstLink(one);
  await until(() => old.latest('ping'));
  const call = old.call('network.remove', { vni: 1 });
  old.tell([two, one], { move: true });
  const fresh = await firstLink(two);
  await until(() => fresh.latest('hello'));
  assert.equal(old.latest('leaving'), undefined, 'it left before the new server took it');
  fresh.tell([two, one]);
  await until(() => old.latest('leaving'));
  host.report('passwordTaken', { router: guid(9), ip: '10.1.1.2', passwordId: 'p1' });
  await until(() => fresh.latest('passwordTaken') && fresh.latest('ping'));
  assert.ok(!old.socket.destroyed && old.latest('passwordTaken') === undefined);
  release();
  assert.deepEqual(await call, {});
  await until(() => old.socket.destroyed);
  assert.equal(host.connected(), 1);
});

test('a host stays where it is when the server it should move to does not take it', async () => {
  const one = await server();
  const host = link([one], { 'network.remove': async () => ({}) });
  const session = await firstLink(one);
  session.tell([{ port: 1, id: guid(77) }, one], { move: true });
  session.tell([{ port: 1, id: guid(77) }, one], { move: true });
  assert.deepEqual(await session.call('network.remove', { vni: 1 }), {});
  assert.equal(host.connected(), 1);
  assert.equal(one.links.length, 1);
});

test('when its server dies a host goes to the next one it was told of, at once', async () => {
  const [one, two] = [await server(), await server()];
  link([one], {}, { backoffMs: { first: 10, longest: 60_000 } });
  const session = await firstLink(one);
  session.tell([one, two]);
  await until(() => session.latest('ping'));
  await one.close();
  open.servers.splice(open.servers.indexOf(one), 1);
  const next = await firstLink(two);
  await until(() => next.latest('ping'));
});

test('a server that stops answering pings is left for another one', async () => {
  const [one, two] = [await server(), await server()];
  link([one], {}, { pingEveryMs: 50 });
  const session = await firstLink(one);
  session.tell([one, two]);
  session.socket.write(encodeFrame({ kind: 'reply', id: 0, result: {} })); // it has answered once, and does not again
  const next = await firstLink(two);
  await until(() => next.latest('ping'));
  assert.ok(session.socket.destroyed);
});

test('the server says how often it wants to be pinged, and the pause that runs already follows', async () => {
  const one = await server();
  link([one], {}, { pingEveryMs: 3_600_000 });
  const session = await firstLink(one);
  const pings = (): number => session.heard.filter(({ report }) => report === 'ping').length;
  await until(() => pings() === 1);
  session.socket.write(encodeFrame({ kind: 'reply', id: 0, result: { everyMs: 500 } }));
  await until(() => pings() >= 3);
});

test('hosts that know several servers spread over them', async () => {
  const [one, two] = [await server(), await server()];
  const hosts = Array.from({ length: 16 }, (_, n) =>
    link([one, two], {}, { facts: () => ({ ...facts, guid: guid(100 + n) }) }),
  );
  await until(() => one.links.length + two.links.length === hosts.length);
  assert.ok(one.links.length > 0 && two.links.length > 0, `${one.links.length} and ${two.links.length}`);
  for (const host of hosts) await host.stop();
});

test('progress names the call, and news told while nobody listens is kept', async () => {
  const one = await server();
  const host = link([one], {
    'template.fetch': async (_params, context) => {
      context.progress(50, 'half');
      context.progress(100, 'whole');
      return { virtualBytes: 5 };
    },
  });
  host.report('passwordTaken', { router: guid(9), ip: '10.1.1.2', passwordId: 'p1' });
  const session = await firstLink(one);
  await until(() => session.latest('passwordTaken'));
  await session.call('template.fetch', {
    pool: { id: guid(2), kind: 'Filesystem', path: '/p' },
    templateId: guid(3),
    storePath: '/s',
  });
  assert.deepEqual(
    session.heard.filter((report) => report.report === 'progress').map((report) => report.body),
    [
      { call: 1, percent: 50, text: 'half' },
      { call: 1, percent: 100, text: 'whole' },
    ],
  );
});

test('a bad frame ends the connection and the host dials again', async () => {
  const one = await server();
  const host = link([one], { 'network.remove': async () => ({}) });
  for (const [n, bad] of [
    Buffer.from([0xff, 0xff, 0xff, 0xff]),
    Buffer.from('\0\0\0\x02{}'),
    Buffer.from('\0\0\0\x03abc'),
  ].entries()) {
    const session = await firstLink(one, n);
    session.socket.write(bad);
    await until(() => session.socket.destroyed);
  }
  const session = await firstLink(one, 3);
  assert.deepEqual(await session.call('network.remove', { vni: 1 }), {});
  assert.equal(host.connected(), 1);
});

test('a server that went away is found again on its address', async () => {
  const one = await server();
  link([one], {});
  await firstLink(one);
  await one.close();
  open.servers.splice(open.servers.indexOf(one), 1);
  const again = await server({ port: one.port });
  await until(() => again.links[0]?.latest('ping'));
});

test('neither a stranger nor a wrong name gets a link', async () => {
  const one = await server();
  const stranger = link([one], {}, { credentials: () => contextOf({ ...strangerPem, ca: hostPem.ca }) });
  const misled = link([{ port: one.port, name: 'some-other-host' }], {});
  const trusting = link([one], {}, { credentials: () => contextOf(strangerPem) });
  const bare = connect({ host: '127.0.0.1', port: one.port, ca: hostPem.ca, servername: 'nephos-server' });
  await once(bare, 'error').catch((error: unknown) => error);
  await new Promise((resolve) => setTimeout(resolve, 150)); // several redials
  assert.equal(one.links.length, 0);
  // With TLS 1.3 a stranger learns of its refusal after its own side of the handshake, so only the other two never saw a link.
  for (const refused of [misled, trusting]) assert.equal(refused.connected(), 0);
  for (const refused of [misled, trusting, stranger]) await refused.stop();
});

test('a server whose certificate has expired is not believed, and is as soon as it has another', async () => {
  const issue = await makeAuthority();
  const names = ['nephos-server', '127.0.0.1'];
  const one = await startFakeServer(await issue({ names, until: new Date(Date.now() - 1_000) }));
  open.servers.push(one);
  const said: string[] = [];
  const lines = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });
  const own = contextOf(await issue(['host']));
  const host = link([one], {}, { credentials: () => own, log: lines });
  await until(() => said.some((line) => /"link.failed"/.test(line) && /certificate has expired/.test(line)));
  assert.deepEqual([one.links.length, host.connected()], [0, 0]);
  one.renew(await issue(names));
  await until(() => one.links[0]?.latest('ping'));
});

test('a host whose own certificate has expired says so, and is linked once it has another', async () => {
  const issue = await makeAuthority();
  const one = await startFakeServer(await issue(['nephos-server', '127.0.0.1']));
  open.servers.push(one);
  const said: string[] = [];
  const lines = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) });
  let own = contextOf(await issue({ names: ['host'], until: new Date(Date.now() - 60_000) }));
  link([one], {}, { credentials: () => own, log: lines });
  await until(() => said.some((line) => /"certificate.expired"/.test(line)));
  assert.equal(one.links.length, 0);
  own = contextOf(await issue(['host']));
  await until(() => one.links[0]?.latest('ping'));
});

test('a stream is a second connection that begins with its ticket', async () => {
  const one = await server();
  const ticket = 't'.repeat(20);
  link([one], {
    'console.open': async (params, context) => {
      const stream = await context.openStream(params.ticket);
      stream.write('RFB 003.008\n');
      stream.on('data', (chunk) => stream.write(`<${chunk}>`));
      return {};
    },
  });
  const session = await firstLink(one);
  await session.call('console.open', { name: 'i-1', ticket });
  const { socket, head } = await until(() => one.streams.get(ticket));
  let text = head.toString();
  socket.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  socket.resume();
  socket.write('hi');
  await until(() => text === 'RFB 003.008\n<hi>');
});

test('a thousand random bytes never end the process', async () => {
  const one = await server();
  link([one], {});
  for (let n = 0; n < 5; n++) {
    const session = await firstLink(one, n);
    session.socket.write(
      Buffer.from(Array.from({ length: 1000 }, (_, i) => (i < 2 ? 0 : Math.floor(Math.random() * 256)))),
    );
    session.socket.end();
  }
  await until(() => one.links.length > 5);
});

test('the memory of epochs and turns is bounded', async () => {
  const fence = new Fence(100);
  for (let n = 0; n < 1000; n++) fence.check(`job-${n}`, 1);
  assert.equal(fence.size, 100);
  const turns = new Turns();
  await assert.rejects(
    turns.take('a', async () => {
      throw new Error('no');
    }),
  );
  assert.equal(await turns.take('a', async () => 1), 1);
  assert.equal(turns.size, 0);
});

test('every method says what it must not share', () => {
  for (const method of Object.keys(methods) as Method[]) assert.equal(typeof resourceOf[method], 'function', method);
});
