// Sockets that listen inside a router's namespace and are served by the agent outside of it. A socket belongs to the
// namespace it was made in for ever, so a short-lived child enters the namespace, listens, hands the sockets over and
// ends. Nothing of ours stays resident per router, and the client's address is the connection's own: no proxy, no
// header a guest could forge.
import { spawn } from 'node:child_process';
import type { Server } from 'node:net';
import { enter } from '../net/iproute.ts';

export type Doors = { namespaceId: number; metadata: Server; password: Server };

const METADATA_PORT = 80;
const PASSWORD_PORT = 8080;
const TIMEOUT_MS = 15_000;

/** Plain JavaScript given on the command line, because it must work from a checkout and from a bundle alike. The address
 * may appear a moment after the child started: it tries until it can. */
const CHILD = `
const net = require('node:net');
const [address, ...ports] = process.argv.slice(1);
const open = (port) => new Promise((done) => {
  const server = net.createServer();
  server.on('error', (error) => {
    if (error.code === 'EADDRNOTAVAIL') setTimeout(() => server.listen(Number(port), address), 3);
    else { console.error(error.message); process.exit(1); }
  });
  server.on('listening', () => process.send(port, server, {}, done));
  server.listen(Number(port), address);
});
Promise.all(ports.map(open)).then(() => process.exit(0));
`;

export function openDoors(namespace: string, namespaceId: number, address: string): Promise<Doors> {
  const ports = [METADATA_PORT, PASSWORD_PORT];
  const [program, ...argv] = [
    ...enter(namespace),
    process.execPath,
    '--no-warnings',
    '-e',
    CHILD,
    address,
    ...ports.map(String),
  ] as [string, ...string[]];
  // Without NODE_OPTIONS: what is meant for the agent (a debugger, a loader) is not meant for this child.
  const child = spawn(program, argv, {
    shell: false,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'] },
  });
  const opened = new Map<number, Server>();
  let complaint = '';
  child.stderr!.on('data', (text: Buffer) => {
    complaint += text.toString().slice(0, 500);
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
    child.on('message', (port, server) => {
      opened.set(Number(port), server as Server);
    });
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(timer);
      const [metadata, password] = ports.map((port) => opened.get(port));
      if (metadata !== undefined && password !== undefined) return resolve({ namespaceId, metadata, password });
      for (const server of opened.values()) server.close();
      reject(new Error(`no socket could be opened on ${address} of ${namespace}: ${complaint.trim()}`));
    });
  });
}
