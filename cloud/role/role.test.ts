// Roles and their ordered rules: who may do what, at once, and never more than whoever gave it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud, type User } from '#test/cloud.ts';
import { makeAccount } from '#test/tenants.ts';

interface RuleShown {
  id: string;
  rule: string;
  permission: string;
}
const rulesOf = async (admin: User, roleid: string): Promise<RuleShown[]> =>
  ((await admin.call('listRolePermissions', { roleid }))['rolepermission'] ?? []) as RuleShown[];

async function withRole(cloud: TestCloud, roleUuid: string, name: string): Promise<User> {
  const { userId, accountId } = await makeAccount(cloud, { name });
  await cloud.db.read.run(
    sql`update account set role_id = (select id from role where uuid = ${roleUuid}) where id = ${accountId}`,
  );
  return cloud.as(userId);
}

test(
  'the first rule that matches decides, at once',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { role } = await admin.call('createRole', { name: 'reader', type: 'User', description: 'looks' });
    assert.deepEqual([role.type, role.isdefault, role.ispublic, role.state], ['User', false, true, 'enabled']);
    const user = await withRole(cloud, role.id, 'one');
    await user.call('listZones');
    await admin.call('createRolePermission', { roleid: role.id, rule: 'listZones', permission: 'deny' });
    assert.equal((await user.refused('listZones')).errorcode, 432);
    const { rolepermission } = await admin.call('createRolePermission', {
      roleid: role.id,
      rule: 'list*',
      permission: 'allow',
    });
    assert.equal((await user.refused('listZones')).errorcode, 432);
    const [deny] = await rulesOf(admin, role.id);
    await admin.call('updateRolePermission', { roleid: role.id, ruleorder: `${rolepermission.id},${deny!.id}` });
    await user.call('listZones');
    await admin.call('updateRolePermission', { roleid: role.id, ruleid: rolepermission.id, permission: 'deny' });
    assert.equal((await user.refused('listZones')).errorcode, 432);
    await admin.call('deleteRolePermission', { id: rolepermission.id });
    await admin.call('deleteRolePermission', { id: deny!.id });
    await user.call('listZones');
    await admin.call('disableRole', { id: role.id });
    assert.equal((await user.refused('listZones')).errorcode, 432);
    await admin.call('enableRole', { id: role.id });
    await user.call('listZones');
    assert.equal((await admin.refused('deleteRole', { id: role.id })).errorcode, 536);
  }),
);

test(
  'what is wrong with a rule or an order is named',
  inCloud(async ({ admin }) => {
    const { role } = await admin.call('createRole', { name: 'r', type: 'User' });
    const refused = async (command: string, params: Record<string, string>): Promise<string> =>
      (await admin.refused(command, params)).errortext;
    assert.match(
      await refused('createRolePermission', { roleid: role.id, rule: 'list Zones', permission: 'allow' }),
      /rule is 'list Zones'/,
    );
    assert.match(
      await refused('createRolePermission', { roleid: role.id, rule: 'listZones', permission: 'perhaps' }),
      /accepted: allow, deny/,
    );
    await admin.call('createRolePermission', { roleid: role.id, rule: 'listZones', permission: 'allow' });
    assert.match(
      await refused('createRolePermission', { roleid: role.id, rule: 'LISTZONES', permission: 'deny' }),
      /already/,
    );
    const [rule] = await rulesOf(admin, role.id);
    assert.match(
      await refused('updateRolePermission', { roleid: role.id, ruleorder: `${rule!.id},${rule!.id}` }),
      /ruleorder names 2 rules/,
    );
    assert.match(await refused('updateRolePermission', { roleid: role.id }), /ruleorder must be given, or/);
    assert.match(await refused('createRole', { name: 'R', type: 'User' }), /role r already/);
    assert.match(await refused('createRole', { name: 'both', type: 'User', roleid: role.id }), /not both/);
  }),
);

test(
  'default roles stay; a copy can be changed, and imported over',
  inCloud(async ({ admin }) => {
    const [user] = (await admin.call('listRoles', { name: 'User' }))['role'];
    assert.match(
      (await admin.refused('createRolePermission', { roleid: user.id, rule: 'x', permission: 'allow' })).errortext,
      /default role/,
    );
    assert.match((await admin.refused('updateRole', { id: user.id, name: 'x' })).errortext, /default role/);
    assert.match((await admin.refused('deleteRole', { id: user.id })).errortext, /default role/);
    const { role: copy } = await admin.call('createRole', { name: 'copy', roleid: user.id });
    assert.equal((await rulesOf(admin, copy.id)).length, (await rulesOf(admin, user.id)).length);
    const rules = {
      'rules[0].rule': 'listApis',
      'rules[0].permission': 'allow',
      'rules[1].rule': '*',
      'rules[1].permission': 'deny',
    };
    assert.match((await admin.refused('importRole', { name: 'copy', ...rules })).errortext, /forced=true/);
    await admin.call('importRole', { name: 'copy', forced: true, ...rules });
    assert.deepEqual(
      (await rulesOf(admin, copy.id)).map(({ rule, permission }) => `${permission} ${rule}`),
      ['allow listApis', 'deny *'],
    );
    assert.equal(
      (await admin.call('updateRole', { id: copy.id, name: 'narrow', type: 'DomainAdmin', ispublic: false }))['role']
        .type,
      'DomainAdmin',
    );
    await admin.call('deleteRole', { id: copy.id });
    assert.deepEqual(await admin.call('listRolePermissions', { roleid: copy.id }), {});
    assert.equal((await admin.refused('updateRole', { id: copy.id, name: 'x' })).errorcode, 431);
  }),
);

test(
  'nobody makes a role that may do more than themselves, or sees one to hand out',
  inCloud(async (cloud) => {
    const { admin } = cloud;
    const { role } = await admin.call('createRole', { name: 'clerk', type: 'Admin' });
    for (const rule of ['createRole', 'createRolePermission', 'listRoles', 'importRole'])
      await admin.call('createRolePermission', { roleid: role.id, rule, permission: 'allow' });
    await admin.call('createRolePermission', { roleid: role.id, rule: '*', permission: 'deny' });
    const clerk = await withRole(cloud, role.id, 'clerk');
    assert.match(
      (await clerk.refused('createRole', { name: 'mine', type: 'Admin' })).errortext,
      /which you may not call yourself/,
    );
    assert.match(
      (
        await clerk.refused('importRole', {
          name: 'mine',
          type: 'User',
          'rules[0].rule': '*',
          'rules[0].permission': 'allow',
        })
      ).errortext,
      /may not call yourself/,
    );
    await clerk.call('createRole', { name: 'mine', roleid: role.id });
    const boss = await makeAccount(cloud, { name: 'boss', role: 'DomainAdmin' });
    const seen = ((await boss.user.call('listRoles'))['role'] as { type: string }[]).map(({ type }) => type);
    assert.ok(seen.includes('User') && !seen.includes('Admin'));
  }),
);
