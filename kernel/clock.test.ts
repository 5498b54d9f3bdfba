// Times go by the database's clock, whatever the machine's says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Db } from './db.ts';
import { databaseNow, databaseNowMs, keepClock } from './clock.ts';

const TEN_MINUTES_MS = 600_000;
const clockAt = (aheadMs: number): Pick<Db, 'read'> =>
  ({ read: { one: async () => ({ ms: Date.now() + aheadMs }) } }) as unknown as Pick<Db, 'read'>;

test('it follows the database, and goes on by itself', async () => {
  const clock = await keepClock(clockAt(TEN_MINUTES_MS));
  const ahead = databaseNow().getTime() - Date.now();
  assert.ok(Math.abs(ahead - TEN_MINUTES_MS) < 5_000, `${ahead}`);
  const before = databaseNowMs();
  while (databaseNowMs() === before);
  assert.ok(databaseNowMs() > before);
  clock.close();
});
