// ISOs: what differs from templates. And both on simulated hosts, which have them at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type Params } from '#test/cloud.ts';
import { fakeStorage } from '#test/fake-storage.ts';
import { settle } from '#test/jobs.ts';
import { simWorld } from '#test/sim-hosts.ts';
import { makeAccount } from '#test/tenants.ts';
import { makeZoneRows } from '#test/zone-rows.ts';

test(
  'an ISO is registered, listed, shared, changed and deleted',
  inCloud(async (cloud) => {
    const zone = await makeZoneRows(cloud.db);
    const fake = fakeStorage();
    Object.assign(cloud.world.drivers, fake.drivers);
    const owner = await makeAccount(cloud, { name: 'owner' });
    const other = await makeAccount(cloud, { name: 'other' });
    const isos = async (user = owner.user, params: Params = {}): Promise<Record<string, unknown>[]> =>
      (await user.call('listIsos', params))['iso'] ?? [];
    const media = {
      name: 'installer',
      displaytext: 'Installer',
      url: 'https://images.example/x.iso',
      zoneid: zone.zoneUuid,
    };
    assert.match((await owner.user.refused('registerIso', media)).errortext, /missing parameter ostypeid/);
    assert.match(
      (await owner.user.refused('registerIso', { ...media, bootable: false, directdownload: true })).errortext,
      /^directdownload/,
    );
    const {
      iso: [made],
    } = await owner.user.call('registerIso', { ...media, bootable: false });
    assert.deepEqual([made.format, made.bootable, made.ostypename, made.isready], ['ISO', false, 'None', false]);
    assert.deepEqual(await isos(), [], 'the usual filter shows what can be used');
    await settle(cloud.server);
    assert.deepEqual(
      (await isos()).map((one) => [one['name'], one['isready'], one['status']]),
      [['installer', true, 'Download Complete']],
    );
    assert.deepEqual((await isos(owner.user, { bootable: true })).length, 0);
    assert.equal((await owner.user.call('listTemplates', { templatefilter: 'self' }))['template'], undefined);
    assert.equal(
      (await owner.user.refused('updateTemplate', { id: made.id, name: 'x' })).errorcode,
      431,
      'an ISO is no template',
    );

    await owner.user.call('updateIsoPermissions', { id: made.id, op: 'add', accounts: 'other' });
    assert.deepEqual((await owner.user.call('listIsoPermissions', { id: made.id }))['templatepermission'], {
      id: made.id,
      ispublic: false,
      account: ['other'],
    });
    assert.deepEqual((await isos(other.user, { isofilter: 'sharedexecutable' })).length, 1);
    assert.deepEqual((await other.user.refused('deleteIso', { id: made.id })).errorcode, 531);
    assert.equal(
      (await owner.user.call('updateIso', { id: made.id, displaytext: 'Newer' }))['iso'].displaytext,
      'Newer',
    );
    assert.match(
      (await cloud.admin.refused('prepareTemplate', { templateid: made.id, zoneid: zone.zoneUuid })).errortext,
      /is an ISO/,
    );

    const vm = await cloud.db.read.one<{
      id: number;
    }>(sql`insert into vm(account_id, domain_id, zone_id, name, display_name, instance_name, service_offering_id, iso_id, hypervisor, cpus, cpu_mhz, memory_mib)
    select ${owner.accountId}, 1, ${zone.zoneId}, 'web', 'web', 'i-web', ${zone.offeringId}, id, 'Simulator', 1, 250, 128 from template where uuid = ${made.id} returning id`);
    assert.match((await owner.user.refused('deleteIso', { id: made.id })).errortext, /instances use it: web$/);
    await cloud.db.read.run(sql`update vm set iso_id = null where id = ${vm.id}`);
    await owner.user.job('deleteIso', { id: made.id });
    assert.deepEqual([await isos(), fake.files()], [[], 0]);
  }),
);

test(
  'in a simulated zone an image is ready at once',
  inCloud(async (cloud) => {
    const zone = await makeZoneRows(cloud.db);
    const sim = simWorld(zone.hostIds);
    Object.assign(cloud.world.drivers, sim.drivers);
    const {
      template: [made],
    } = await cloud.admin.call('registerTemplate', {
      name: 'sim',
      displaytext: 'sim',
      format: 'RAW',
      hypervisor: 'Simulator',
      url: 'http://images.example/sim.raw',
      zoneid: zone.zoneUuid,
    });
    await settle(cloud.server);
    const shown = async (): Promise<Record<string, unknown>> =>
      (await cloud.admin.call('listTemplates', { templatefilter: 'self', id: made.id }))['template'][0];
    assert.deepEqual([(await shown())['isready'], (await shown())['status']], [true, 'Download Complete']);
    assert.ok(sim.storage.save().images[zone.storePath]!.includes(made.id));
    await cloud.admin.job('deleteTemplate', { id: made.id });
    assert.deepEqual(sim.storage.save().images[zone.storePath], []);
  }),
);
