// The typed client against a server on loopback: what it sends, what it makes of answers, how it fails.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { command, everyone, f, p, paging, response, success } from '#api/define.ts';
import { connect } from './client.ts';
import { ApiFailure, ConnectionFailure, JobUnfinished } from './failure.ts';
import { pretendCloud } from './pretend-cloud.ts';
import { signatureOf } from './signature.ts';
import type { Progress } from './wait.ts';

const zone = response('zone', {
  id: f.string(),
  name: f.string(),
  created: f.date(),
  localstorageenabled: f.boolean(),
  capacity: f.objects(() => response('capacity', { type: f.integer(), seen: f.date() })),
});
const common = { roles: everyone, summary: 'for a test' } as const;
const listZones = command('listZones', {
  ...common,
  mode: 'list',
  params: { ...paging, id: p.uuid('zone') },
  returns: zone,
});
const createZone = command('createZone', {
  ...common,
  mode: 'sync',
  returns: zone,
  params: {
    name: p.string({ required: true }),
    domainIds: p.uuids('domain'),
    since: p.date(),
    details: p.map(),
    tags: p.map(),
  },
});
const deleteZone = command('deleteZone', {
  ...common,
  mode: 'sync',
  params: { id: p.uuid('zone', { required: true }) },
  returns: success,
});
const moveZone = command('moveZone', {
  ...common,
  mode: 'async-create',
  params: { id: p.uuid('zone', { required: true }) },
  returns: zone,
});

const keys = { apiKey: 'key', secretKey: 'secret' };
const quick = { firstMs: 1, slowestMs: 2 };

test('a list comes as a page with its dates as Date, nested ones too', async () => {
  await using cloud = await pretendCloud({
    listZones: () => ({
      count: 7,
      zone: [
        {
          id: 'z',
          name: 'one',
          created: '2024-01-02T03:04:05+0000',
          capacity: [{ type: 1, seen: '2024-01-02T03:04:05+0100' }],
        },
      ],
    }),
  });
  const page = await connect({ url: cloud.url, ...keys }).call(listZones);
  assert.equal(page.count, 7);
  const [only] = page.items;
  assert.equal(only?.created?.toISOString(), '2024-01-02T03:04:05.000Z');
  assert.equal(only?.capacity?.[0]?.seen?.toISOString(), '2024-01-02T02:04:05.000Z');
  const name: string | null | undefined = only?.name; // the definition says it is text
  assert.equal(name, 'one');
});

test('an empty list has no items', async () => {
  await using cloud = await pretendCloud({ listZones: () => ({}) });
  assert.deepEqual(await connect({ url: cloud.url, ...keys }).call(listZones, {}), { count: 0, items: [] });
});

test('what changes things is a POST, what reads is a GET, and both carry a signature over what was sent', async () => {
  await using cloud = await pretendCloud({ listZones: () => ({}), createZone: () => ({ zone: { id: 'z' } }) });
  const client = connect({ url: cloud.url, ...keys });
  await client.call(listZones, { keyword: 'a b+c' });
  await client.call(createZone, {
    name: 'été',
    since: new Date('2024-01-02T03:04:05Z'),
    domainIds: ['d1', 'd2'],
    details: { Free: 1 },
    tags: [{ key: 'a', value: 'b' }],
  });
  const [read, write] = cloud.requests;
  assert.deepEqual([read?.method, read?.form], ['GET', false]);
  assert.deepEqual([write?.method, write?.form], ['POST', true]);
  for (const { params } of cloud.requests) assert.equal(params.signature, signatureOf(params, 'secret'));
  const { name, since, domainids } = write!.params;
  assert.deepEqual({ name, since, domainids }, { name: 'été', since: '2024-01-02T03:04:05+0000', domainids: 'd1,d2' });
  assert.equal(write!.params['details[0].Free'], '1');
  assert.equal(write!.params['tags[0].key'], 'a');
});

test('a required parameter does not compile when it is missing, nor does an unknown one', async () => {
  await using cloud = await pretendCloud({ deleteZone: () => ({ success: 'true' }) });
  const client = connect({ url: cloud.url, ...keys });
  // @ts-expect-error id is required
  await client.call(deleteZone, {});
  // @ts-expect-error id is text
  await client.call(deleteZone, { id: 1 });
  // @ts-expect-error there is no such parameter
  await assert.rejects(client.call(deleteZone, { id: 'z', zone: 'z' }), /no parameter zone; accepted: id/);
  assert.deepEqual(await client.call(deleteZone, { id: 'z' }), { success: true });
});

test('a refusal is a typed failure printed on one line', async () => {
  await using cloud = await pretendCloud({
    listZones: () => ({ refuse: { status: 431, cserrorcode: 4350, text: 'no such zone' } }),
    deleteZone: () => ({ refuse: { status: 401, text: 'unable to verify user credentials' } }),
  });
  const client = connect({ url: cloud.url, ...keys });
  const refused = await client.call(listZones).catch((error: unknown) => error);
  assert.ok(refused instanceof ApiFailure);
  assert.deepEqual([refused.status, refused.code, refused.csErrorCode, refused.text], [431, 431, 4350, 'no such zone']);
  assert.equal(refused.message, '(HTTP 431, error code 4350) no such zone');
  await assert.rejects(client.call(deleteZone, { id: 'z' }), {
    message: '(HTTP 401) unable to verify user credentials',
  });
  assert.equal(cloud.requests.length, 2, 'keys are not tried twice');
});

