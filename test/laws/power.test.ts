// Power actions and the change of a controller's password under the five laws. No crash switches twice, and at any end the cloud
// knows the password that the controller knows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { actOnPower, type PowerAsked } from '#cloud/out-of-band/act.ts';
import type { Power, PowerAction } from '#cloud/out-of-band/driver.ts';
import { changePassword, type PasswordAsked } from '#cloud/out-of-band/password.ts';
import { sql } from '#kernel/sql.ts';
import { testServer } from '#test/cloud.ts';
import { rolledBack } from '#test/database.ts';
import { fakePower, type FakeController } from '#test/fake-power.ts';
import { checkLaws, runUnder } from '#test/laws.ts';
import { makeZoneRows } from '#test/zone-rows.ts';
import type { TestWorld } from '#test/world.ts';

interface Scene {
  world: TestWorld;
  hostId: number;
  controller: FakeController;
}

const onScene = (work: (scene: Scene) => Promise<void>): Promise<void> =>
  rolledBack(async (db) => {
    const { world, close } = await testServer(db);
    try {
      const power = fakePower();
      world.drivers.power = power;
      const [hostId] = (await makeZoneRows(db, { hosts: 1 })).hostIds as [number];
      await db.read.run(sql`insert into out_of_band(host_id, enabled, driver, address, port, username, password)
        values (${hostId}, true, 'fake', 'bmc', 623, 'admin', ${world.sealer.seal('secret')})`);
      await work({ world, hostId, controller: power.at('bmc') });
    } finally {
      close();
    }
  });

const stateOf = async ({ world, hostId }: Scene): Promise<string> =>
  (await world.db.read.one<{ state: string }>(sql`select power_state as state from host where id = ${hostId}`)).state;

interface Ends {
  action: PowerAsked['action'];
  from: Power;
  done: Power;
  /** Undefined: whatever the controller last said. */
  failed?: Power;
  acts: Partial<Record<PowerAction, number>>;
}

/** Each action was done at most as often as it may be, and the row says what the controller is. */
const actions: readonly Ends[] = [
  { action: 'STATUS', from: 'On', done: 'On', failed: 'On', acts: {} },
  { action: 'ON', from: 'Off', done: 'On', acts: { on: 1 } },
  { action: 'OFF', from: 'On', done: 'Off', acts: { off: 1 } },
  { action: 'CYCLE', from: 'On', done: 'On', failed: 'On', acts: { off: 1, on: 1 } },
  { action: 'RESET', from: 'On', done: 'On', failed: 'On', acts: { reset: 1 } },
  { action: 'SOFT', from: 'On', done: 'On', failed: 'On', acts: { soft: 2 } },
];

for (const { action, from, done, failed, acts } of actions)
  test(`${action}: what it says, and no more often`, { timeout: 240_000 }, async () => {
    await checkLaws(actOnPower, (work) =>
      onScene(async (scene) => {
        const { world, hostId, controller } = scene;
        controller.power = from;
        const input: PowerAsked = { hostId, action, timeoutS: 30 };
        await work({
          db: world.db,
          world,
          input,
          verify: async (outcome) => {
            const wanted = outcome === 'done' ? done : failed;
            if (wanted !== undefined) assert.equal(controller.power, wanted);
            for (const one of controller.acts) {
              const times = controller.acts.filter((other) => other === one).length;
              assert.ok(times <= (acts[one] ?? 0), `${one} was done ${times} times`);
            }
            if (outcome === 'done') assert.deepEqual(new Set(controller.acts), new Set(Object.keys(acts)));
            const said = await stateOf(scene);
            assert.ok(
              said === controller.power || (outcome === 'failed' && said === 'Disabled'),
              `the row says ${said}`,
            );
          },
        });
      }),
    );
  });

test('a password is changed on both sides or on none, and is always known', { timeout: 240_000 }, async () => {
  await checkLaws(changePassword, (work) =>
    onScene(async ({ world, hostId, controller }) => {
      const input: PasswordAsked = { hostId, next: world.sealer.seal('next') };
      await work({
        db: world.db,
        world,
        input,
        verify: async (outcome) => {
          assert.equal(controller.password, outcome === 'done' ? 'next' : 'secret');
          const { password } = await world.db.read.one<{ password: string }>(sql`select password from out_of_band`);
          assert.equal(world.sealer.open(password), controller.password);
        },
      });
    }),
  );
});

test('a change whose undo does not reach the controller leaves both passwords, and either opens', async () => {
  await onScene(async ({ world, hostId, controller }) => {
    const input: PasswordAsked = { hostId, next: world.sealer.seal('next') };
    const outcome = await runUnder(
      { db: world.db, world, input, verify: async () => {} },
      changePassword,
      [{ point: 'step', step: 'keep the new one', kill: false }],
      (point) => {
        if (point === 'undo') controller.fails = 'unreachable';
      },
    );
    assert.equal(outcome, 'failed');
    assert.equal(controller.password, 'next');
    const both = await world.db.read.one<{ password: string; next: string }>(
      sql`select password, next_password as next from out_of_band`,
    );
    assert.deepEqual([both.password, both.next].map(world.sealer.open), ['secret', 'next']);
  });
});
