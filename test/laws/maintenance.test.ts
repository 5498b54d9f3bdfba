// A host with an instance and its router is put in maintenance under the five laws: it is empty and in maintenance, or it says that
// it could not; the instance runs once in any case.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '#test/jobs.ts';
import { checkLaws } from '#test/laws.ts';
import { arranged, deployParams, inputOf, onScene, runsBeside, type Scene } from '#test/vm-scene.ts';
import { sql } from '#kernel/sql.ts';
import { enterMaintenance } from '#cloud/host/maintenance.ts';

interface Now {
  vmState: string;
  vmHost: number;
  routerHost: number;
}
const now = ({ db }: Scene): Promise<Now> =>
  db.read.one<Now>(
    sql`select v.state as "vmState", v.host_id as "vmHost", r.host_id as "routerHost" from vm v join nic n on n.vm_id = v.id join router r on r.network_id = n.network_id where r.removed is null`,
  );
const stateOf = async ({ db }: Scene, id: number): Promise<string> =>
  (await db.read.one<{ state: string }>(sql`select resource_state as state from host where id = ${id}`)).state;
const uuidOfHost = async ({ db }: Scene, id: number): Promise<string> =>
  (await db.read.one<{ uuid: string }>(sql`select uuid from host where id = ${id}`)).uuid;
const holders = ({ sim }: Scene, what: 'guests' | 'routers'): number[] =>
  [...sim.hosts].filter(([, host]) => host.save()[what].length > 0).map(([id]) => id);

test('it is empty and in maintenance, or says that it could not', { timeout: 240_000 }, async () => {
  await checkLaws(enterMaintenance, (work) =>
    onScene(async (scene) => {
      await scene.admin.call('deployVirtualMachine', deployParams(scene));
      await settle(scene.server);
      const { vmHost: from } = await now(scene);
      const input = await inputOf<{ id: number }>(scene, 'prepareHostForMaintenance', {
        id: await uuidOfHost(scene, from),
      });
      const beside = runsBeside(scene, settle);
      await work(
        await arranged(scene, input, async (outcome) => {
          await beside.done();
          const { vmState, vmHost, routerHost } = await now(scene);
          assert.equal(vmState, 'Running');
          assert.deepEqual(holders(scene, 'guests'), [vmHost]);
          assert.deepEqual(holders(scene, 'routers'), [routerHost]);
          assert.equal(await stateOf(scene, from), outcome === 'done' ? 'Maintenance' : 'ErrorInPrepareForMaintenance');
          if (outcome === 'done') assert.ok(vmHost !== from && routerHost !== from);
        }),
      );
    }),
  );
});

test('what fits nowhere keeps the host from maintenance, and is named with why', async () => {
  await onScene(async (scene) => {
    const { admin, db, server } = scene;
    await admin.call('deployVirtualMachine', deployParams(scene));
    await settle(server);
    const { vmHost: from } = await now(scene);
    await db.read.run(sql`update host set cpus = 0 where id <> ${from}`);
    const id = await uuidOfHost(scene, from);
    const beside = runsBeside(scene, settle);
    const { text } = await admin.failedJob('prepareHostForMaintenance', { id });
    await beside.done();
    assert.match(text, /one \(No host can take this instance .*: 1 host has too few CPU cores\)/);
    assert.equal(await stateOf(scene, from), 'ErrorInPrepareForMaintenance');
    await db.read.run(sql`update host set cpus = 16`);
    await admin.job('prepareHostForMaintenance', { id });
    await beside.done();
    assert.equal(await stateOf(scene, from), 'Maintenance');
    await admin.failedJob('deployVirtualMachine', { ...deployParams(scene), name: 'two', hostid: id });
    assert.equal((await admin.job('cancelHostMaintenance', { id }))['host'].resourcestate, 'Enabled');
  });
});
