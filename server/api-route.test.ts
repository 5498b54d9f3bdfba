// What clients may rely on at the edge: forms and queries, packed answers, and refusals that leave nothing half-read behind.
import assert from 'node:assert/strict';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { silentLog } from '#kernel/log.ts';
import { apiRoute, isApiCall, MAX_BODY_BYTES } from './api-route.ts';

/** More than the kernel takes for who does not read. */
const ENDLESS = 'x'.repeat(64 * 2 ** 20);
const LONG = 'ä'.repeat(5_000);
let server: Server;
let draining = false;
before(async () => {
  const route = apiRoute({
    answer: async ({ request: { sent, method, sourceIp } }) => ({
      status: 200,
      text: sent.has('endless')
        ? ENDLESS
        : sent.has('long')
          ? LONG
          : JSON.stringify({ ...Object.fromEntries(sent), method, sourceIp }),
      contentType: 'application/json; charset=UTF-8',
      headers: { 'x-request-id': 'one' },
      cookies: sent.has('cookies') ? ['a=1', 'b=2'] : [],
    }),
    draining: () => draining,
    log: silentLog,
    patienceMs: 200,
  });
  server = createServer((request, response) =>
    isApiCall(request) ? route(request, response) : response.writeHead(404).end(),
  );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
after(() => server.close());

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}
interface Asked {
  path: string;
  method?: string;
  headers?: Record<string, string>;
  body?: readonly (string | Buffer)[];
}
const ask = ({ path, method = 'GET', headers = {}, body = [] }: Asked): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const sent = httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () =>
        resolve({ status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject);
    for (const part of body) sent.write(part);
    sent.end();
  });
const json = ({ body }: Answer): Record<string, string> => JSON.parse(body.toString()) as Record<string, string>;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

test('query and form are read, and the query wins; bodies of other kinds say nothing', async () => {
  assert.deepEqual(json(await ask({ path: '/client/api?a=1+2&b=%C3%A4' })), {
    a: '1 2',
    b: 'ä',
    method: 'GET',
    sourceIp: '127.0.0.1',
  });
  const posted = await ask({ path: '/client/api/?a=1', method: 'POST', headers: FORM, body: ['a=2&', 'c=%', 'C3%A4'] });
  assert.deepEqual(json(posted), { a: '1', c: 'ä', method: 'POST', sourceIp: '127.0.0.1' });
  const typed = { 'content-type': 'application/json' };
  const other = await ask({ path: '/client/api', method: 'POST', headers: typed, body: ['a=2'] });
  assert.deepEqual(json(other), { method: 'POST', sourceIp: '127.0.0.1' });
});

test('only the API is answered here', async () => {
  for (const path of ['/client/apis', '/client/api/x', '/client/', '/'])
    assert.equal((await ask({ path })).status, 404, path);
  assert.equal((await ask({ path: '/client/api', method: 'PUT' })).status, 404);
});

test('answers carry their headers and cookies', async () => {
  const { headers } = await ask({ path: '/client/api?cookies' });
  assert.equal(headers['set-cookie'], undefined, 'a parameter without a value is none');
  const whole = await ask({ path: '/client/api?cookies=' });
  assert.deepEqual(whole.headers['set-cookie'], ['a=1', 'b=2']);
  assert.equal(whole.headers['x-request-id'], 'one');
  assert.equal(whole.headers['x-frame-options'], 'SAMEORIGIN');
});

test('a long answer is packed for who takes it so, and only for them', async () => {
  for (const accepted of ['gzip', 'deflate, gzip;q=0.5', '*']) {
    const { headers, body } = await ask({ path: '/client/api?long=1', headers: { 'accept-encoding': accepted } });
    assert.equal(headers['content-encoding'], 'gzip', accepted);
    assert.equal(headers['vary'], 'accept-encoding');
    assert.equal(gunzipSync(body).toString(), LONG);
  }
  for (const accepted of ['identity', 'gzip;q=0', 'br', 'deflate, gzip; q=0.0, br']) {
    const { headers, body } = await ask({ path: '/client/api?long=1', headers: { 'accept-encoding': accepted } });
    assert.equal(headers['content-encoding'], undefined, accepted);
    assert.equal(body.toString(), LONG);
  }
  const short = await ask({ path: '/client/api', headers: { 'accept-encoding': 'gzip' } });
  assert.equal(short.headers['content-encoding'], undefined);
});

test('what is too long or packed is refused in the form that is asked for, once it was sent', async () => {
  const post = { path: '/client/api?response=json', method: 'POST' };
  const streamed = Array<Buffer>(3).fill(Buffer.alloc(MAX_BODY_BYTES / 2, 'a'));
  const declared = { ...FORM, 'content-length': String(streamed.length * streamed[0]!.length) };
  const refused = [
    await ask({ ...post, headers: declared, body: streamed }),
    await ask({ ...post, headers: FORM, body: streamed }),
    await ask({ ...post, headers: { ...FORM, 'content-encoding': 'gzip' }, body: ['x'] }),
  ];
  for (const answer of refused) {
    assert.equal(answer.status, 400);
    assert.match(
      answer.body.toString(),
      /^\{"errorresponse":\{.*"errorcode":400.*(most that is accepted|accepted unpacked)/,
    );
  }
  const xml = await ask({ path: '/client/api', method: 'POST', headers: FORM, body: streamed });
  assert.match(xml.body.toString(), /^<\?xml .*<errorresponse>.*1048576/);
});

test('a server that ends tells who keeps a connection', async () => {
  draining = true;
  assert.equal((await ask({ path: '/client/api' })).headers.connection, 'close');
  draining = false;
});

test('who does not take its answer loses its connection, and neither it nor who does not finish asking holds up others', async () => {
  const { port } = server.address() as AddressInfo;
  const cut = new Promise<void>((resolve) => {
    server.once('connection', (socket) => socket.once('close', resolve));
  });
  const lazy = connect(port, '127.0.0.1').pause();
  lazy.on('error', () => {});
  lazy.write('GET /client/api?endless=1 HTTP/1.1\r\nhost: a\r\n\r\n');
  const half = connect(port, '127.0.0.1');
  half.on('error', () => {});
  half.write('POST /client/api HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\na=1&');
  assert.equal((await ask({ path: '/client/api' })).status, 200);
  await cut;
  assert.equal((await ask({ path: '/client/api' })).status, 200);
  half.destroy();
  lazy.destroy();
});
