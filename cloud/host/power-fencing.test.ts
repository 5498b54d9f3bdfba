// A lost host whose power may be taken: that is certain at once, also for disks that nobody else reaches; where its controller says
// nothing, storage decides; and whoever dies in between leaves it to the next one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { onLostHost, type LostScene } from '#test/lost-host.ts';

const acts = ({ sim, host }: LostScene): string[] => [...sim.power.at(String(host)).acts];

test(
  'a lost host is switched off, its instances are elsewhere at once, and it is switched on again',
  onLostHost(async (scene) => {
    const { sim, host, other, manage, silent, keep, back, hostha, hostStatus, states, runsOn, alerts } = scene;
    await manage();
    assert.deepEqual(await hostha().then(({ haenable, haprovider, hastate }) => ({ haenable, haprovider, hastate })), {
      haenable: true,
      haprovider: 'simulatorhaprovider',
      hastate: 'Available',
    });
    // It runs on, and nobody reaches it: neither a pill nor silence is waited for.
    sim.cutOff(host);
    await silent();
    await scene.db.read.run(sql`update host set resource_state = 'Enabled'`);
    await keep();
    assert.equal((await hostha()).hastate, 'Degraded');
    await scene.db.read.run(sql`update host_fence set since = since - interval '61 seconds'`);
    await keep();
    assert.deepEqual([acts(scene), (await hostha()).hastate, await hostStatus()], [['off', 'on'], 'Recovered', 'Down']);
    assert.deepEqual([await states(), runsOn()], [{ wanted: 'Running', plain: 'Stopped' }, [other]]);
    await back();
    await keep();
    assert.deepEqual([(await hostha()).hastate, await hostStatus()], ['Available', 'Up']);
    assert.deepEqual(sim.twice, []);
    assert.ok((await alerts()).some((text) => /is lost, and is started anew \(it renews its heartbeat/.test(text)));
  }),
);

test(
  'it does not come back: it is left as it is, as nothing runs on it while its pill lies there, and is not started anew again',
  onLostHost(async (scene) => {
    const { sim, host, manage, silent, keep, hostha, db, states } = scene;
    await manage();
    sim.power.at(String(host)).acts.length = 0;
    sim.cutOff(host); // whatever its power does
    await silent();
    await scene.admin.call('updateConfiguration', { name: 'kvm.ha.activity.check.interval', value: '0' });
    await keep();
    await keep();
    assert.deepEqual([acts(scene), (await hostha()).hastate], [['off', 'on'], 'Recovered']);
    await db.read.run(sql`update host_fence set since = since - interval '601 seconds'`);
    await keep();
    assert.equal((await hostha()).hastate, 'Suspect');
    await keep();
    await keep();
    await keep();
    assert.deepEqual([acts(scene), (await hostha()).hastate], [['off', 'on'], 'Fenced']);
    assert.deepEqual(await states(), { wanted: 'Running', plain: 'Stopped' });
  }),
);

test(
  'without a word of its controller it goes on by storage, and nobody believes that it is off',
  onLostHost(async (scene) => {
    const { sim, host, other, manage, silent, keep, hostha, db, runsOn, states } = scene;
    await manage();
    const controller = sim.power.at(String(host));
    controller.fails = 'unreachable';
    sim.crash(host);
    await silent();
    await keep();
    await keep();
    assert.deepEqual([(await hostha()).hastate, await states()], ['Fenced', { wanted: 'Running', plain: 'Stopped' }]);
    assert.deepEqual([runsOn(), acts(scene)], [[other], []]);
    const { off } = await db.read.one<{ off: boolean }>(sql`select off_at is not null as off from host_fence`);
    assert.equal(off, false, 'nobody said that it is off');
  }),
);

for (const died of ['before its row was written', 'before its instances were let go'] as const)
  test(
    `a server that dies ${died}: the next one comes to the same end`,
    onLostHost(async (scene) => {
      const { sim, host, other, manage, silent, keep, hostha, db, runsOn, states } = scene;
      await manage({ ha: 'unconfigured' });
      sim.cutOff(host);
      await silent();
      await keep();
      await db.read.run(sql`update host_fence set state = 'Fencing'`);
      sim.power.at(String(host)).power = 'Off';
      sim.crash(host);
      if (died !== 'before its row was written')
        await db.read.run(sql`update host_fence set state = 'Fenced', off_at = clock_timestamp()`);
      if (died !== 'before its row was written')
        await db.read.run(sql`update host set status = 'Down' where id = ${host}`);
      await keep();
      assert.deepEqual([(await hostha()).hastate, runsOn()], ['Fenced', [other]]);
      assert.deepEqual(await states(), { wanted: 'Running', plain: 'Stopped' });
      await keep();
      assert.deepEqual(acts(scene), [], 'it was off already, and nobody was asked to start it anew');
      assert.equal((await db.read.rows(sql`select 1 from job where kind = 'vm.start'`)).length, 1);
    }),
  );

test(
  'disks on the host itself: without power for certain its instances are Stopped, and start there when it is back',
  onLostHost(async (scene) => {
    const { sim, host, manage, silent, keep, back, admin, db, zone, world, runsOn, states, alerts } = scene;
    await manage();
    const local = await db.read.one<{ id: number; uuid: string }>(
      sql`insert into storage_pool(zone_id, host_id, name, type, scope, path, total_bytes) values (${zone.zoneId}, ${host}, 'local', 'Filesystem', 'HOST', '/local', ${2 ** 42}) returning id, uuid`,
    );
    await db.read.run(sql`update volume set pool_id = ${local.id}`);
    sim.crash(host);
    await silent();
    await keep();
    assert.deepEqual(await states(), { wanted: 'Stopped', plain: 'Stopped' });
    await admin.call('updateConfiguration', { name: 'ha.restart.pause', value: '0' });
    await keep();
    assert.deepEqual([await states(), runsOn()], [{ wanted: 'Stopped', plain: 'Stopped' }, []]);
    assert.ok((await alerts()).some((text) => /wanted was lost with its host and is started there again/.test(text)));
    await back();
    // What is on the pool is where it was; the simulator is told so.
    const volumes = await db.read.rows<{ uuid: string; bytes: number }>(
      sql`select uuid, size_bytes as bytes from volume`,
    );
    const pool = { id: local.uuid, kind: 'Filesystem', path: '/local' } as const;
    for (const { uuid, bytes } of volumes)
      await world.drivers.storage.create(
        host,
        { pool, volumeId: uuid, sizeBytes: bytes, templateId: null },
        null as never,
      );
    await keep();
    assert.deepEqual([await states(), runsOn()], [{ wanted: 'Running', plain: 'Stopped' }, [host]]);
  }),
);

test(
  'power is not taken where high availability is disabled for the host, nor on no evidence at all',
  onLostHost(async (scene) => {
    const { sim, host, other, manage, silent, keep, hostha, admin, hostUuid, hostStatus } = scene;
    await manage({ ha: 'disabled' });
    assert.equal((await hostha()).hastate, 'Disabled');
    sim.cutOff(host);
    await silent();
    await keep();
    assert.deepEqual([acts(scene), (await hostha()).hastate], [[], 'Degraded']);
    await admin.job('enableHAForHost', { hostid: hostUuid });
    sim.cutOff(other);
    await keep();
    assert.deepEqual([acts(scene), (await hostha()).hastate, await hostStatus()], [[], 'Suspect', 'Alert']);
    await admin.job('declareHostAsDegraded', { id: hostUuid });
    await keep();
    assert.deepEqual([acts(scene), (await hostha()).hastate, await hostStatus()], [['off'], 'Fenced', 'Down']);
  }),
);
