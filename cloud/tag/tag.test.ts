// Tags, details and comments on things: only on what one may act on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { makeAccount, makeDomain, type TestAccount } from '#test/tenants.ts';

async function makeVolume({ db }: TestCloud, { accountId, domainId }: TestAccount): Promise<string> {
  const { id } = await db.read.one<{ id: number }>(
    sql`insert into zone(name, dns1, internal_dns1, allocation_state) values (${`z${accountId}`}, '1.1.1.1', '1.1.1.1', 'Enabled') returning id`,
  );
  return (
    await db.read.one<{ uuid: string }>(
      sql`insert into volume(account_id, domain_id, zone_id, name, type, size_bytes, state) values (${accountId}, ${domainId}, ${id}, 'v', 'DATADISK', 1, 'Ready') returning uuid`,
    )
  ).uuid;
}
const tags = (found: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(found).flatMap(([key, value], index) => [
      [`tags[${index}].key`, key],
      [`tags[${index}].value`, value],
    ]),
  );

test(
  'tags are put on, found by, and taken off',
  inCloud(async (cloud) => {
    const one = await makeAccount(cloud, { name: 'one' });
    const id = await makeVolume(cloud, one);
    assert.deepEqual(
      await one.user.job('createTags', {
        resourceids: id,
        resourcetype: 'volume',
        ...tags({ env: 'prod', team: 'a' }),
      }),
      { success: true },
    );
    const [tag] = (await one.user.call('listTags', { key: 'env' }))['tag'];
    assert.deepEqual(
      [tag.value, tag.resourcetype, tag.resourceid, tag.account, tag.domainpath],
      ['prod', 'Volume', id, 'one', 'ROOT'],
    );
    assert.match(
      (await one.user.refused('createTags', { resourceids: id, resourcetype: 'Volume', ...tags({ env: 'test' }) }))
        .errortext,
      /has a tag env already/,
    );
    await one.user.job('deleteTags', {
      resourceids: id,
      resourcetype: 'Volume',
      'tags[0].key': 'env',
      'tags[0].value': 'prod',
    });
    assert.equal((await one.user.call('listTags', { resourceid: id }))['count'], 1);
    assert.match(
      (await one.user.refused('deleteTags', { resourceids: id, resourcetype: 'Volume', 'tags[0].key': 'nope' }))
        .errortext,
      /none of the resources has nope/,
    );
    await one.user.job('deleteTags', { resourceids: id, resourcetype: 'Volume' });
    assert.deepEqual(await one.user.call('listTags'), {});
  }),
);

test(
  "nobody tags or sees what is another tenant's; wrong ones are named",
  inCloud(async (cloud) => {
    const a = await makeDomain(cloud.db, 'a');
    const [one, other] = [
      await makeAccount(cloud, { name: 'one', domainId: a.id }),
      await makeAccount(cloud, { name: 'other', domainId: a.id }),
    ];
    const boss = await makeAccount(cloud, { name: 'boss', domainId: a.id, role: 'DomainAdmin' });
    const id = await makeVolume(cloud, one);
    assert.equal(
      (await other.user.refused('createTags', { resourceids: id, resourcetype: 'Volume', ...tags({ x: 'y' }) }))
        .errorcode,
      531,
    );
    await boss.user.job('createTags', { resourceids: id, resourcetype: 'Volume', ...tags({ x: 'y' }) });
    assert.deepEqual(await other.user.call('listTags', { resourceid: id }), {});
    assert.equal((await one.user.call('listTags'))['count'], 1);
    assert.match(
      (await one.user.refused('createTags', { resourceids: id, resourcetype: 'Spaceship', ...tags({ x: 'y' }) }))
        .errortext,
      /accepted: UserVm, Template/,
    );
    assert.match(
      (
        await one.user.refused('createTags', {
          resourceids: '00000000-0000-4000-8000-00000000abcd',
          resourcetype: 'Volume',
          ...tags({ x: 'y' }),
        })
      ).errortext,
      /entity does not exist/,
    );
    assert.match(
      (await one.user.refused('createTags', { resourceids: id, resourcetype: 'Volume', 'tags[0].key': 'k' })).errortext,
      /the value of k/,
    );
    const zone = await cloud.db.read.one<{ uuid: string }>(sql`select uuid from zone limit 1`);
    assert.equal(
      (await one.user.refused('createTags', { resourceids: zone.uuid, resourcetype: 'Zone', ...tags({ x: 'y' }) }))
        .errorcode,
      531,
    );
    await cloud.admin.job('createTags', { resourceids: zone.uuid, resourcetype: 'Zone', ...tags({ place: 'here' }) });
    assert.deepEqual(
      (await cloud.admin.call('listZones', { 'tags[0].key': 'place', 'tags[0].value': 'here' }))['count'],
      1,
    );
    assert.deepEqual(await cloud.admin.call('listZones', { 'tags[0].key': 'place', 'tags[0].value': 'there' }), {});
  }),
);

