// What is changed of an instance that is there: names, flags, password, keys, user data, groups.
import assert from 'node:assert/strict';
import { createPrivateKey, constants, privateDecrypt } from 'node:crypto';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { makeGuest, makePlace } from '#test/guests.ts';
import { settle } from '#test/jobs.ts';
import { makeAccount, type TestAccount } from '#test/tenants.ts';

interface Scene {
  one: TestAccount;
  other: TestAccount;
  vm: { id: number; uuid: string };
  second: { id: number; uuid: string };
  networkId: number;
}
async function scene(cloud: TestCloud): Promise<Scene> {
  const [one, other] = [await makeAccount(cloud, { name: 'one' }), await makeAccount(cloud, { name: 'other' })];
  const place = await makePlace(cloud.db, one);
  return {
    one,
    other,
    networkId: place.networkId,
    vm: await makeGuest(cloud.db, place, { ...one, name: 'web' }),
    second: await makeGuest(cloud.db, place, { ...one, name: 'db' }),
  };
}
const generation = async ({ db }: TestCloud, id: number): Promise<number> =>
  (await db.read.one<{ generation: number }>(sql`select generation from network where id = ${id}`)).generation;
const setState = ({ db }: TestCloud, id: number, state: string): Promise<number> =>
  db.read.run(sql`update vm set state = ${state} where id = ${id}`);

test(
  'names, flags, groups and details are changed; the router learns a new name',
  inCloud(async (cloud) => {
    const { one, vm, networkId } = await scene(cloud);
    const shown = (
      await one.user.call('updateVirtualMachine', {
        id: vm.uuid,
        name: 'web2',
        displayname: 'Web',
        group: 'front',
        haenable: true,
        deleteprotection: true,
        'details[0].color': 'red',
      })
    )['virtualmachine'];
    assert.deepEqual(
      [shown.name, shown.displayname, shown.group, shown.haenable, shown.deleteprotection, shown.details],
      ['web2', 'Web', 'front', true, true, { color: 'red' }],
    );
    assert.equal(await generation(cloud, networkId), 1);
    assert.deepEqual(cloud.world.poked, ['routers.reconcile']);
    assert.equal((await one.user.call('listInstanceGroups'))['instancegroup'][0].name, 'front');
    const refused = async (params: Record<string, string | boolean>): Promise<string> =>
      (await one.user.refused('updateVirtualMachine', { id: vm.uuid, ...params })).errortext;
    assert.match(await refused({ name: 'db' }), /named db exists already/);
    assert.match(await refused({ name: '-x' }), /hyphen/);
    assert.match(await refused({ 'details[0].rootdisksize': '9' }), /rootdisksize cannot be set/);
    assert.match(await refused({ extraconfig: 'x' }), /extra configuration/);
    assert.deepEqual(
      (await one.user.call('updateVirtualMachine', { id: vm.uuid, cleanupdetails: true }))['virtualmachine'].details,
      {},
    );
    await setState(cloud, vm.id, 'Running');
    assert.match(
      await refused({ 'details[0].color': 'blue' }),
      /The instance is Running; details of one that is Stopped/,
    );
    await one.user.call('updateVirtualMachine', { id: vm.uuid, displayname: 'Live' });
  }),
);

test(
  "nobody changes another tenant's instance",
  inCloud(async (cloud) => {
    const { other, vm } = await scene(cloud);
    for (const [command, params] of [
      ['updateVirtualMachine', { displayname: 'x' }],
      ['resetPasswordForVirtualMachine', {}],
      ['resetSSHKeyForVirtualMachine', { keypair: 'k' }],
      ['getVMPassword', {}],
      ['updateVMAffinityGroup', {}],
    ] as const) {
      assert.equal((await other.user.refused(command, { id: vm.uuid, ...params })).errorcode, 531, command);
    }
    assert.equal((await other.user.refused('getVirtualMachineUserData', { virtualmachineid: vm.uuid })).errorcode, 531);
  }),
);

