// Deploy, start, stop and expunge under the five laws, on simulated hosts: done, or undone with nothing left behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '#test/jobs.ts';
import { checkLaws, runUnder, type Fault, type Arranged } from '#test/laws.ts';
import { arranged, deployParams, held, inputOf, onScene, uuidOf } from '#test/vm-scene.ts';
import { sql } from '#kernel/sql.ts';
import { deployVm } from '#cloud/vm/deploy.ts';
import { destroyVm, expungeVm } from '#cloud/vm/destroy.ts';
import { startVm } from '#cloud/vm/start.ts';
import { rebootVm, stopVm } from '#cloud/vm/stop.ts';

const nothing = { counted: 0, mhz: 0, mib: 0, pool: 0, nics: 0, volumes: 0, lanes: 0, guests: 0, files: 0 };
const disk = 50 * 2 ** 20;
const everything = {
  counted: 1 + 1 + 1 + 128 + disk,
  mhz: 250,
  mib: 128,
  pool: disk,
  nics: 1,
  volumes: 1,
  lanes: 0,
  guests: 1,
  files: 1,
};
/** The domain counts beside the account. */
const counted = (n: number): number => n * 2;
const running = { ...everything, counted: counted(everything.counted), state: 'Running' };
const stopped = { ...running, mhz: 0, mib: 0, guests: 0, state: 'Stopped' };

test('deploy: runs, or gives everything back', { timeout: 120_000 }, async () => {
  await checkLaws(deployVm, (work) =>
    onScene(async (scene) => {
      const input = await inputOf<Parameters<typeof deployVm.run>[1]>(
        scene,
        'deployVirtualMachine',
        deployParams(scene),
      );
      await work(
        await arranged(scene, input, async (outcome) => {
          assert.deepEqual(await held(scene), outcome === 'done' ? running : { ...nothing, state: 'Error' });
        }),
      );
    }),
  );
});

const bootFails = (step: string): Fault => ({ point: 'step', step, kill: false });

test('deploy: on another host where the first does not boot it', { timeout: 120_000 }, async () => {
  const arrange = (work: (arranged: Arranged<Parameters<typeof deployVm.run>[1]>) => Promise<void>) =>
    onScene(async (scene) => {
      const input = await inputOf<Parameters<typeof deployVm.run>[1]>(
        scene,
        'deployVirtualMachine',
        deployParams(scene),
      );
      await work(
        await arranged(scene, input, async (outcome) => {
          assert.deepEqual(await held(scene), outcome === 'done' ? running : { ...nothing, state: 'Error' });
          const told = await scene.db.read.rows(sql`select 1 from event where description like '%tried on another%'`);
          if (outcome === 'done') assert.equal(told.length, 1);
        }),
      );
    });
  await checkLaws(deployVm, arrange, [bootFails('boot')]);
});

test('deploy: where no host boots it, each gives back what it had and its reason is kept', async () => {
  await onScene(async (scene) => {
    const input = await inputOf<Parameters<typeof deployVm.run>[1]>(scene, 'deployVirtualMachine', deployParams(scene));
    const arrangement = await arranged(scene, input, async () => {});
    const faults = [bootFails('boot'), bootFails('boot (host 2)')];
    assert.equal(await runUnder(arrangement, deployVm, faults), 'failed');
    assert.deepEqual(await held(scene), { ...nothing, state: 'Error' });
    const kept = await scene.db.read.rows<{ name: string; text: string }>(
      sql`select name, out->>'text' as text from job_step where name like 'host failed%' and undone order by name`,
    );
    assert.deepEqual(kept, [
      { name: 'host failed', text: 'refused at step boot' },
      { name: 'host failed (host 2)', text: 'refused at step boot (host 2)' },
    ]);
  });
});

