// A host that is not heard of, on simulated hosts: nothing is started elsewhere before it is silent for certain, and then exactly once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { settle } from '#test/jobs.ts';
import { runKeeper } from '#test/keepers.ts';
import { brokenOnHosts } from '#test/invariants/hosts.ts';
import { onLostHost } from '#test/lost-host.ts';
import { hostsConnected } from './status.ts';
import { powersReported } from '../vm/power.ts';

test(
  'a host without power: what wants to be available is started elsewhere once, the rest is Stopped, and it is said',
  onLostHost(async ({ sim, host, other, runsOn, states, hostStatus, silent, keep, admin, db }) => {
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
  onLostHost(async ({ sim, host, other, runsOn, states, hostStatus, fence, silent, keep, db, world }) => {
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
  onLostHost(async ({ sim, host, runsOn, states, fence, silent, keep, db, server, world }) => {
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
  onLostHost(async ({ sim, host, other, states, hostStatus, silent, keep, admin, zone }) => {
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

test(
  'started elsewhere without fencing it runs twice, and the check says so also when that is over',
  onLostHost(async ({ sim, host, other, silent, keep, runsOn, db, world }) => {
    const { leases } = world.drivers;
    // What is certain is made up: everybody is told to be silent who is not.
    world.drivers.leases = {
      ...leases,
      watch: async (...asked) => ({ ...(await leases.watch(...asked)), expired: true }),
      fence: async () => {},
    };
    sim.cutOff(host);
    await silent();
    await keep();
    assert.deepEqual(new Set(runsOn()), new Set([host, other]));
    sim.crash(host);
    const saved = { hosts: {}, storage: sim.storage.save(), twice: sim.twice };
    assert.equal(
      (await brokenOnHosts(db.read, saved)).filter((text) => text.startsWith('a guest ran on two hosts at once: i-'))
        .length,
      1,
    );
  }),
);
