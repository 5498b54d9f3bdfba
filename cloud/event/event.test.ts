// Events: who sees which, by what they are found, archived, deleted, purged.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type User } from '#test/cloud.ts';
import { makeAccount, makeDomain } from '#test/tenants.ts';
import { purgeKeeper } from './purge.ts';

interface Shown {
  id: string;
  type: string;
  state: string;
  parentid?: string;
  description: string;
  archived: boolean;
}
const events = async (user: User, params: Record<string, string | number | boolean> = {}): Promise<Shown[]> =>
  ((await user.call('listEvents', params))['event'] ?? []) as Shown[];

test(
  'an asynchronous command leaves scheduled, started and completed, found by the first',
  inCloud(async ({ admin, db }) => {
    const { uuid: id } = await db.read.one<{ uuid: string }>(sql`select uuid from cloud_user where id = 2`);
    await admin.job('registerUserKeys', { id });
    const [completed, started, scheduled] = await events(admin, { type: 'register.user.key' });
    assert.deepEqual(
      [scheduled, started, completed].map((event) => [
        event!.state,
        event!.description.replace(/: [0-9a-f-]{36}$/, ''),
        event!.parentid,
      ]),
      [
        ['Scheduled', 'Scheduled async job for registering User Keys', undefined],
        ['Started', 'Starting job for registering User Keys', scheduled!.id],
        ['Completed', 'Successfully completed registering User Keys', scheduled!.id],
      ],
    );
    assert.equal((await events(admin, { startid: scheduled!.id })).length, 3);
    assert.equal((await events(admin, { id: completed!.id })).length, 1);
    assert.equal((await events(admin, { state: 'completed', type: 'REGISTER.USER.KEY' })).length, 1);
    assert.match((await admin.refused('listEvents', { level: 'LOUD' })).errortext, /accepted: INFO, WARN, ERROR/);
  }),
);

test(
  'each sees their own, administrators those below',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const [a, b] = [await makeDomain(db, 'a'), await makeDomain(db, 'b')];
    const boss = await makeAccount(cloud, { name: 'boss', domainId: a.id, role: 'DomainAdmin' });
    const one = await makeAccount(cloud, { name: 'one', domainId: a.id });
    const other = await makeAccount(cloud, { name: 'other', domainId: b.id });
    for (const { accountId, domainId, userId } of [one, other])
      await db.read.run(
        sql`insert into event(type, state, description, user_id, account_id, domain_id) values ('VM.START', 'Completed', 'x', ${userId}, ${accountId}, ${domainId})`,
      );
    assert.equal((await events(one.user, { type: 'VM.START' })).length, 1);
    assert.equal((await events(boss.user, { type: 'VM.START' })).length, 0);
    assert.equal((await events(boss.user, { type: 'VM.START', listall: true })).length, 1);
    assert.equal((await events(admin, { type: 'VM.START', listall: true })).length, 2);
    const [theirs] = await events(other.user, { type: 'VM.START' });
    assert.equal((await one.user.refused('deleteEvents', { ids: theirs!.id })).errorcode, 531);
    assert.deepEqual(await events(one.user, { id: theirs!.id }), []);
    assert.match((await one.user.refused('deleteEvents')).errortext, /ids, type or enddate/);
    await one.user.call('archiveEvents', { type: 'VM.START' });
    assert.equal((await events(one.user, { type: 'VM.START' })).length, 0);
    assert.equal((await events(one.user, { type: 'VM.START', archived: true })).length, 1);
    await one.user.call('deleteEvents', { type: 'VM.START' });
    assert.equal((await events(admin, { type: 'VM.START', listall: true })).length, 1);
  }),
);

test(
  'types are listed; old rows are purged after their time',
  inCloud(async ({ admin, db, world }) => {
    assert.ok((await admin.call('listEventTypes'))['count'] > 100);
    await db.read.run(
      sql`insert into event(type, state, description, user_id, account_id, domain_id, created) values ('VM.START', 'Completed', 'old', 2, 2, 1, now() - interval '16 days'), ('VM.START', 'Completed', 'new', 2, 2, 1, now() - interval '14 days')`,
    );
    await db.read.run(
      sql`insert into change(entity, uuid, at) values ('vm', gen_random_uuid(), now() - interval '11 minutes'), ('vm', gen_random_uuid(), now())`,
    );
    await db.read.run(
      sql`insert into job(kind, input, state, finished) values ('x', '{}', 'done', now() - interval '2 days'), ('x', '{}', 'done', now() - interval '1 hour'), ('x', '{}', 'queued', null)`,
    );
    await purgeKeeper(world).run(new AbortController().signal);
    assert.deepEqual(
      (await events(admin, { type: 'VM.START' })).map(({ description }) => description),
      ['new'],
    );
    assert.deepEqual(
      await db.read.one(
        sql`select (select count(*)::int from change where entity = 'vm') as changes, (select count(*)::int from job where kind = 'x') as jobs`,
      ),
      { changes: 1, jobs: 2 },
    );
  }),
);
