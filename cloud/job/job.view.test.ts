// What a failed job tells: its owner reads what they can do something about, root also what went wrong inside.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskedText } from '#api/errors.ts';
import type { JobView } from './job.store.ts';
import { jobView } from './job.view.ts';

const failed = (code: string): JobView =>
  ({ state: 'failed', command: 'startVirtualMachine', domainPath: '/', error: { code, text: 'as it was' } }) as JobView;
const told = (code: string, isRoot: boolean): unknown =>
  (jobView(failed(code), [], { open: String, isRoot }) as { jobresult: { errortext: string } }).jobresult.errortext;

test('a failure inside is told to root only; a refusal and why nothing fits, to everyone', () => {
  for (const code of ['internal', 'hostUnavailable', 'storageUnavailable', 'a code of a newer server']) {
    assert.equal(told(code, true), 'as it was', code);
    assert.equal(told(code, false), maskedText, code);
  }
  for (const code of ['invalidParameter', 'wrongState', 'insufficientServerCapacity'])
    assert.equal(told(code, false), 'as it was', code);
});
