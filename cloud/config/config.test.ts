// Settings: listed, set where they can be, refused by name, in force at once.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { settings } from '#api/settings.ts';
import { unheededSettings } from '#api/settings.unheeded.ts';
import { sql } from '#kernel/sql.ts';
import { inCloud } from '#test/cloud.ts';
import { makeAccount, makeDomain } from '#test/tenants.ts';

test(
  'a setting is set, in force at once, and set back',
  inCloud(async ({ admin, server, db }) => {
    const changed = (await admin.call('updateConfiguration', { name: 'expunge.delay', value: '60' }))['configuration'];
    assert.deepEqual(
      [changed.name, changed.value, changed.defaultvalue, changed.isdynamic, changed.type],
      ['expunge.delay', '60', '86400', true, 'Number'],
    );
    assert.equal(server.settings.number('expunge.delay'), 60);
    const [found] = (await admin.call('listConfigurations', { name: 'expunge.delay' }))['configuration'];
    assert.equal(found.value, '60');
    assert.equal((await admin.call('resetConfiguration', { name: 'expunge.delay' }))['configuration'].value, '86400');
    assert.equal(server.settings.number('expunge.delay'), 86400);
    assert.equal((await db.read.rows(sql`select 1 from event where type = 'CONFIGURATION.VALUE.EDIT'`)).length, 2);
  }),
);

test(
  'a wrong value is refused with what is accepted',
  inCloud(async ({ admin }) => {
    const refused = async (name: string, value: string): Promise<string> =>
      (await admin.refused('updateConfiguration', { name, value })).errortext;
    assert.match(
      await refused('expunge.delay', 'soon'),
      /value is 'soon'; expunge.delay takes a whole number of seconds/,
    );
    assert.match(await refused('expunge.delay', '-5'), /of 0 or more/);
    assert.match(await refused('vm.allocation.algorithm', 'best'), /one of random, firstfit/);
    assert.match(await refused('cluster.threshold.enabled', 'maybe'), /true or false/);
    assert.match(await refused('cluster.cpu.allocated.capacity.disablethreshold', '7'), /from 0 to 1/);
    assert.match(await refused('storage.overprovisioning.factor', '0'), /1 or more/);
    assert.match(await refused('default.page.size', '0'), /-1 for no limit/);
    assert.match(await refused('password.policy.regex', '('), /regular expression/);
    assert.match(await refused('no.such.thing', '1'), /^name: there is no setting no.such.thing/);
    assert.match(await refused('cloud.identifier', 'x'), /^name: there is no setting/);
  }),
);

test(
  'a value of a domain holds there only; scopes are checked',
  inCloud(async (cloud) => {
    const { admin, server, db } = cloud;
    const [a, b] = [await makeDomain(db, 'a'), await makeDomain(db, 'b')];
    await admin.call('updateConfiguration', { name: 'password.policy.minimum.length', value: '12', domainid: a.uuid });
    assert.equal(server.settings.number('password.policy.minimum.length', { scope: 'Domain', id: a.id }), 12);
    assert.equal(server.settings.number('password.policy.minimum.length', { scope: 'Domain', id: b.id }), 0);
    const inA = await admin.call('listConfigurations', { name: 'password.policy.minimum.length', domainid: a.uuid });
    assert.equal(inA['configuration'][0].value, '12');
    assert.match(
      (await admin.refused('updateConfiguration', { name: 'expunge.delay', value: '9', domainid: a.uuid })).errortext,
      /cannot be set for a domain; it is set for the whole cloud/,
    );
    const boss = await makeAccount(cloud, { name: 'boss', domainId: a.id, role: 'DomainAdmin' });
    assert.equal(
      (await boss.user.call('listConfigurations', { name: 'password.policy.minimum.length' }))['configuration'][0]
        .value,
      '12',
    );
    assert.deepEqual(await boss.user.call('listConfigurations', { name: 'expunge.delay' }), {});
    assert.equal(
      (await boss.user.refused('updateConfiguration', { name: 'expunge.delay', value: '9' })).errorcode,
      431,
    );
    assert.equal(
      (
        await boss.user.refused('updateConfiguration', {
          name: 'password.policy.minimum.length',
          value: '1',
          domainid: b.uuid,
        })
      ).errorcode,
      531,
    );
    const user = await makeAccount(cloud, { name: 'plain', domainId: a.id });
    assert.equal((await user.user.refused('listConfigurations')).errorcode, 432);
  }),
);

test(
  'secrets are shown to nobody',
  inCloud(async ({ admin, db }) => {
    const said = await admin.call('updateConfiguration', { name: 'alert.smtp.password', value: 'hunter22' });
    const all = JSON.stringify([
      said,
      await db.read.rows(sql`select value from setting`),
      await admin.call('listConfigurations', { keyword: 'smtp' }),
      await db.read.rows(sql`select description from event`),
    ]);
    assert.doesNotMatch(all, /hunter22/);
  }),
);

test(
  'settings are listed by group, category and page',
  inCloud(async ({ admin }) => {
    const all = await admin.call('listConfigurations', { page: 1, pagesize: 3 });
    assert.equal(all['configuration'].length, 3);
    assert.ok(all['count'] > 100);
    const limits = (
      await admin.call('listConfigurations', { group: 'Access', subgroup: 'Limits', name: 'max.account.cpus' })
    )['configuration'];
    assert.deepEqual(
      limits.map(({ name }: { name: string }) => name),
      ['max.account.cpus'],
    );
    const groups = (await admin.call('listConfigurationGroups', { pagesize: -1 }))['configurationgroup'];
    assert.ok(
      groups.some(
        ({ name, subgroup }: { name: string; subgroup: unknown[] }) => name === 'Network' && subgroup.length > 2,
      ),
    );
  }),
);

test(
  'a setting that changes nothing is listed, says so, and takes its default only',
  inCloud(async ({ admin }) => {
    const name = 'wait';
    const [shown] = (await admin.call('listConfigurations', { name }))['configuration'];
    assert.match(shown.description, /not heeded by this cloud yet/);
    assert.match(
      (await admin.refused('updateConfiguration', { name, value: '61' })).errortext,
      /^name: .* does not heed/,
    );
    const same = await admin.call('updateConfiguration', { name, value: shown.value });
    assert.equal(same['configuration'].value, shown.value);
  }),
);

test('what is said to be unheeded has no reader, and everything else has one', () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const code = ['agent', 'cloud', 'drivers', 'server', 'kernel', 'clients/console/src', 'tools']
    .flatMap((room) =>
      readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' }).map((file) => path.join(room, file)),
    )
    .filter((file) => /(?<!\.test)\.tsx?$/.test(file))
    .map((file) => readFileSync(path.join(root, file), 'utf8'))
    .join('\n');
  // Read by a name put together of parts: limits, and the thresholds of clusters.
  const composed = /^max\.(account|domain|project)\.|^cluster\.\w+\.allocated\.capacity\./;
  const unread = Object.keys(settings).filter((name) => !code.includes(`'${name}'`) && !composed.test(name));
  assert.deepEqual(unread.toSorted(), [...unheededSettings].toSorted());
});