test('what is no API is told apart from a refusal', async () => {
  await using cloud = await pretendCloud({ listZones: () => '<html>a proxy</html>' });
  await assert.rejects(connect({ url: cloud.url, ...keys }).call(listZones), {
    name: 'ConnectionFailure',
    message: /answered HTTP 200 .*a proxy/,
  });
  await assert.rejects(connect({ url: 'http://127.0.0.1:1/client/api', ...keys }).call(listZones), ConnectionFailure);
});

test('a list iterates over all of its pages and asks for no page more', async () => {
  const all = Array.from({ length: 1001 }, (_, index) => ({ id: `z${index}` }));
  await using cloud = await pretendCloud({
    listZones: ({ page, pagesize }) => ({
      count: all.length,
      zone: all.slice((Number(page) - 1) * Number(pagesize), Number(page) * Number(pagesize)),
    }),
  });
  const seen: unknown[] = [];
  for await (const item of connect({ url: cloud.url, ...keys }).list(listZones)) seen.push(item.id);
  assert.deepEqual(
    seen,
    all.map(({ id }) => id),
  );
  assert.deepEqual(
    cloud.requests.map(({ params }) => params.page),
    ['1', '2', '3'],
  );
});

test('a job is waited for with its progress, and gives what it made', async () => {
  const polls = [
    { jobstatus: 0 },
    {
      jobstatus: 0,
      progress: 40,
      steps: [
        { name: 'place', state: 'done', ended: '2024-01-02T03:04:05+0000' },
        { name: 'boot', state: 'running', percent: 10, text: 'host kvm1' },
      ],
    },
    { jobstatus: 1, jobresultcode: 0, jobresult: { zone: { id: 'z', created: '2024-01-02T03:04:05+0000' } } },
  ];
  await using cloud = await pretendCloud({
    moveZone: () => ({ jobid: 'j1', id: 'z' }),
    queryAsyncJobResult: () => polls.shift()!,
  });
  const client = connect({ url: cloud.url, ...keys });
  const job = await client.call(moveZone, { id: 'z' });
  assert.deepEqual([job.jobId, job.id], ['j1', 'z']);
  const told: Progress[] = [];
  const made = await client.wait(job, { ...quick, onProgress: (progress) => told.push(progress) });
  assert.equal(made.created?.getUTCFullYear(), 2024);
  assert.deepEqual(told[1], {
    jobId: 'j1',
    percent: 40,
    steps: [
      { name: 'place', state: 'done', ended: true },
      { name: 'boot', state: 'running', ended: false, percent: 10, text: 'host kvm1' },
    ],
  });
});

test('a failed job fails with its own code, and patience ends', async () => {
  let status = 2;
  await using cloud = await pretendCloud({
    queryAsyncJobResult: () => ({
      jobstatus: status,
      jobresultcode: 533,
      jobresult: { errorcode: 533, errortext: 'no host has room' },
    }),
  });
  const client = connect({ url: cloud.url, ...keys });
  await assert.rejects(client.waitFor('j1', quick), {
    name: 'ApiFailure',
    code: 533,
    jobId: 'j1',
    message: '(job j1, error code 533) no host has room',
  });
  status = 0;
  await assert.rejects(client.waitFor('j1', { ...quick, timeoutS: 0.05 }), JobUnfinished);
});

test('a login is made once, its cookies and key are sent, an ended session is renewed, and closed at the end', async () => {
  let alive = true;
  await using cloud = await pretendCloud({
    login: () => ({ sessionkey: 's3ss10n' }),
    logout: () => ({ description: 'success' }),
    listZones: () => (alive ? {} : ((alive = true), { refuse: { status: 401, text: 'session expired' } })),
  });
  const client = connect({ url: cloud.url, username: 'admin', password: 'pass word&' });
  await client.call(listZones);
  alive = false;
  await client.call(listZones);
  await client.close();
  assert.deepEqual(
    cloud.requests.map(({ command }) => command),
    ['login', 'listZones', 'listZones', 'login', 'listZones', 'logout'],
  );
  const [login, list] = cloud.requests;
  assert.deepEqual([login?.method, login?.params.password, login?.params.domain], ['POST', 'pass word&', '/']);
  assert.deepEqual([list?.params.sessionkey, list?.cookie], ['s3ss10n', 'JSESSIONID=node01; sessionkey=s3ss10n']);
});

test('a failed login is not tried again', async () => {
  await using cloud = await pretendCloud({
    login: () => ({ refuse: { status: 531, text: 'failed to authenticate' } }),
  });
  await assert.rejects(connect({ url: cloud.url, username: 'admin', password: 'no' }).call(listZones), { code: 531 });
  assert.equal(cloud.requests.length, 1);
});
