// Downloads over TLS, with certificates as a real server shows them: the name in the URL is what counts.
import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { makeAuthority } from '../fake-server.ts';
import { fetchOutside, internet } from './outbound.ts';
import type { Outside } from './outbound.ts';

test('a certificate must be signed by who is trusted and made out to the name of the URL', async () => {
  const { key, cert, ca } = await (await makeAuthority())(['images.example']);
  const server = createServer({ key, cert }, (_request, answer) => answer.end('an image')).listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as AddressInfo;
  const names: Outside = { ...internet, resolve: async () => ['127.0.0.1'] };
  const trusting: Outside = {
    ...names,
    connect: (to) => connect({ host: to.address, port: to.port, servername: to.tls!.name, ca }),
  };
  const ask = (name: string, outside: Outside): Promise<unknown> =>
    fetchOutside(new URL(`https://${name}:${port}/i`), ['127.0.0.0/8'], outside);
  try {
    await assert.rejects(ask('images.example', names), /images\.example:\d+ cannot be reached \(.*certificate.*\)/);
    await assert.rejects(
      ask('other.example', trusting),
      /other\.example:\d+ cannot be reached \(Hostname\/IP does not match/,
    );
    const { stream } = await fetchOutside(new URL(`https://images.example:${port}/i`), ['127.0.0.0/8'], trusting);
    assert.equal(Buffer.concat(await stream.toArray()).toString(), 'an image');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
