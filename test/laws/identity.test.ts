// Deleting accounts and domains under the five laws: all is gone, or what is left can be asked to go again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deleteIt as deleteAccount } from '#cloud/account/delete.ts';
import { deleteIt as deleteDomain } from '#cloud/domain/delete.ts';
import type { Workflow } from '#kernel/job.ts';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { checkLaws } from '#test/laws.ts';
import { makeDomain, type TestDomain } from '#test/tenants.ts';

interface Scene {
  cloud: TestCloud;
  domain: TestDomain;
  below: TestDomain;
  accounts: { id: number; uuid: string }[];
}

/** A domain with one below it, an account in each, and each account with a disk and a reserved address. */
async function onScene(work: (scene: Scene) => Promise<void>): Promise<void> {
  await inCloud(async (cloud) => {
    const { db, admin } = cloud;
    const domain = await makeDomain(db, 'a');
    const below = await makeDomain(db, 'b', domain);
    await db.read.run(sql`insert into zone(name, dns1, internal_dns1) values ('z', '1.1.1.1', '1.1.1.1')`);
    await db.read.run(sql`insert into vlan_range(zone_id, gateway, netmask, cidr, start_ip, end_ip)
      select id, '198.18.0.1', '255.255.255.0', '198.18.0.0/24', '198.18.0.10', '198.18.0.20' from zone`);
    const accounts: Scene['accounts'] = [];
    for (const [index, { uuid, id: domainId }] of [domain, below].entries()) {
      const { account } = await admin.call('createAccount', {
        username: 'u',
        password: 'secret',
        firstname: 'u',
        lastname: 'u',
        email: 'u@example.org',
        accounttype: 0,
        domainid: uuid,
      });
      const { id } = await db.read.one<{ id: number }>(sql`select id from account where uuid = ${account.id}`);
      accounts.push({ id, uuid: account.id });
      await db.read.run(sql`insert into volume(account_id, domain_id, zone_id, name, type, size_bytes, state)
        select ${id}, ${domainId}, id, 'v', 'DATADISK', 1, 'Ready' from zone`);
      await db.read
        .run(sql`insert into public_ip(zone_id, vlan_range_id, address, mac, state, account_id, domain_id, reserved)
        select zone_id, id, ${`198.18.0.${10 + index}`}, '02:00:00:00:00:01', 'Reserved', ${id}, ${domainId}, true from vlan_range`);
      await db.read.run(sql`insert into resource_tag(account_id, domain_id, resource_type, resource_uuid, key, value)
        select account_id, domain_id, 'PublicIpAddress', uuid, 'owner', 'was here' from public_ip where account_id = ${id}`);
    }
    await work({ cloud, domain, below, accounts });
  })();
}

async function asked<I>({ cloud }: Scene, command: string, params: Record<string, string | boolean>): Promise<I> {
  await cloud.admin.call(command, params);
  const job = await cloud.db.read.one<{ id: number; input: I }>(
    sql`select id, input from job where state = 'queued' order by id desc limit 1`,
  );
  await cloud.db.read.run(sql`delete from job where id = ${job.id}`);
  await cloud.db.read.run(sql`delete from lane`);
  return job.input;
}

interface Law<I> {
  ask: (scene: Scene) => Promise<I>;
  verify: (scene: Scene, outcome: 'done' | 'failed') => Promise<void>;
}
const law = <I>(name: string, flow: Workflow<I, unknown, never>, { ask, verify }: Law<I>): void => {
  test(name, { timeout: 240_000 }, async () => {
    await checkLaws(flow, (work) =>
      onScene(async (scene) => {
        const input = await ask(scene);
        await work({
          db: scene.cloud.db,
          world: scene.cloud.world,
          input,
          verify: (outcome) => verify(scene, outcome),
        });
      }),
    );
  });
};

/** Nothing of these accounts is anybody's any more. */
async function nothingLeft({ cloud }: Scene, ids: readonly number[]): Promise<void> {
  const left = await cloud.db.read.one(sql`select
    (select count(*)::int from account where id = any(${ids}) and removed is null) as accounts,
    (select count(*)::int from cloud_user where account_id = any(${ids}) and removed is null) as users,
    (select count(*)::int from volume where account_id = any(${ids}) and state = 'Ready') as volumes,
    (select count(*)::int from public_ip where account_id = any(${ids})) as addresses,
    (select count(*)::int from resource_tag where resource_uuid in (select uuid from public_ip where state = 'Free')) as tags,
    (select count(*)::int from resource_count where owner_type = 'a' and owner_id = any(${ids})) as counts`);
  assert.deepEqual(left, { accounts: 0, users: 0, volumes: 0, addresses: 0, tags: 0, counts: 0 });
}

law('account.delete obeys the laws', deleteAccount, {
  ask: (scene) => asked(scene, 'deleteAccount', { id: scene.accounts[0]!.uuid }),
  verify: async (scene, outcome) => {
    const [{ id, uuid }] = scene.accounts as [{ id: number; uuid: string }];
    if (outcome === 'failed') {
      assert.equal((await scene.cloud.admin.call('listAccounts', { id: uuid }))['account'][0].state, 'disabled');
      await scene.cloud.admin.job('deleteAccount', { id: uuid });
    }
    await nothingLeft(scene, [id]);
    assert.equal((await scene.cloud.admin.call('listAccounts', { id: scene.accounts[1]!.uuid }))['count'], 1);
  },
});

law('domain.delete obeys the laws', deleteDomain, {
  ask: (scene) => asked(scene, 'deleteDomain', { id: scene.domain.uuid, cleanup: true }),
  verify: async (scene, outcome) => {
    const ids = [scene.domain.id, scene.below.id];
    if (outcome === 'failed') {
      const states = await scene.cloud.db.read.rows(sql`select distinct state from domain where id = any(${ids})`);
      assert.deepEqual(states, [{ state: 'Active' }]);
      await scene.cloud.admin.job('deleteDomain', { id: scene.domain.uuid, cleanup: true });
    }
    const left = await scene.cloud.db.read.rows(sql`select 1 from domain where id = any(${ids}) and removed is null`);
    assert.equal(left.length, 0);
    await nothingLeft(
      scene,
      scene.accounts.map(({ id }) => id),
    );
  },
});