test('start: runs, or is Stopped with its disk', { timeout: 120_000 }, async () => {
  await checkLaws(startVm, (work) =>
    onScene(async (scene) => {
      await scene.admin.call('deployVirtualMachine', { ...deployParams(scene) });
      await settle(scene.server);
      await scene.admin.call('stopVirtualMachine', { id: await uuidOf(scene) });
      await settle(scene.server);
      const input = await inputOf<Parameters<typeof startVm.run>[1]>(scene, 'startVirtualMachine', {
        id: await uuidOf(scene),
      });
      await work(
        await arranged(scene, input, async (outcome) => {
          assert.deepEqual(await held(scene), outcome === 'done' ? running : stopped);
        }),
      );
    }),
  );
});

test('stop: is Stopped, or is Running by our word until the host reports', { timeout: 120_000 }, async () => {
  await checkLaws(stopVm, (work) =>
    onScene(async (scene) => {
      await scene.admin.call('deployVirtualMachine', deployParams(scene));
      await settle(scene.server);
      const input = await inputOf<Parameters<typeof stopVm.run>[1]>(scene, 'stopVirtualMachine', {
        id: await uuidOf(scene),
      });
      await work(
        await arranged(scene, input, async (outcome) => {
          const { guests, ...rows } = await held(scene);
          const { guests: _, ...expected } = outcome === 'done' ? stopped : running;
          assert.deepEqual(rows, expected);
          if (outcome === 'done') assert.equal(guests, 0);
        }),
      );
    }),
  );
});

test('expunge: leaves nothing; one that failed halfway is taken up by the keeper', { timeout: 120_000 }, async () => {
  await checkLaws(expungeVm, (work) =>
    onScene(async (scene) => {
      await scene.admin.call('deployVirtualMachine', deployParams(scene));
      await settle(scene.server);
      await scene.admin.call('destroyVirtualMachine', { id: await uuidOf(scene) });
      await settle(scene.server);
      const input = await inputOf<Parameters<typeof expungeVm.run>[1]>(scene, 'expungeVirtualMachine', {
        id: await uuidOf(scene),
      });
      await work(
        await arranged(scene, input, async (outcome) => {
          if (outcome === 'failed') {
            await scene.admin.call('expungeVirtualMachine', { id: await uuidOf(scene) });
            await settle(scene.server);
          }
          const { state, ...rest } = await held(scene);
          assert.deepEqual([state, rest], ['Expunged', nothing]);
        }),
      );
    }),
  );
});

test('reboot: runs, whatever became of it', { timeout: 120_000 }, async () => {
  await checkLaws(rebootVm, (work) =>
    onScene(async (scene) => {
      await scene.admin.job('deployVirtualMachine', deployParams(scene));
      const id = await uuidOf(scene);
      const input = await inputOf<Parameters<typeof rebootVm.run>[1]>(scene, 'rebootVirtualMachine', { id });
      await work(await arranged(scene, input, async () => assert.deepEqual(await held(scene), running)));
    }),
  );
});

test(
  'destroy: is Destroyed, or can be asked to go again, and expunging leaves nothing',
  { timeout: 120_000 },
  async () => {
    await checkLaws(destroyVm, (work) =>
      onScene(async (scene) => {
        await scene.admin.job('deployVirtualMachine', deployParams(scene));
        const id = await uuidOf(scene);
        const input = await inputOf<Parameters<typeof destroyVm.run>[1]>(scene, 'destroyVirtualMachine', { id });
        await work(
          await arranged(scene, input, async (outcome) => {
            const { state } = await held(scene);
            if (outcome === 'done') assert.equal(state, 'Destroyed');
            else assert.ok(state === 'Running' || state === 'Stopped', String(state));
            if (outcome === 'failed') await scene.admin.job('destroyVirtualMachine', { id });
            await scene.admin.job('expungeVirtualMachine', { id });
            const { state: after, ...rest } = await held(scene);
            assert.deepEqual([after, rest], ['Expunged', nothing]);
          }),
        );
      }),
    );
  },
);
