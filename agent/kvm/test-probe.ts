// For tests: knocks at a guest's port 80 over and over and prints when it answered, in ms; a second connection is begun at once and
// finished when standard input says so, and its answer is printed as `kept`. node test-probe.ts IP
import { connect } from 'node:net';

const EVERY_MS = 50;
const ip = process.argv[2]!;

setInterval(() => {
  const knock = connect({ host: ip, port: 80, timeout: 2_000 }, () => {
    process.stdout.write(`${Date.now()}\n`);
    knock.destroy();
  });
  knock.on('error', () => knock.destroy());
  knock.on('timeout', () => knock.destroy());
}, EVERY_MS);

const kept = connect(80, ip, () => kept.write('GET / HTTP/1.0\r\n'));
let said = '';
kept.on('data', (chunk: Buffer) => (said += chunk.toString()));
kept.on('end', () => process.stdout.write(`kept ${said.split('\r\n')[0]}\n`));
kept.on('error', (error) => process.stdout.write(`kept ${error.message}\n`));
process.stdin.once('data', () => kept.write('\r\n'));
