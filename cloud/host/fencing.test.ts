// A host that is not heard of, on simulated hosts: nothing is started elsewhere before it is silent for certain, and then exactly once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { settle } from '#test/jobs.ts';
import { runKeeper } from '#test/keepers.ts';
import { bringImage, simWorld, type SimWorld } from '#test/sim-hosts.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';
import { hostsConnected } from './status.ts';
import { powersReported } from '../vm/power.ts';

interface Scene extends TestCloud {
  sim: SimWorld;
  zone: ZoneRows;
  host: number;
  other: number;
  /** Where guests run, by the hosts themselves. */
  runsOn(name?: string): number[];
  states(): Promise<Record<string, string>>;
  hostStatus(): Promise<string>;
  fence(): Promise<string | undefined>;
  /** One look of the keeper, and the jobs it asked for. */
  keep(): Promise<void>;
  /** The host has not been heard for long enough to be in Alert. */
  silent(): Promise<void>;
}

const onScene = (work: (scene: Scene) => Promise<void>): (() => Promise<void>) =>
  inCloud(async (cloud) => {
    const { db, world, server, admin } = cloud;
    const zone = await makeZoneRows(db);
    const sim = simWorld(zone.hostIds);
    Object.assign(world.drivers, sim.drivers);
    await bringImage(sim, zone);
    const [host, other] = zone.hostIds as [number, number];
    const { uuid } = await db.read.one<{ uuid: string }>(sql`select uuid from host where id = ${host}`);
    for (const name of ['wanted', 'plain'])
      await admin.job('deployVirtualMachine', {
        zoneid: zone.zoneUuid,
        templateid: zone.templateUuid,
        serviceofferingid: zone.offeringUuid,
        name,
        hostid: uuid,
      });
    await db.read.run(sql`update vm set ha_enabled = true where name = 'wanted'`);
    await work({
      ...cloud,
      sim,
      zone,
      host,
      other,
      runsOn: (name) =>
        [...sim.hosts]
          .filter(([, one]) => one.save().guests.some((guest) => name === undefined || guest.name === name))
          .map(([id]) => id),
      states: async () =>
        Object.fromEntries(
          (await db.read.rows<{ name: string; state: string }>(sql`select name, state from vm`)).map((vm) => [
            vm.name,
            vm.state,
          ]),
        ),
      hostStatus: async () =>
        (await db.read.one<{ status: string }>(sql`select status from host where id = ${host}`)).status,
      fence: async () =>
        (await db.read.first<{ state: string }>(sql`select state from host_fence where host_id = ${host}`))?.state,
      keep: async () => {
        await runKeeper(world, 'hosts.ha');
        await settle(server);
      },
      silent: async () => {
        await db.read.run(sql`update host set last_ping = now() - interval '1 minute' where id = ${host}`);
        await runKeeper(world, 'hosts.liveness');
      },
    });
  });

test(
  'a host without power: what wants to be available is started elsewhere once, the rest is Stopped, and it is said',
  onScene(async ({ sim, host, other, runsOn, states, hostStatus, silent, keep, admin, db }) => {
    sim.crash(host);
    await keep();
    assert.deepEqual(await states(), { wanted: 'Running', plain: 'Running' }, 'nobody has missed it yet');
    await silent();
    for (let looks = 0; looks < 3; looks += 1) await keep();
    assert.equal(await hostStatus(), 'Down');
    assert.deepEqual(await states(), { wanted: 'Running', plain: 'Stopped' });
    assert.deepEqual(runsOn(), [other]);
    const starts = await db.read.rows(sql`select 1 from job where kind = 'vm.start'`);
    assert.equal(starts.length, 1, 'started once');
    const { alert } = await admin.call('listAlerts', { type: '30' });
    assert.ok(
      alert.some((one: { description: string }) =>
        /wanted was lost with its host and is started/.test(one.description),
      ),
    );
    assert.ok(alert.some((one: { description: string }) => one.description.endsWith('plain was lost with its host')));
    const held = await db.read.one<{ mib: number }>(
      sql`select memory_reserved_mib as mib from host where id = ${host}`,
    );
    assert.equal(held.mib, 0);
  }),
);

test(
  'a host that is only cut off keeps its instances for a while, then ends them for a pill, and only then are they elsewhere',
  onScene(async ({ sim, host, other, runsOn, states, hostStatus, fence, silent, keep, db, world }) => {
    const { name } = await db.read.one<{ name: string }>(
      sql`select instance_name as name from vm where name = 'wanted'`,
    );
    sim.cutOff(host);
    await silent();
    await keep();
    await keep();
    assert.deepEqual([await fence(), await hostStatus(), runsOn(name)], ['Degraded', 'Alert', [host]]);
    await db.read.run(sql`update host_fence set since = since - interval '301 seconds'`);
    await keep();
    assert.deepEqual([await fence(), runsOn(name)], ['Fencing', []], 'the pill is taken; nobody has it yet');
    await keep();
    assert.deepEqual([await fence(), await hostStatus(), runsOn(name)], ['Fenced', 'Down', [other]]);
    assert.deepEqual(await states(), { wanted: 'Running', plain: 'Stopped' });
    sim.back(host);
    const facts = sim.hosts.get(host)!.facts;
    // Its link was never broken, only silent: it is made to dial anew, and says who it is.
    world.drivers.hosts.reconnect = async (id) => {
      assert.equal(id, host);
      await db.tx((tx) => hostsConnected(tx, [facts]));
    };
    await keep();
    await keep();
    assert.deepEqual([await fence(), await hostStatus()], [undefined, 'Up']);
    await world.drivers.hypervisor.stop(other, name, { force: true, graceS: 0 }, null as never);
  }),
);

test(
  'a host that comes back while it is being fenced has its instances as it was, or what it ended is started again',
  onScene(async ({ sim, host, runsOn, states, fence, silent, keep, db, server, world }) => {
    const facts = sim.hosts.get(host)!.facts;
    const back = async (): Promise<void> => {
      sim.back(host);
      await db.tx((tx) => hostsConnected(tx, [facts]));
    };
    sim.cutOff(host);
    await silent();
    await keep();
    await back();
    await keep();
    assert.deepEqual([await fence(), await states()], [undefined, { wanted: 'Running', plain: 'Running' }]);
    sim.cutOff(host);
    await silent();
    await keep();
    await db.read.run(sql`update host_fence set state = 'Degraded', since = since - interval '301 seconds'`);
    await keep();
    await back();
    await powersReported(world, [{ hostId: host, guests: [] }]);
    await runKeeper(world, 'power.sync');
    await settle(server);
    await keep();
    assert.equal(await fence(), undefined);
    assert.deepEqual(await states(), { wanted: 'Running', plain: 'Stopped' });
    assert.equal(runsOn().length, 1);
  }),
);

test(
  'nothing is done where high availability is off, or where nobody else reaches the storage',
  onScene(async ({ sim, host, other, states, hostStatus, silent, keep, admin, zone }) => {
    await admin.call('updateConfiguration', { name: 'vm.ha.enabled', value: 'false', zoneid: zone.zoneUuid });
    sim.crash(host);
    await silent();
    await keep();
    assert.equal(await hostStatus(), 'Alert');
    await admin.call('updateConfiguration', { name: 'vm.ha.enabled', value: 'true', zoneid: zone.zoneUuid });
    sim.cutOff(other);
    await keep();
    assert.deepEqual([await hostStatus(), await states()], ['Alert', { wanted: 'Running', plain: 'Running' }]);
  }),
);
