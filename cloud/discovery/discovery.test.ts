// What the server says of itself: every command it answers and no other, in the form clients build themselves from.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud } from '#test/cloud.ts';
import { makeAccount } from '#test/tenants.ts';

interface Api {
  name: string;
  isasync: boolean;
  params: { name: string; type: string; length: number; required: boolean; related?: string }[];
  response: { name: string; type: string; response?: unknown[] }[];
  related: string;
}

test(
  'listApis names what has a verb, with arrays always, on one line',
  inCloud(async ({ admin, server }) => {
    const reply = await admin.raw('listApis');
    assert.equal(reply.text.trim().split('\n').length, 1);
    const { count, api } = JSON.parse(reply.text).listapisresponse as { count: number; api: Api[] };
    assert.equal(count, server.handlers.size);
    assert.deepEqual(
      api
        .filter((one) => !Array.isArray(one.params) || !Array.isArray(one.response) || typeof one.isasync !== 'boolean')
        .map(({ name }) => name),
      [],
    );
    const register = api.find(({ name }) => name === 'registerUserKeys')!;
    assert.equal(register.isasync, true);
    const id = register.params.find(({ name }) => name === 'id')!;
    assert.deepEqual([id.type, id.required, id.length], ['uuid', true, 255]);
    assert.equal(
      register.params.some(({ name }) => name === 'customjobid'),
      false,
    );
    const zones = api.find(({ name }) => name === 'listZones')!;
    assert.ok(zones.related.split(',').includes('createZone') && !zones.related.split(',').includes('listZones'));
    assert.ok(
      api
        .find(({ name }) => name === 'deleteZone')!
        .params[0]!.related!.split(',')
        .includes('listZones'),
    );
    assert.ok(zones.response.find(({ name }) => name === 'tags')!.response!.length > 3);
  }),
);

test(
  'listApis shows each only what the role allows',
  inCloud(async (cloud) => {
    const { user } = await makeAccount(cloud, { name: 'plain' });
    const mine = ((await user.call('listApis'))['api'] as Api[]).map(({ name }) => name);
    assert.ok(mine.includes('listZones') && !mine.includes('createZone') && !mine.includes('updateConfiguration'));
    const one = await user.call('listApis', { name: 'listZones' });
    assert.equal(one['count'], 1);
    assert.equal((await user.refused('listApis', { name: 'createZone' })).errorcode, 530);
    assert.equal((await cloud.admin.refused('listApis', { name: 'makeCoffee' })).errorcode, 530);
  }),
);

test(
  'listCapabilities says the version and follows the settings',
  inCloud(async ({ admin }) => {
    const { capability } = await admin.call('listCapabilities');
    assert.equal(capability.cloudstackversion, '4.23.0.0');
    assert.equal(capability.allowusercreateprojects, false);
    assert.equal(capability.apilimitmax, undefined);
    await admin.call('updateConfiguration', { name: 'custom.diskoffering.size.max', value: '77' });
    await admin.call('updateConfiguration', {
      name: 'expose.cloudstack.version.api.list.capabilities',
      value: 'false',
    });
    const after = (await admin.call('listCapabilities'))['capability'];
    assert.deepEqual([after.customdiskofferingmaxsize, after.cloudstackversion], [77, undefined]);
  }),
);

test(
  "the identifier stays the same and is signed with the user's key",
  inCloud(async ({ admin, db }) => {
    const { uuid: userid } = await db.read.one<{ uuid: string }>(sql`select uuid from cloud_user where id = 2`);
    assert.match((await admin.refused('getCloudIdentifier', { userid })).errortext, /no API keys/);
    await admin.job('registerUserKeys', { id: userid });
    const [first, second] = [
      (await admin.call('getCloudIdentifier', { userid }))['cloudidentifier'],
      (await admin.call('getCloudIdentifier', { userid }))['cloudidentifier'],
    ];
    assert.deepEqual(first, second);
    assert.match(first.cloudidentifier, /^[0-9a-f-]{36}$/);
  }),
);

test(
  'protocols, planners and details are what there is',
  inCloud(async ({ admin }) => {
    const found = await admin.call('listNetworkProtocols', { option: 'ProtocolNumber' });
    assert.ok(
      found['networkprotocol'].some(
        ({ name, index }: { name: string; index: number }) => name === 'TCP' && index === 6,
      ),
    );
    const [reply] = (await admin.call('listNetworkProtocols', { option: 'icmptype' }))['networkprotocol'];
    assert.deepEqual([reply.index, reply.details['0']], [0, 'No Code']);
    assert.match((await admin.refused('listNetworkProtocols', { option: 'x' })).errortext, /protocolnumber, icmptype/);
    assert.equal((await admin.call('listDeploymentPlanners'))['deploymentPlanner'][0].name, 'FirstFitPlanner');
    assert.ok(
      'cpuNumber' in (await admin.call('listDetailOptions', { resourcetype: 'UserVm' }))['detailoptions'].details,
    );
  }),
);