test(
  'details are set, listed and removed',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const one = await makeAccount(cloud, { name: 'one' });
    const id = await makeVolume(cloud, one);
    await admin.job('addResourceDetail', {
      resourceid: id,
      resourcetype: 'Volume',
      'details[0].key': 'disk',
      'details[0].value': 'fast',
      'details[1].color': 'red',
    });
    const found = (await one.user.call('listResourceDetails', { resourceid: id, resourcetype: 'Volume' }))[
      'resourcedetail'
    ];
    assert.deepEqual(
      found.map(({ key, value }: { key: string; value: string }) => `${key}=${value}`),
      ['color=red', 'disk=fast'],
    );
    assert.equal(
      (await admin.call('listResourceDetails', { resourcetype: 'volume', key: 'disk' }))['resourcedetail'][0]
        .resourceid,
      id,
    );
    await admin.job('removeResourceDetail', { resourceid: id, resourcetype: 'Volume', key: 'color' });
    assert.equal((await admin.call('listResourceDetails', { resourceid: id, resourcetype: 'Volume' }))['count'], 1);
    const other = await makeAccount(cloud, { name: 'other' });
    assert.equal(
      (await other.user.refused('listResourceDetails', { resourceid: id, resourcetype: 'Volume' })).errorcode,
      531,
    );
    assert.equal((await one.user.refused('listResourceDetails', { resourcetype: 'Volume' })).errorcode, 431);
    const a = await makeDomain(cloud.db, 'a');
    await admin.job('addResourceDetail', {
      resourceid: a.uuid,
      resourcetype: 'Domain',
      'details[0].plan': 'gold',
      fordisplay: false,
    });
    assert.equal(
      (await admin.call('listResourceDetails', { resourceid: a.uuid, resourcetype: 'Domain' }))['resourcedetail'][0]
        .fordisplay,
      false,
    );
  }),
);

test(
  'comments are written, read and removed',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const one = await makeAccount(cloud, { name: 'one' });
    const id = await makeVolume(cloud, one);
    const { annotation } = await admin.call('addAnnotation', {
      entitytype: 'volume',
      entityid: id,
      annotation: 'watch this one',
      adminsonly: true,
    });
    assert.deepEqual(
      [annotation.entitytype, annotation.entityid, annotation.username, annotation.adminsonly],
      ['VOLUME', id, 'admin', true],
    );
    assert.equal((await admin.call('listAnnotations', { entitytype: 'VOLUME', entityid: id }))['count'], 1);
    assert.equal((await admin.call('listAnnotations', { annotationfilter: 'self' }))['count'], 1);
    assert.match(
      (await admin.refused('addAnnotation', { entitytype: 'VOLUME', entityid: id })).errortext,
      /annotation has 0 characters/,
    );
    assert.match(
      (await admin.refused('addAnnotation', { entitytype: 'MOON', entityid: id, annotation: 'x' })).errortext,
      /accepted: VM, VOLUME/,
    );
    assert.ok((await admin.call('removeAnnotation', { id: annotation.id }))['annotation'].removed);
    assert.deepEqual(await admin.call('listAnnotations'), {});
    assert.equal((await admin.refused('removeAnnotation', { id: annotation.id })).errorcode, 431);
  }),
);
