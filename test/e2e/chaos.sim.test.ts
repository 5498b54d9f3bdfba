// A short run of the chaos runner (`npm run chaos`): three servers on one database, tenants who go on asking, thirty faults. In the
// end nothing is half done, nothing is left over, nothing is counted wrong, and everything a client was told is so.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makePlan } from '#test/chaos/plan.ts';
import { runChaos } from '#test/chaos/run.ts';

const SEED = 20_261_126;
const KILLS = 14;
const FAULTS = 30;

test('the same seed is the same plan, another one is another', () => {
  const plan = makePlan({ seed: SEED, kills: KILLS, tenants: 5 });
  assert.deepEqual(makePlan({ seed: SEED, kills: KILLS, tenants: 5 }), plan);
  assert.notEqual(makePlan({ seed: SEED + 1, kills: KILLS, tenants: 5 }).fingerprint, plan.fingerprint);
});

test(`after ${FAULTS} faults everything holds`, async (t) => {
  const plan = makePlan({ seed: SEED, kills: KILLS, tenants: 5, paceMs: 400 });
  assert.ok(plan.faults.length >= FAULTS - 1, `${plan.faults.length} faults`);
  const report = await runChaos({
    plan,
    servers: 3,
    fsync: false,
    settleMs: 60_000,
    signal: t.signal,
    say: (text) => t.diagnostic(text),
  });
  t.diagnostic(JSON.stringify({ ...report, violations: report.violations.length }));
  assert.deepEqual(report.violations, [], `seed ${plan.seed}, plan ${plan.fingerprint}`);
  assert.ok(report.told['done']! > 0 && report.jobs.takenOver > 0, 'nothing was put to the test');
});
