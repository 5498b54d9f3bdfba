// Alerts: raised once while they stand, listed, archived, deleted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud } from '#test/cloud.ts';
import { makeAccount } from '#test/tenants.ts';
import { clearAlert, raiseAlert } from './alert.ts';
import { raiseAlert as raiseBySettings } from './raise.ts';

test(
  'a kind that stands is raised again in its row, another place or a cleared one anew',
  inCloud(async ({ admin, db }) => {
    const { id: zoneId } = await db.read.one<{ id: number }>(
      sql`insert into zone(name, dns1, internal_dns1) values ('z', '1.1.1.1', '1.1.1.1') returning id`,
    );
    await raiseAlert(db.read, { type: 'ALERT.CPU', zoneId, subject: 'CPU at 80 %' });
    await raiseAlert(db.read, { type: 'ALERT.CPU', zoneId, subject: 'CPU at 90 %', content: 'more' });
    await raiseAlert(db.read, { type: 'ALERT.CPU', subject: 'elsewhere' });
    const found = (await admin.call('listAlerts', { type: 1 }))['alert'];
    assert.deepEqual(
      found.map(({ description, name }: { description: string; name: string }) => `${name} ${description}`).sort(),
      ['ALERT.CPU CPU at 90 %', 'ALERT.CPU elsewhere'],
    );
    await clearAlert(db.read, { type: 'ALERT.CPU', zoneId });
    await raiseAlert(db.read, { type: 'ALERT.CPU', zoneId, subject: 'CPU at 81 %' });
    assert.equal((await admin.call('listAlerts', { type: 'alert.cpu' }))['count'], 3);
    assert.equal((await db.read.one<{ n: number }>(sql`select sum(sent_count)::int as n from alert`)).n, 4);
  }),
);

test(
  'kinds that are news each time are one alert while the words are the same',
  inCloud(async ({ admin, db, server }) => {
    for (const subject of ['h1 is gone', 'h1 is gone', 'h2 is gone'])
      await raiseAlert(db.read, { type: 'ALERT.COMPUTE.HOST', subject });
    assert.equal((await admin.call('listAlerts'))['count'], 2);
    await admin.call('updateConfiguration', { name: 'alert.allowed.repetitive.types', value: 'ALERT.MEMORY' });
    for (const subject of ['a', 'b'])
      await raiseBySettings(db.read, server.settings, { type: 'ALERT.MEMORY', subject });
    assert.equal((await admin.call('listAlerts', { keyword: 'MEMORY' }))['count'], 2);
    const types = (await admin.call('listAlertTypes'))['alerttype'];
    assert.equal(types.find(({ name }: { name: string }) => name === 'ALERT.MEMORY').repetitionallowed, true);
  }),
);

test(
  'operators raise, archive and delete',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    await admin.job('generateAlert', { name: 'my.alert', description: 'look here', type: 77 });
    const [alert] = (await admin.call('listAlerts', { name: 'my.alert' }))['alert'];
    assert.deepEqual([alert.type, alert.description], [77, 'look here']);
    assert.match((await admin.refused('archiveAlerts', {})).errortext, /ids, type or enddate/);
    await admin.call('archiveAlerts', { ids: alert.id });
    assert.deepEqual(await admin.call('listAlerts'), {});
    assert.deepEqual(await admin.call('deleteAlerts', { type: 77 }), { success: true });
    assert.equal((await admin.refused('listAlerts', { id: alert.id })).errorcode, 431);
    assert.match((await admin.refused('listAlerts', { type: 'nonsense' })).errortext, /type is 'nonsense'/);
    const { user } = await makeAccount(cloud, { name: 'plain' });
    assert.equal((await user.refused('listAlerts')).errorcode, 432);
  }),
);
