// The program that plays the Internet in a laboratory: a web page on port 80 and a name server on port 53, on every
// address of its namespace. It answers for the names below and says NXDOMAIN to all others; it forwards nothing.
// Usage: node internet.ts GATEWAY_IP
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';

const gateway = process.argv[2] ?? '198.19.113.1';
const NAMES: Record<string, string> = { 'hello.internet.test': gateway, 'dns.internet.test': '8.8.8.8' };
const TYPE_A = 1;
const TYPE_ANY = 255;
const NXDOMAIN = 3;
const FORMAT_ERROR = 1;

createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  // The peer shows which address a guest leaves the cloud with.
  response.end(
    request.url === '/ip' ? `${request.socket.remoteAddress?.replace(/^::ffff:/, '')}\n` : 'hello from the Internet\n',
  );
}).listen(80);

/** The question's name and the offset behind it; undefined for anything but one plain question. */
function question(query: Buffer): { name: string; end: number; type: number } | undefined {
  if (query.length < 17 || query.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = 12;
  for (;;) {
    const length = query[at];
    if (length === undefined || length > 63) return undefined;
    if (length === 0) break;
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (at + 5 > query.length) return undefined;
  return { name: labels.join('.').toLowerCase(), end: at + 5, type: query.readUInt16BE(at + 1) };
}

function answer(query: Buffer): Buffer | undefined {
  if (query.length < 12 || (query[2]! & 0x80) !== 0) return undefined; // too short, or itself an answer
  const asked = question(query);
  const address = asked === undefined ? undefined : NAMES[asked.name];
  const wanted = asked !== undefined && address !== undefined && (asked.type === TYPE_A || asked.type === TYPE_ANY);
  const head = Buffer.from(query.subarray(0, asked?.end ?? 12));
  const code = asked === undefined ? FORMAT_ERROR : address === undefined ? NXDOMAIN : 0;
  head.writeUInt16BE(0x8480 | (query.readUInt16BE(2) & 0x0100) | code, 2); // an authoritative answer; recursion as wished
  head.writeUInt16BE(asked === undefined ? 0 : 1, 4);
  head.writeUInt16BE(wanted ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  if (!wanted) return head;
  const record = Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split('.').map(Number)]);
  return Buffer.concat([head, record]);
}

// One socket per address, so that an answer leaves from the address that was asked.
for (const address of new Set([gateway, '8.8.8.8', '127.0.0.1'])) {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const reply = answer(query);
    if (reply !== undefined) socket.send(reply, from.port, from.address);
  });
  socket.bind(53, address);
}