test(
  'a new password is offered anew, told once, and told again under the SSH key',
  inCloud(async (cloud) => {
    const { one, vm, networkId } = await scene(cloud);
    const { keypair } = await one.user.call('createSSHKeyPair', { name: 'k' });
    assert.match((await one.user.refused('getVMPassword', { id: vm.uuid })).errortext, /No password/);
    const { jobid } = await one.user.call('resetPasswordForVirtualMachine', { id: vm.uuid });
    await settle(cloud.server);
    const { password } = (await one.user.call('queryAsyncJobResult', { jobid }))['jobresult'].virtualmachine;
    assert.match(password, /^\w{6,}$/);
    assert.equal(await generation(cloud, networkId), 1);
    const row = await cloud.db.read.one<{ password: string; password_id: string }>(
      sql`select password, password_id from vm where id = ${vm.id}`,
    );
    assert.equal(cloud.server.sealer.open(row.password), password);
    assert.match((await one.user.refused('getVMPassword', { id: vm.uuid })).errortext, /ssh-rsa/);
    await one.user.job('resetSSHKeyForVirtualMachine', { id: vm.uuid, keypair: 'k' });
    const { encryptedpassword } = (await one.user.call('getVMPassword', { id: vm.uuid }))['password'];
    const opened = privateDecrypt(
      { key: createPrivateKey(keypair.privatekey), padding: constants.RSA_PKCS1_PADDING },
      Buffer.from(encryptedpassword, 'base64'),
    ).toString();
    const now = await cloud.db.read.one<{ password: string; password_id: string; key_pairs: string[] }>(
      sql`select password, password_id, key_pairs from vm where id = ${vm.id}`,
    );
    assert.equal(opened, cloud.server.sealer.open(now.password));
    assert.notEqual(now.password_id, row.password_id);
    assert.deepEqual(now.key_pairs, ['k']);
    assert.match(
      (await one.user.refused('resetSSHKeyForVirtualMachine', { id: vm.uuid, keypair: 'nope' })).errortext,
      /'nope' does not exist/,
    );
    await setState(cloud, vm.id, 'Running');
    assert.match(
      (await one.user.refused('resetPasswordForVirtualMachine', { id: vm.uuid })).errortext,
      /Running; the password of one that is Stopped/,
    );
  }),
);

test(
  'user data is stored, given to an instance, shown, and kept while used',
  inCloud(async (cloud) => {
    const { one, other, vm } = await scene(cloud);
    const data = Buffer.from('#cloud-config\n').toString('base64');
    const { userdata } = await one.user.call('registerUserData', { name: 'init', userdata: data, params: 'a, b' });
    assert.deepEqual([userdata.userdata, userdata.params, userdata.account], [data, 'a,b', 'one']);
    assert.match(
      (await one.user.refused('registerUserData', { name: 'init', userdata: data })).errortext,
      /already exists/,
    );
    assert.match((await one.user.refused('registerUserData', { name: 'x', userdata: 'ä' })).errortext, /Base64/);
    const shown = (await cloud.admin.call('resetUserDataForVirtualMachine', { id: vm.uuid, userdataid: userdata.id }))[
      'virtualmachine'
    ];
    assert.equal(shown.userdataname, 'init');
    assert.equal(
      (await one.user.call('getVirtualMachineUserData', { virtualmachineid: vm.uuid }))['virtualmachineuserdata']
        .userdata,
      data,
    );
    assert.match((await one.user.refused('deleteUserData', { id: userdata.id })).errortext, /used by web/);
    assert.equal((await other.user.refused('deleteUserData', { id: userdata.id })).errorcode, 531);
    assert.deepEqual(await other.user.call('listUserData', { listall: true }), {});
    await one.user.call('updateVirtualMachine', { id: vm.uuid, userdata: Buffer.from('x').toString('base64') });
    await one.user.call('deleteUserData', { id: userdata.id });
  }),
);

