// What the balancer promises: callers reach servers that are ready, in turn; one that ends between two looks is no failed call; and
// what was said before a server took the connection is not lost.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { startBalancer } from './balancer.ts';

interface Fake {
  readonly origin: string;
  ready: boolean;
  /** Looks it was asked since. */
  looks: number;
  end(): Promise<void>;
}

async function fake(t: TestContext, name: string): Promise<Fake> {
  const server: Server = createServer((request, answer) => {
    if (request.url === '/readyz') {
      one.looks += 1;
      answer.writeHead(one.ready ? 200 : 503).end();
      return;
    }
    let said = '';
    request.on('data', (chunk: Buffer) => (said += chunk.toString()));
    request.on('end', () => answer.setHeader('connection', 'close').end(`${name} ${said}`));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const end = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  t.after(end);
  const one: Fake = {
    origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    ready: true,
    looks: 0,
    end,
  };
  return one;
}

/** One that began before now may still have seen what was: two later ones have not. */
async function looked(one: Fake): Promise<void> {
  for (const until = one.looks + 2; one.looks < until;)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
}

async function balanced(t: TestContext, ...fakes: Fake[]) {
  const balancer = await startBalancer({ origins: () => fakes.map(({ origin }) => origin) });
  t.after(() => balancer.stop());
  const ask = async (): Promise<string> =>
    (await fetch(`http://127.0.0.1:${balancer.port}/`, { method: 'POST', body: 'hello' })).text();
  return { balancer, ask };
}

test('servers that are ready are asked in turn, others are not', async (t) => {
  const [one, two] = [await fake(t, 'one'), await fake(t, 'two')];
  const { ask } = await balanced(t, one, two);
  assert.deepEqual([await ask(), await ask()].toSorted(), ['one hello', 'two hello']);
  one.ready = false;
  await looked(one);
  assert.deepEqual([await ask(), await ask(), await ask()], ['two hello', 'two hello', 'two hello']);
  one.ready = true;
  two.ready = false;
  await looked(two);
  assert.deepEqual([await ask(), await ask()], ['one hello', 'one hello']);
});

test('a server that has ended is passed over before the next look', async (t) => {
  const [one, two] = [await fake(t, 'one'), await fake(t, 'two')];
  const { ask } = await balanced(t, one, two);
  await one.end();
  for (let n = 0; n < 4; n += 1) assert.equal(await ask(), 'two hello');
});

test('where none said that it is ready, all are tried; where none is there, the connection ends', async (t) => {
  const one = await fake(t, 'one');
  one.ready = false;
  const { balancer, ask } = await balanced(t, one);
  assert.equal(await ask(), 'one hello');
  await one.end();
  await new Promise<void>((resolve, reject) => {
    const socket = connect(balancer.port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\n\r\n'));
    socket.once('data', () => reject(new Error('somebody answered')));
    socket.once('error', () => resolve()).once('close', () => resolve());
  });
});
