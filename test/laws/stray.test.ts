// Guests that run where they should not: ended by a job in the instance's own lane, under the five laws; and never one that a job
// has put there meanwhile, that was expunged a moment ago, or that this cloud does not know. And guests that are gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endStray, powerKeeper, powersReported } from '#cloud/vm/power.ts';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { settle } from '#test/jobs.ts';
import { checkLaws } from '#test/laws.ts';
import { bringImage, simWorld, type SimWorld } from '#test/sim-hosts.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';

interface Scene extends TestCloud {
  sim: SimWorld;
  zone: ZoneRows;
  vm: { id: number; uuid: string; name: string; hostId: number };
  /** The host tells what it runs, now. */
  report(guests: readonly string[]): Promise<void>;
  /** One run of the keeper, and of the jobs it asked for. */
  keep(): Promise<void>;
}

const onScene = (work: (scene: Scene) => Promise<void>): (() => Promise<void>) =>
  inCloud(async (cloud) => {
    const { db, world, server, admin } = cloud;
    const zone = await makeZoneRows(db);
    const sim = simWorld(zone.hostIds);
    Object.assign(world.drivers, sim.drivers);
    await bringImage(sim, zone);
    await admin.job('deployVirtualMachine', {
      zoneid: zone.zoneUuid,
      templateid: zone.templateUuid,
      serviceofferingid: zone.offeringUuid,
      name: 'one',
    });
    const vm = await db.read.one<Scene['vm']>(sql`select id, uuid, instance_name as name, host_id as "hostId" from vm`);
    await work({
      ...cloud,
      sim,
      zone,
      vm,
      report: (guests) =>
        powersReported(world, [{ hostId: vm.hostId, guests: guests.map((name) => ({ name, power: 'Running' })) }]),
      keep: async () => {
        await powerKeeper(world).run(new AbortController().signal);
        await settle(server);
      },
    });
  });

/** As if it had been expunged while its host was away, so long ago; the host is back since. */
const expunged = async ({ db, vm, report }: Scene, agoS: number): Promise<void> => {
  await db.read.run(
    sql`update vm set state = 'Expunged', removed = now() - ${agoS} * interval '1 second', host_id = null, updated = now() - ${agoS} * interval '1 second' where id = ${vm.id}`,
  );
  await db.read.run(sql`update job set finished = now() - ${agoS} * interval '1 second'`);
  await db.read.run(sql`update host set last_ping = clock_timestamp() where id = ${vm.hostId}`);
  await report([vm.name]);
};
const warnings = async ({ db }: Scene): Promise<string[]> =>
  (await db.read.rows<{ text: string }>(sql`select description as text from event where level = 'WARN'`)).map(
    (event) => event.text,
  );

test(
  'an instance that was expunged while its host was away is ended when the host is back, and an event tells',
  onScene(async (scene) => {
    await expunged(scene, 120);
    assert.deepEqual(scene.sim.left().guests, [scene.vm.name]);
    await scene.keep();
    assert.deepEqual(scene.sim.left().guests, []);
    assert.deepEqual(await warnings(scene), [
      'Instance one was expunged, but ran on a host that had been away; it was ended there',
    ]);
    await scene.report([]);
    await scene.keep();
    assert.equal((await warnings(scene)).length, 1);
    const { state } = await scene.db.read.one<{ state: string }>(sql`select power_state as state from vm`);
    assert.equal(state, 'Missing');
  }),
);

test(
  'not one that was expunged a moment ago, and not one this cloud never knew',
  onScene(async (scene) => {
    await expunged(scene, 5);
    await scene.report([scene.vm.name, 'i-2-999999-VM']);
    await scene.keep();
    assert.deepEqual(scene.sim.left().guests, [scene.vm.name]);
    assert.deepEqual(await warnings(scene), []);
  }),
);

test(
  'not one that has been started there before the job’s turn came',
  onScene(async (scene) => {
    const { db, vm, world, server, sim, report } = scene;
    await db.read.run(sql`update vm set state = 'Stopped', host_id = null, updated = now() - interval '1 minute'`);
    await report([vm.name]);
    await db.read.run(sql`update vm set power_at = now() - interval '1 minute'`);
    await db.read.run(sql`update job set finished = now() - interval '1 minute'`);
    await powerKeeper(world).run(new AbortController().signal);
    const waiting = await db.read.rows(sql`select 1 from job where kind = 'vm.end-stray' and finished is null`);
    assert.equal(waiting.length, 1);
    // By the time it runs, the guest is there because it should be.
    await db.read.run(sql`update vm set state = 'Running', host_id = ${vm.hostId}`);
    await settle(server);
    assert.deepEqual(sim.left().guests, [vm.name]);
    assert.deepEqual(await warnings(scene), []);
  }),
);

test(
  'a host is not believed that a guest is gone for what it said once, and not by a server it has left',
  onScene(async ({ db, vm, world, report, keep }) => {
    const state = () => db.read.one<{ state: string; power: string }>(sql`select state, power_state as power from vm`);
    const hear = (agoS: number) =>
      db.read.run(
        sql`update host set told = clock_timestamp() - ${agoS} * interval '1 second' where id = ${vm.hostId}`,
      );
    await db.read.run(sql`update vm set updated = now() - interval '1 minute'`);
    await db.read.run(sql`update job set finished = now() - interval '1 minute'`);
    await powersReported(world, [{ hostId: vm.hostId, guests: [] }], { serverId: 1, run: 1 });
    assert.deepEqual(await state(), { state: 'Running', power: null }, 'there is no such link');
    // Made before the guest ran, and written after: then every server is away for a while.
    await report([]);
    await db.read.run(sql`update vm set power_at = clock_timestamp() - interval '10 seconds'`);
    await hear(11);
    await keep();
    assert.deepEqual(await state(), { state: 'Running', power: 'Missing' });
    await hear(1);
    await keep();
    assert.deepEqual(await state(), { state: 'Stopped', power: 'Missing' });
  }),
);

test('ending it: done, or taken up again by the keeper', { timeout: 120_000 }, async () => {
  await checkLaws(endStray, (work) =>
    onScene(async (scene) => {
      await expunged(scene, 120);
      await work({
        db: scene.db,
        world: scene.world,
        input: { vmId: scene.vm.id, hostId: scene.vm.hostId },
        verify: async (outcome) => {
          if (outcome === 'failed') {
            await scene.db.read.run(sql`update job set finished = now() - interval '1 minute'`);
            await scene.keep();
          }
          assert.deepEqual(scene.sim.left().guests, []);
          assert.equal((await warnings(scene)).length, 1);
        },
      });
    })(),
  );
});
