// A trace as it is kept with a job and sent to a host: what goes in comes out, and what is malformed begins anew.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  about,
  currentTraceText,
  inSpan,
  inTrace,
  openTrace,
  readTrace,
  traceFields,
  traceText,
  useTracer,
} from './trace.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;

test('an id that its sender chose stays the id; a trace of it is always the same', () => {
  const one = openTrace({ requestId: 'order-4711' });
  assert.equal(one.id, 'order-4711');
  assert.equal(readTrace(traceText(one)).id, 'order-4711');
  assert.equal(openTrace({ requestId: 'order-4711' }).traceId, one.traceId);
  assert.equal(openTrace({ requestId: '4BF92F35-77B3-4DA6-A3CE-929D0E0E4736' }).traceId, TRACE);
  assert.equal(openTrace({ requestId: 'order', traceparent: PARENT }).traceId, TRACE);
});

test('a traceparent is gone on with; a malformed one is not', () => {
  assert.equal(traceText(openTrace({ traceparent: PARENT })), PARENT);
  for (const wrong of ['', 'x', PARENT.slice(1), `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, PARENT.toUpperCase()])
    assert.notEqual(openTrace({ traceparent: wrong }).traceId, TRACE, wrong);
  for (const wrong of ['a b', 'x\ny', '', 'x'.repeat(65)]) assert.notEqual(openTrace({ requestId: wrong }).id, wrong);
});

test('what is logged says which request it is of, through every await', async () => {
  assert.deepEqual(traceFields(), {});
  await inTrace(readTrace(PARENT), async () => {
    await Promise.resolve();
    assert.deepEqual(traceFields(), { trace: TRACE });
    await about({ job: 'j' }, async () => {
      await Promise.resolve();
      assert.deepEqual(traceFields(), { trace: TRACE, job: 'j' });
    });
    assert.deepEqual(traceFields(), { trace: TRACE });
  });
});

test('a span is the parent of what happens in it, and tells only the code of a failure', async () => {
  const ended: [string, string | undefined][] = [];
  let last = 0;
  useTracer({
    start: ({ name }) => ({
      spanId: String((last += 1)).padStart(16, '0'),
      sampled: true,
      end: (problem) => void ended.push([name, problem]),
    }),
  });
  try {
    await inTrace(readTrace(PARENT), () =>
      inSpan('outer', {}, async () => {
        assert.equal(currentTraceText(), `00-${TRACE}-0000000000000001-01`);
        const failing = inSpan('inner', {}, async () => {
          assert.equal(currentTraceText(), `00-${TRACE}-0000000000000002-01`);
          throw new TypeError('what a tenant typed');
        });
        await assert.rejects(failing, TypeError);
        assert.equal(currentTraceText(), `00-${TRACE}-0000000000000001-01`);
      }),
    );
  } finally {
    useTracer(undefined);
  }
  assert.deepEqual(ended, [
    ['inner', 'TypeError'],
    ['outer', undefined],
  ]);
});
