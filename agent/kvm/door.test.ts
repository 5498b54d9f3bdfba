// The way between two hosts, on one machine: who may come in, what comes through, and that nothing stays open.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pino } from 'pino';
import { makeAuthority, type Pem } from '../fake-server.ts';
import type { Credentials } from '../link.ts';
import { openDoor, openTunnel, socketOf } from './door.ts';

const dir = await mkdtemp(join(tmpdir(), 'nephos-door-'));
const [near, far] = [join(dir, 'near'), join(dir, 'far')];
after(() => rm(dir, { recursive: true, force: true }));

const log = pino({ level: 'silent' });
const issue = await makeAuthority();
const asCredentials =
  (pem: Pem): (() => Promise<Credentials>) =>
  async () => ({
    key: Buffer.from(pem.key),
    cert: Buffer.from(pem.cert),
    ca: Buffer.from(pem.ca),
  });
const [source, target, other] = await Promise.all(['source', 'target', 'other'].map((name) => issue([name])));
const ports = { first: 21_600, last: 21_619 };

const open = (more: { onArrived?: () => Promise<void> } = {}) =>
  openDoor({
    address: '127.0.0.1',
    ports,
    credentials: asCredentials(target!),
    from: 'source',
    onMemory: () => {},
    onArrived: async () => {},
    log,
    socketsDir: far,
    ...more,
  });

test('bytes go both ways, and the source is heard when the guest has left', async () => {
  let arrived = 0;
  const door = await open({ onArrived: async () => void (arrived += 1) });
  const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => echo.listen(socketOf(door.ticket, 'disks', far), resolve));
  const tunnel = await openTunnel({
    to: { guid: 'target', address: '127.0.0.1', port: door.port, ticket: door.ticket },
    credentials: asCredentials(source!),
    log,
    socketsDir: near,
  });
  const sent = Buffer.alloc(3_000_000, 'memory ');
  const socket = connect({ path: socketOf(door.ticket, 'disks', near), allowHalfOpen: true });
  socket.end(sent);
  const got: Buffer[] = [];
  for await (const chunk of socket) got.push(chunk as Buffer);
  assert.ok(Buffer.concat(got).equals(sent));
  await tunnel.arrived();
  assert.equal(arrived, 1);
  echo.close();
  await tunnel.close();
  await door.close();
  for (const end of [near, far]) assert.deepEqual(await readdir(end), []);
});

test('another host, another ticket and another authority stay outside', async () => {
  const door = await open();
  const to = { guid: 'target', address: '127.0.0.1', port: door.port, ticket: door.ticket };
  const stranger = await (await makeAuthority())(['source']);
  for (const [credentials, where] of [
    [other!, to],
    [stranger, to],
    [source!, { ...to, ticket: '0'.repeat(32) }],
    [source!, { ...to, guid: 'other' }],
  ] as const) {
    const tunnel = await openTunnel({ to: where, credentials: asCredentials(credentials), log, socketsDir: near });
    await assert.rejects(tunnel.arrived());
    await tunnel.close();
  }
  await door.close();
});
