// Hosts one version of the protocol apart are understood, whatever more they tell; those further apart are told so and left.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { silentLog } from '#kernel/log.ts';
import { encodeFrame, FrameReader } from '#protocol/frame.ts';
import { PROTOCOL_VERSION } from '#protocol/messages.ts';
import { ADMIN_PASSWORD, cloneDatabase } from '#test/database.ts';
import { startServer, type Running } from './start.ts';

let running: Running;
let drop: () => Promise<void>;
let pem: { key: string; cert: string };
before(async () => {
  const clone = await cloneDatabase();
  drop = clone.drop;
  running = await startServer({
    databaseUrl: clone.url,
    key: Buffer.alloc(32, 7),
    listen: { host: '127.0.0.1', port: 0 },
    agents: { hosts: ['127.0.0.1'], port: 0 },
    integrationPort: 0,
    adminPassword: ADMIN_PASSWORD,
    log: silentLog,
  });
  pem = await running.authority.issue({ commonName: 'simulator', names: [], days: 1 });
});
after(async () => {
  await running?.stop(0);
  await drop?.();
});

const facts = {
  guid: '3f0c1c5e-9a50-4f0c-8d51-0000000000aa',
  hostname: 'other-release',
  hypervisor: 'Simulator',
  agentVersion: '0',
  hypervisorVersion: '0',
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
const ping = { sequence: 1, guests: [], cpuUsedPercent: 0, memoryUsedMib: 0 };

/** A host of that version says hello, something only it knows, and pings; what the ping is answered, if it is. */
function greet(protocol: number): Promise<unknown> {
  return new Promise((resolve) => {
    const socket = connect({
      host: '127.0.0.1',
      port: running.address.agentPort,
      servername: 'nephos-server',
      ca: running.authority.caPem,
      ...pem,
    });
    const say = (report: string, body: unknown): void =>
      void socket.write(encodeFrame({ kind: 'report', report, body }));
    const reader = new FrameReader();
    socket.on('secureConnect', () => {
      say('hello', { ...facts, protocol, ofThatVersion: true });
      if (protocol > PROTOCOL_VERSION) say('newsOfThatVersion', { more: 1 });
      say('ping', { ...ping, ofThatVersion: true });
    });
    socket.on('data', (chunk: Buffer) => {
      for (const frame of reader.push(chunk))
        if (frame.kind === 'reply' && frame.id === 0) {
          resolve(frame.result);
          socket.destroy();
        }
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve('left'));
  });
}

test('one version older, the same, and one newer are understood', async () => {
  for (const protocol of [PROTOCOL_VERSION - 1, PROTOCOL_VERSION, PROTOCOL_VERSION + 1])
    assert.deepEqual(await greet(protocol), { everyMs: 5_000 }, `protocol ${protocol}`);
});

test('two versions apart are not', async () => {
  for (const protocol of [PROTOCOL_VERSION - 2, PROTOCOL_VERSION + 2])
    assert.equal(await greet(protocol), 'left', `protocol ${protocol}`);
});

test('a host is told how often to ping as the setting says', async () => {
  const { db, settings } = running.server;
  await db.tx((tx) => settings.write(tx, { name: 'host.ping.interval', value: '7' }));
  assert.deepEqual(await greet(PROTOCOL_VERSION), { everyMs: 7_000 });
});
