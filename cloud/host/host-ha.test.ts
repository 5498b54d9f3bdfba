// What is configured of the high availability of hosts, the state in which a host stands for it, hosts that an operator gives up,
// and what neighbours have to say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { onLostHost } from '#test/lost-host.ts';

test(
  'a provider is chosen by the hypervisor, enabled by host, cluster and zone, and what cannot be is said',
  onLostHost(async ({ admin, hostUuid, zone, hostha, manage, db }) => {
    const providers = await admin.call('listHostHAProviders', { hypervisor: 'simulator' });
    assert.deepEqual(providers, { count: 1, haprovider: [{ haprovider: 'simulatorhaprovider' }] });
    assert.deepEqual((await admin.call('listHostHAProviders', { hypervisor: 'KVM' }))['haprovider'], [
      { haprovider: 'kvmhaprovider' },
    ]);
    assert.deepEqual(await hostha(), { hostid: hostUuid, haenable: false, hastate: 'Disabled' });
    const early = await admin.refused('enableHAForHost', { hostid: hostUuid });
    assert.match(early.errortext, /hostid: no provider is configured for this host; call configureHAForHost first/);
    const wrong = await admin.refused('configureHAForHost', { hostid: hostUuid, provider: 'kvmhaprovider' });
    assert.match(wrong.errortext, /provider is 'kvmhaprovider'; hosts that run Simulator have: simulatorhaprovider/);
    const { hostha: configured } = await admin.job('configureHAForHost', {
      hostid: hostUuid,
      provider: 'SimulatorHaProvider',
    });
    const stands = { hostid: hostUuid, haprovider: 'simulatorhaprovider', status: true };
    assert.deepEqual(configured, { ...stands, haenable: false, hastate: 'Disabled' });
    const { hostha: enabled } = await admin.job('enableHAForHost', { hostid: hostUuid });
    assert.deepEqual(enabled, { ...stands, haenable: true, hastate: 'Ineligible' });
    await manage({ ha: 'unconfigured' });
    const states: string[] = [(await hostha()).hastate];
    const { uuid: clusterUuid } = await db.read.one<{ uuid: string }>(sql`select uuid from cluster`);
    for (const [command, params] of [
      ['disableHAForCluster', { clusterid: clusterUuid }],
      ['enableHAForCluster', { clusterid: clusterUuid }],
      ['disableHAForZone', { zoneid: zone.zoneUuid }],
      ['enableHAForZone', { zoneid: zone.zoneUuid }],
      ['disableHAForHost', { hostid: hostUuid }],
      ['enableHAForHost', { hostid: hostUuid }],
    ] as const) {
      await admin.job(command, params);
      states.push((await hostha()).hastate);
    }
    assert.deepEqual(states, ['Available', 'Disabled', 'Available', 'Disabled', 'Available', 'Disabled', 'Available']);
    await db.read.run(sql`update host set resource_state = 'Maintenance' where uuid = ${hostUuid}`);
    const listed = await admin.call('listHostHAResources');
    assert.deepEqual([listed['count'], listed['hostha'][0].hastate], [1, 'Ineligible']);
  }),
);

test(
  'a host that answers cannot be given up; one that does not is fenced without patience, and is used again when that is said',
  onLostHost(async ({ sim, host, other, hostUuid, admin, silent, keep, back, runsOn, states, hostStatus, hostha }) => {
    const refused = await admin.refused('declareHostAsDegraded', { id: hostUuid });
    assert.match(refused.errortext, /id: host host-1 is Up; a host can be given up that is Alert, Disconnected, Down/);
    sim.cutOff(host);
    await silent();
    await keep();
    assert.deepEqual([(await hostha()).hastate, runsOn()], ['Degraded', [host]]);
    const { host: declared } = await admin.job('declareHostAsDegraded', { id: hostUuid });
    assert.equal(declared.resourcestate, 'Degraded');
    assert.deepEqual(runsOn(), [host], 'giving it up makes nothing certain by itself');
    await keep();
    await keep();
    assert.deepEqual([(await hostha()).hastate, await hostStatus(), runsOn()], ['Fenced', 'Down', [other]]);
    assert.deepEqual(await states(), { wanted: 'Running', plain: 'Stopped' });
    await back();
    await keep();
    const plain = (await admin.call('listVirtualMachines', { name: 'plain' }))['virtualmachine'][0].id;
    const { errortext } = await admin
      .refused('startVirtualMachine', { id: plain, hostid: hostUuid })
      .catch(() =>
        admin
          .failedJob('startVirtualMachine', { id: plain, hostid: hostUuid })
          .then(({ text }) => ({ errortext: text })),
      );
    assert.match(errortext, /is degraded/);
    const { host: used } = await admin.job('cancelHostAsDegraded', { id: hostUuid });
    assert.equal(used.resourcestate, 'Enabled');
    await admin.job('startVirtualMachine', { id: plain, hostid: hostUuid });
    assert.deepEqual([sim.twice, runsOn()], [[], [host, other]]);
    assert.match(
      (await admin.refused('cancelHostAsDegraded', { id: hostUuid })).errortext,
      /Enabled: EnableDegradedHost/,
    );
  }),
);

test(
  'neighbours decide how patient the cloud is, and operators read what they said',
  onLostHost(async ({ sim, host, silent, keep, fence, admin, hostUuid, db, alerts, world }) => {
    const read = async () => (await admin.call('listHosts', { id: hostUuid }))['host'][0].details.investigation;
    const older = (seconds: number) =>
      db.read.run(sql`update host_fence set since = since - ${seconds} * interval '1 second'`);
    sim.cutOff(host);
    const { leases } = world.drivers;
    // Only the servers do not reach it.
    world.drivers.leases = { ...leases, reaches: async () => true };
    await silent();
    await keep();
    assert.equal(await read(), 'it renews its heartbeat on storage; 1 of 1 host of its cluster reaches it');
    await older(290);
    await keep();
    assert.equal(await fence(), 'Degraded');
    world.drivers.leases = leases;
    await keep();
    assert.equal(await read(), 'it renews its heartbeat on storage; none of 1 host of its cluster reaches it');
    assert.equal(await fence(), 'Fencing', 'nobody wants anything of it any more');
    assert.ok(
      (await alerts()).some((text) => /is out of reach.*\(it renews its heartbeat on storage; 1 of 1 host/.test(text)),
    );
  }),
);

test(
  'what cannot be started anew is tried as often as the setting says; then it stays Stopped, and that is said once',
  onLostHost(async ({ sim, host, other, admin, silent, keep, db, states, alerts }) => {
    for (const [name, value] of [
      ['max.retries', '2'],
      ['ha.restart.pause', '0'],
    ] as const)
      await admin.call('updateConfiguration', { name, value });
    await db.read.run(sql`update host set resource_state = 'Disabled' where id = ${other}`);
    sim.crash(host);
    await silent();
    for (let turns = 0; turns < 6; turns += 1) await keep();
    assert.deepEqual(await states(), { wanted: 'Stopped', plain: 'Stopped' });
    assert.equal((await db.read.rows(sql`select 1 from job where kind = 'vm.start'`)).length, 2);
    assert.equal(
      (await alerts()).filter((text) => /wanted could not be started anew in 2 attempts/.test(text)).length,
      1,
    );
  }),
);