test(
  'affinity groups are made, joined, left and deleted',
  inCloud(async (cloud) => {
    const { one, other, vm } = await scene(cloud);
    const { affinitygroup } = await one.user.job('createAffinityGroup', { name: 'apart', type: 'Host Anti-Affinity' });
    assert.equal(affinitygroup.type, 'host anti-affinity');
    assert.match(
      (await one.user.refused('createAffinityGroup', { name: 'x', type: 'love' })).errortext,
      /accepted: host anti-affinity/,
    );
    await one.user.job('updateVMAffinityGroup', { id: vm.uuid, affinitygroupnames: 'apart' });
    assert.deepEqual(
      (await one.user.call('listAffinityGroups', { virtualmachineid: vm.uuid }))['affinitygroup'][0].virtualmachineIds,
      [vm.uuid],
    );
    const { affinitygroup: theirs } = await other.user.job('createAffinityGroup', {
      name: 'apart',
      type: 'host affinity',
    });
    assert.equal(
      (await one.user.refused('updateVMAffinityGroup', { id: vm.uuid, affinitygroupids: theirs.id })).errorcode,
      531,
    );
    assert.match(
      (await cloud.admin.refused('updateVMAffinityGroup', { id: vm.uuid, affinitygroupids: theirs.id })).errortext,
      /another account/,
    );
    await one.user.job('deleteAffinityGroup', { name: 'apart' });
    assert.deepEqual(
      (await cloud.db.read.one<{ ids: number[] }>(sql`select affinity_group_ids as ids from vm where id = ${vm.id}`))
        .ids,
      [],
    );
    assert.equal((await one.user.call('listAffinityGroupTypes'))['count'], 4);
  }),
);

test(
  'instance groups are made, renamed and deleted; their instances stay',
  inCloud(async (cloud) => {
    const { one, other, vm } = await scene(cloud);
    const { instancegroup } = await one.user.call('createInstanceGroup', { name: 'g' });
    await one.user.call('updateVirtualMachine', { id: vm.uuid, group: 'g' });
    assert.match((await one.user.refused('createInstanceGroup', { name: 'g' })).errortext, /group g already/);
    assert.equal(
      (await one.user.call('updateInstanceGroup', { id: instancegroup.id, name: 'h' }))['instancegroup'].name,
      'h',
    );
    assert.equal((await other.user.refused('deleteInstanceGroup', { id: instancegroup.id })).errorcode, 531);
    await one.user.call('deleteInstanceGroup', { id: instancegroup.id });
    assert.equal((await one.user.call('listVirtualMachines', { id: vm.uuid }))['virtualmachine'][0].group, undefined);
  }),
);

test(
  'console sessions are listed by those who may see them',
  inCloud(async (cloud) => {
    const { one, other, vm } = await scene(cloud);
    await cloud.db.read
      .run(sql`insert into one_time_token(token_hash, purpose, body, user_id, account_id, domain_id, expires, creator_address, used, client_address)
    values ('h', 'console', ${JSON.stringify({ vmId: vm.id })}, ${one.userId}, ${one.accountId}, 1, now() + interval '1 minute', '10.0.0.1', now(), '10.0.0.2')`);
    const [session] = (await one.user.call('listConsoleSessions', { activeonly: true }))['consolesession'];
    assert.deepEqual(
      [session.virtualmachinename, session.consoleendpointcreatoraddress, session.clientaddress, session.user],
      ['web', '10.0.0.1', '10.0.0.2', 'one'],
    );
    assert.equal((await cloud.admin.call('listConsoleSessions', { id: session.id }))['count'], 1);
    assert.deepEqual(await other.user.call('listConsoleSessions'), {});
    assert.deepEqual(await one.user.call('listConsoleSessions', { acquired: false }), {});
  }),
);
