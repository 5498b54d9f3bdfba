// Moving a running instance under the five laws: it runs exactly once, on the host the rows say, and each host holds what is its.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from '#test/jobs.ts';
import { checkLaws } from '#test/laws.ts';
import { arranged, deployParams, inputOf, onScene, uuidOf, type Scene } from '#test/vm-scene.ts';
import { sql } from '#kernel/sql.ts';
import { migrateVm } from '#cloud/vm/migrate.ts';

type Input = Parameters<typeof migrateVm.run>[1];

/** Where the guest is by rows and on hosts, what hosts and pools have reserved, where its files are. */
async function whereabouts({ db, sim }: Scene) {
  const row = await db.read.one<{ state: string; hostId: number; poolId: number }>(
    sql`select v.state, v.host_id as "hostId", (select pool_id from volume where vm_id = v.id) as "poolId" from vm v`,
  );
  const reserved = await db.read.rows<{ id: number; mhz: number; mib: number }>(
    sql`select id, cpu_reserved_mhz as mhz, memory_reserved_mib as mib from host where memory_reserved_mib > 0 or cpu_reserved_mhz > 0`,
  );
  const pools = await db.read.rows<{ id: number; bytes: number }>(
    sql`select id, allocated_bytes as bytes from storage_pool where allocated_bytes > 0`,
  );
  const { uuid } = await db.read.one<{ uuid: string }>(sql`select uuid from storage_pool where id = ${row.poolId}`);
  const files = Object.entries(sim.storage.save().pools).filter(([, pool]) => Object.keys(pool.volumes).length > 0);
  return {
    ...row,
    runsOn: [...sim.hosts].filter(([, host]) => host.save().guests.length > 0).map(([id]) => id),
    reserved,
    pools,
    filesOnItsPoolOnly: files.length === 1 && files[0]![0] === uuid,
  };
}

async function deployed(scene: Scene): Promise<{ from: number; to: number }> {
  await scene.admin.call('deployVirtualMachine', deployParams(scene));
  await settle(scene.server);
  const { hostId: from } = await whereabouts(scene);
  return { from, to: scene.zone.hostIds.find((id) => id !== from)! };
}

async function checkMove(prepare: (scene: Scene) => Promise<void>): Promise<void> {
  await checkLaws(migrateVm, (work) =>
    onScene(async (scene) => {
      await prepare(scene);
      const { from, to } = await deployed(scene);
      const before = await whereabouts(scene);
      const input = await inputOf<Input>(scene, 'migrateVirtualMachine', {
        virtualmachineid: await uuidOf(scene),
        autoselect: true,
      });
      await work(
        await arranged(scene, input, async (outcome) => {
          const after = await whereabouts(scene);
          assert.equal(after.state, 'Running');
          assert.deepEqual(after.runsOn, [after.hostId], 'it runs once, where the rows say');
          assert.deepEqual(after.reserved, [{ id: after.hostId, mhz: 250, mib: 128 }]);
          assert.equal(after.pools.length, 1);
          assert.equal(after.pools[0]!.id, after.poolId);
          assert.ok(after.filesOnItsPoolOnly, 'its files are where the rows say, and nowhere else');
          if (outcome === 'done') assert.equal(after.hostId, to);
          if (after.hostId === from) assert.deepEqual(after, before);
        }),
      );
    }),
  );
}

test('on shared storage: it runs there, or here as before', { timeout: 120_000 }, () => checkMove(async () => {}));

test('on storage of its host: the disk goes along, or stays', { timeout: 120_000 }, () =>
  checkMove(async ({ db, zone }) => {
    await db.read.run(sql`update storage_pool set scope = 'HOST', type = 'Filesystem', host_id = ${zone.hostIds[0]}`);
    await db.read.run(sql`insert into storage_pool(zone_id, name, type, scope, host_id, path, total_bytes)
      values (${zone.zoneId}, 'primary2', 'Filesystem', 'HOST', ${zone.hostIds[1]}, '/simulated/primary2', ${2 ** 42})`);
    await db.read.run(sql`update service_offering set storage_type = 'local'`);
  }),
);

test('what does not fit is refused with why, and hosts are listed with it', async () => {
  await onScene(async (scene) => {
    const { from, to } = await deployed(scene);
    const { db, admin } = scene;
    const uuids = await db.read.rows<{ id: number; uuid: string }>(sql`select id, uuid from host`);
    const uuid = (id: number): string => uuids.find((host) => host.id === id)!.uuid;
    const virtualmachineid = await uuidOf(scene);
    await assert.rejects(admin.call('migrateVirtualMachine', { virtualmachineid, hostid: uuid(from) }), /already/);
    const fits = await admin.call('findHostsForMigration', { virtualmachineid });
    assert.deepEqual(
      fits.host.map((host: Record<string, unknown>) => [
        host['id'],
        host['suitableformigration'],
        host['requiresStorageMotion'],
      ]),
      [[uuid(to), true, false]],
    );
    await db.read.run(sql`update host set memory_mib = 100 where id = ${to}`);
    const { host } = await admin.call('findHostsForMigration', { virtualmachineid });
    assert.equal(host[0].suitableformigration, false);
    assert.equal(host[0].hasenoughcapacity, false);
    assert.equal(host[0].details.unsuitable, 'The host has too little free memory');
    const { jobid } = await admin.call('migrateVirtualMachine', { virtualmachineid, hostid: uuid(to) });
    await settle(scene.server);
    const { jobresult } = await admin.call('queryAsyncJobResult', { jobid });
    assert.match(jobresult.errortext, /1 host has too little free memory/);
    assert.deepEqual((await whereabouts(scene)).runsOn, [from]);
  });
});
