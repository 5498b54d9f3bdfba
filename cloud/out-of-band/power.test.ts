// The power of a host through its controller: what is certain afterwards, what is written down, and who may command it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fenced } from '#kernel/job.ts';
import { sql } from '#kernel/sql.ts';
import { inTurn, TurnLost } from '#kernel/turn.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { fakePower, type FakeController } from '#test/fake-power.ts';
import { makeZoneRows } from '#test/zone-rows.ts';
import { hasPowerControl, powerOf, powerOff, powerOn } from './power.ts';

interface Set {
  hostId: number;
  controller: FakeController;
  state: () => Promise<string>;
  told: () => Promise<string[]>;
}

async function withController({ db, world }: TestCloud): Promise<Set> {
  const [hostId] = (await makeZoneRows(db, { hosts: 1 })).hostIds as [number];
  const power = fakePower();
  world.drivers.power = power;
  await db.read.run(sql`insert into out_of_band(host_id, enabled, driver, address, port, username, password)
    values (${hostId}, true, 'fake', 'bmc', 623, 'admin', ${world.sealer.seal('secret')})`);
  const rows = (statement: ReturnType<typeof sql>) => db.read.rows<{ text: string }>(statement);
  return {
    hostId,
    controller: power.at('bmc'),
    state: async () => (await rows(sql`select power_state as text from host where id = ${hostId}`))[0]!.text,
    told: async () =>
      (
        await rows(
          sql`select description as text from event where type = 'HOST.OOBM.POWERSTATE.TRANSITION' order by id`,
        )
      ).map(({ text }) => text),
  };
}

test(
  'the power is off when powerOff has come back, and that is written down and told once',
  inCloud(async (cloud) => {
    const { hostId, controller, state, told } = await withController(cloud);
    assert.equal(await powerOf(cloud.world, hostId), 'On');
    await powerOff(cloud.world, hostId);
    assert.equal(controller.power, 'Off');
    await powerOff(cloud.world, hostId);
    assert.deepEqual([controller.acts, await state()], [['off'], 'Off']);
    await powerOn(cloud.world, hostId);
    assert.deepEqual([controller.acts, await state()], [['off', 'on'], 'On']);
    assert.deepEqual(await told(), [
      'Power of the host host-1: On, was Disabled',
      'Power of the host host-1: Off, was On',
      'Power of the host host-1: On, was Off',
    ]);
  }),
);

test(
  'a controller that takes it on and does nothing ends in time, and nothing is certain',
  inCloud(async (cloud) => {
    const { hostId, controller, state } = await withController(cloud);
    controller.stuck = true;
    await assert.rejects(powerOff(cloud.world, hostId, { withinS: 0.05 }), {
      kind: 'timeout',
      code: 'operationTimedOut',
    });
    assert.equal(await state(), 'On');
  }),
);

test(
  'where the controller says nothing the power is unknown, and why is told',
  inCloud(async (cloud) => {
    const { hostId, controller, state, told } = await withController(cloud);
    controller.fails = 'unreachable';
    await assert.rejects(powerOff(cloud.world, hostId), { kind: 'unreachable' });
    assert.equal(await state(), 'Unknown');
    delete controller.fails;
    await powerOf(cloud.world, hostId);
    controller.password = 'another';
    for (let n = 0; n < 2; n += 1) await assert.rejects(powerOf(cloud.world, hostId), { kind: 'login' });
    assert.deepEqual([await state(), controller.acts], ['Unknown', []]);
    assert.match((await told()).at(-1)!, /Unknown, was On\. The controller bmc refuses the user admin or its password/);
  }),
);

test(
  'it may be commanded while it is enabled for the host, its cluster and its zone',
  inCloud(async (cloud) => {
    const { db, world } = cloud;
    const { hostId } = await withController(cloud);
    const refused = async (
      change: ReturnType<typeof sql>,
      back: ReturnType<typeof sql>,
      text: RegExp,
    ): Promise<void> => {
      await db.read.run(change);
      assert.equal(await hasPowerControl(db.read, hostId), false);
      await assert.rejects(powerOff(world, hostId), { message: text });
      await db.read.run(back);
      assert.equal(await hasPowerControl(db.read, hostId), true);
    };
    const off = sql`details = '{"outOfBandManagementEnabled": "false"}'`;
    await refused(
      sql`update zone set ${off}`,
      sql`update zone set details = '{}'`,
      /disabled for the zone of the host/,
    );
    await refused(
      sql`update cluster set ${off}`,
      sql`update cluster set details = '{}'`,
      /disabled for the cluster of/,
    );
    await refused(
      sql`update out_of_band set enabled = false`,
      sql`update out_of_band set enabled = true`,
      /disabled for the host host-1; enable it first/,
    );
    await db.read.run(sql`delete from out_of_band`);
    await assert.rejects(powerOff(world, hostId), { message: /of the host is not configured/ });
  }),
);

test(
  'who lost the turn or the job it acts in sends nothing',
  inCloud(async (cloud) => {
    const { hostId, controller } = await withController(cloud);
    const turn = { name: 'sessions', epoch: 1, stillOurs: async () => false };
    await assert.rejects(
      inTurn(turn, () => powerOff(cloud.world, hostId)),
      TurnLost,
    );
    const call = {
      job: crypto.randomUUID(),
      epoch: 1,
      trace: null,
      progress: () => {},
      signal: AbortSignal.timeout(9_000),
    };
    await assert.rejects(powerOff(cloud.world, hostId, { call }), Fenced);
    assert.deepEqual(controller.acts, []);
  }),
);
