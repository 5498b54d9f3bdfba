// The doctor on the command line: what it prints, in which order, and the exit code that scripts look at.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { pretendCloud } from '../sdk/pretend-cloud.ts';
import { testWorld } from './test-world.ts';
import type { TestWorld } from './test-world.ts';

const fine = { area: 'hosts', severity: 'ok', summary: 'every host is up and heard' };
const stuck = {
  area: 'jobs',
  severity: 'critical',
  summary: 'startVirtualMachine runs, in step «boot», since 2 h 0 min; at most 60 min are usual',
  advice: 'Read the log lines of its id',
  resourcetype: 'AsyncJob',
  resourceid: '00000000-0000-4000-8000-000000000001',
  details: {
    waitsfor: ['vm:1: stopVirtualMachine 2'],
    steps: [
      { name: 'place', state: 'done', started: 'a', ended: 'b' },
      { name: 'boot', state: 'failed', started: 'b', ended: 'c', text: 'host 7 said no' },
    ],
  },
};

async function atCloud(
  t: TestContext,
  found: readonly object[],
  asked: Record<string, string>[] = [],
): Promise<TestWorld> {
  const cloud = await pretendCloud({
    listDiagnostics: (params) => {
      asked.push(params);
      const [page, size] = [Number(params['page']), Number(params['pagesize'])];
      return { count: found.length, diagnostic: found.slice((page - 1) * size, page * size) };
    },
  });
  t.after(() => cloud[Symbol.asyncDispose]());
  const env = { CLOUDSTACK_API_URL: cloud.url, CLOUDSTACK_API_KEY: 'key', CLOUDSTACK_SECRET_KEY: 'hidden' };
  return testWorld(t, { env });
}

test('where all is well it says so and ends with 0', async (t) => {
  const { nephos } = await atCloud(t, [fine]);
  assert.deepEqual(await nephos('doctor'), {
    code: 0,
    out: '✔ hosts         every host is up and heard\n\nAll is well.\n',
    err: '',
  });
});

test('what is wrong comes first, with its walk and what to do, and ends with 1', async (t) => {
  const { nephos } = await atCloud(t, [stuck, fine]);
  const { code, out } = await nephos('doctor');
  assert.equal(code, 1);
  assert.equal(
    out,
    `✖ jobs          startVirtualMachine runs, in step «boot», since 2 h 0 min; at most 60 min are usual
                → Read the log lines of its id
                AsyncJob 00000000-0000-4000-8000-000000000001
                waits for vm:1: stopVirtualMachine 2
                place: done  a to b
                boot: failed  b to c  host 7 said no

✔ hosts         every host is up and heard

1 thing needs attention.
`,
  );
});

test('as JSON it is the whole answer, over all pages, and the exit code is the same', async (t) => {
  const asked: Record<string, string>[] = [];
  const many = [...Array.from({ length: 200 }, () => fine), stuck];
  const { nephos } = await atCloud(t, many, asked);
  const { code, out } = await nephos('doctor', 'jobs', '-o', 'json');
  assert.equal(code, 1);
  const answer = JSON.parse(out) as { count: number; diagnostic: unknown[] };
  assert.equal(answer.count, 201);
  assert.deepEqual(answer.diagnostic.at(-1), stuck);
  assert.deepEqual(
    asked.map(({ page, area }) => [page, area]),
    [
      ['1', 'jobs'],
      ['2', 'jobs'],
    ],
  );
});

test('a wrong line and a refusal say so', async (t) => {
  const { nephos } = await atCloud(t, []);
  assert.equal((await nephos('doctor', 'jobs', 'hosts')).code, 2);
  const refusing = await pretendCloud({ listDiagnostics: () => ({ refuse: { status: 432, text: 'not available' } }) });
  t.after(() => refusing[Symbol.asyncDispose]());
  const { code, err } = await nephos('doctor', '-u', refusing.url);
  assert.equal(code, 1);
  assert.match(err, /not available/);
});
