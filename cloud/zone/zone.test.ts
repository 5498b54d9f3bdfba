// Verbs of zones, on a real database.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inCloud } from '#test/cloud.ts';

const zone1 = { name: 'zone1', dns1: '8.8.8.8', internaldns1: '10.0.0.1', networktype: 'Advanced' };

test('a zone is made, found, changed and deleted', inCloud(async ({ admin }) => {
  const made = (await admin.call('createZone', zone1))['zone'];
  assert.equal(made.allocationstate, 'Disabled');
  const changed = (await admin.call('updateZone', { id: made.id, allocationstate: 'Enabled', name: 'zone-one' }))['zone'];
  assert.equal(changed.name, 'zone-one');
  assert.deepEqual((await admin.call('listZones', { id: made.id })).count, 1);
  assert.deepEqual(await admin.call('deleteZone', { id: made.id }), { success: true });
  assert.deepEqual(await admin.call('listZones'), {});
}));

test('a zone name is taken once, whatever its case', inCloud(async ({ admin }) => {
  await admin.call('createZone', zone1);
  const refused = await admin.refused('createZone', { ...zone1, name: 'ZONE1' });
  assert.equal(refused.errorcode, 431);
  assert.match(refused.errortext, /^name: there is a zone ZONE1 already/);
}));

test('bad values are refused by name', inCloud(async ({ admin }) => {
  assert.match((await admin.refused('createZone', { ...zone1, dns1: 'dns.example' })).errortext, /dns1 is 'dns.example'; an IPv4 address is accepted/);
  assert.match((await admin.refused('createZone', { ...zone1, guestcidraddress: '10.1.1.1/24' })).errortext, /10\.1\.1\.0\/24/);
  assert.match((await admin.refused('deleteZone', { id: '00000000-0000-4000-8000-00000000abcd' })).errortext, /entity does not exist/);
}));
