// Calls against a pretended fetch: what is sent, what is made of answers, and what happens when the line breaks.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { list, sendJob, send, toWire, unwrap } from './call.ts';
import { Refusal, SessionEnded, Unreachable } from './failure.ts';
import { begin, ended, session } from './session.ts';

const own = {
  key: 'k',
  userId: 'u',
  userName: 'a',
  fullName: '',
  account: 'a',
  domainId: 'd',
  roleType: 'Admin' as const,
};
type Sent = Record<string, string>;
let sent: Sent[] = [];

/** Answers one request after the other; an Error is a broken line. */
function serve(...answers: readonly ({ status?: number; body: unknown } | Error)[]): void {
  sent = [];
  const left = [...answers];
  vi.stubGlobal('fetch', async (_url: string, { body }: { body: URLSearchParams }) => {
    sent.push(Object.fromEntries(body));
    const next = left.shift();
    if (next === undefined) throw new Error('nobody expected this request');
    if (next instanceof Error) throw next;
    return { status: next.status ?? 200, json: async () => next.body };
  });
}

beforeEach(() => begin(own));
afterEach(() => vi.unstubAllGlobals());

test('inputs become the text of the wire', () => {
  expect(toWire({ zoneId: 'z', networkIds: ['a', 'b'], listAll: true, page: 2, name: undefined, keyword: '' })).toEqual(
    { zoneid: 'z', networkids: 'a,b', listall: 'true', page: '2' },
  );
  expect(toWire({ details: { cpuNumber: '2' }, tags: [{ key: 'a', value: 'b' }] })).toEqual({
    'details[0].cpuNumber': '2',
    'tags[0].key': 'a',
    'tags[0].value': 'b',
  });
});

test('a list is a page, and an empty one has no items', async () => {
  serve({ body: { listzonesresponse: { count: 3, zone: [{ id: 'a' }] } } }, { body: { listzonesresponse: {} } });
  expect(await list('listZones', { keyword: 'x' })).toEqual({ count: 3, items: [{ id: 'a' }] });
  expect(await list('listZones')).toEqual({ count: 0, items: [] });
  expect(sent[0]).toEqual({ command: 'listZones', response: 'json', keyword: 'x', sessionkey: 'k' });
});

test('one thing is taken out of its noun, a flat answer stays', () => {
  expect(unwrap({ virtualmachine: { id: 'v' } })).toEqual({ id: 'v' });
  expect(unwrap({ success: true })).toEqual({ success: true });
});

test('a refusal has the words of the server', async () => {
  serve({ status: 431, body: { listzonesresponse: { errorcode: 431, errortext: 'no such zone' } } });
  const error = await send('listZones').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Refusal);
  expect(error).toMatchObject({ code: 431, message: 'no such zone' });
});

test('401 ends the session it was sent with, and no newer one', async () => {
  serve({ status: 401, body: { listzonesresponse: { errorcode: 401, errortext: 'no' } } });
  await expect(send('listZones')).rejects.toBeInstanceOf(SessionEnded);
  expect(session.get()).toBeUndefined();
  expect(ended.get()).toBe('expired');

  begin(own);
  vi.stubGlobal('fetch', async () => {
    begin({ ...own, key: 'newer' });
    return { status: 401, json: async () => ({ x: { errorcode: 401 } }) };
  });
  await expect(send('listZones')).rejects.toBeInstanceOf(SessionEnded);
  expect(session.get()?.key).toBe('newer');
});

test('what reads is sent again when the line breaks, what changes is not', async () => {
  serve(new TypeError('network changed'), { body: { listzonesresponse: {} } });
  await expect(send('listZones')).resolves.toEqual({});
  serve(new TypeError('network changed'));
  await expect(send('recoverVirtualMachine', { id: 'v' })).rejects.toBeInstanceOf(Unreachable);
});

test('a job whose answer was lost is found by the id it was given', async () => {
  serve(new TypeError('network changed'), {
    body: { queryasyncjobresultresponse: { jobstatus: 0, jobinstanceid: 'v' } },
  });
  const { jobid, id } = await sendJob('deployVirtualMachine', { zoneid: 'z' });
  expect(id).toBe('v');
  expect(sent.map(({ command, customjobid, jobid: asked }) => [command, customjobid ?? asked])).toEqual([
    ['deployVirtualMachine', jobid],
    ['queryAsyncJobResult', jobid],
  ]);
});

test('a job that never arrived is sent again under the same id', async () => {
  serve(
    new TypeError('network changed'),
    { status: 431, body: { x: { errorcode: 431, errortext: 'no such job' } } },
    { body: { y: { jobid: 'theirs' } } },
  );
  expect(await sendJob('startVirtualMachine', { id: 'v' })).toEqual({ jobid: 'theirs' });
  expect(sent[0]?.customjobid).toBe(sent[2]?.customjobid);
  expect(sent[0]?.customjobid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('what is no API is no answer', async () => {
  serve({ body: 'a page of a proxy' });
  await expect(send('recoverVirtualMachine')).rejects.toBeInstanceOf(Unreachable);
});
