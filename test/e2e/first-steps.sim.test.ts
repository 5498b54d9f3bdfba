// The one command on simulated hosts: a zone, a guest, and what a tenant does with it; stopped and started again.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { refusal, startTestCloud, until, type TestCloud } from './environment.ts';

let cloud: TestCloud;
before(async () => {
  cloud = await startTestCloud({ mode: 'simulator', guest: true });
});
after(async () => {
  await cloud?.stop();
});

test('cloud.json says where it is and is for its owner only', () => {
  const file = path.join(cloud.dataDir, 'cloud.json');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const said = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  for (const name of ['api', 'username', 'password', 'apikey', 'secretkey', 'zoneid', 'virtualmachineid'])
    assert.ok(said[name], name);
});

test('the zone has two clusters of two hosts, all up', async () => {
  const hosts = await cloud.api.list('listHosts', { zoneid: cloud.zone.id, type: 'Routing' });
  assert.deepEqual(
    hosts.map((host) => host.state),
    ['Up', 'Up', 'Up', 'Up'],
  );
  assert.equal(new Set(hosts.map((host) => host['clusterid'])).size, 2);
});

test('the first guest runs', async () => {
  const [guest] = await cloud.api.list('listVirtualMachines', { id: cloud.file.virtualmachineid! });
  assert.equal(guest!.state, 'Running');
  assert.match(String(guest!['ipaddress']), /^10\.1\.1\./);
});

test('a guest larger than any host is refused with a reason, and leaves nothing', async () => {
  const offering = await cloud.api.make('createServiceOffering', {
    name: 'huge',
    displaytext: 'huge',
    cpunumber: 500,
    cpuspeed: 2000,
    memory: 9_000_000,
  });
  const failed = await refusal(
    cloud.api.make('deployVirtualMachine', {
      zoneid: cloud.zone.id,
      templateid: cloud.template.id,
      serviceofferingid: offering.id,
      name: 'huge',
    }),
  );
  assert.match(failed.text, /4 hosts have too few CPU cores/);
  const [left] = await cloud.api.list('listVirtualMachines', { name: 'huge' });
  assert.equal(left!.state, 'Error');
  assert.deepEqual(left!['nic'], []);
  await cloud.api.make('expungeVirtualMachine', { id: left!.id });
});

test('stop, start, destroy, recover, expunge', async () => {
  const made = await cloud.api.make('deployVirtualMachine', {
    zoneid: cloud.zone.id,
    templateid: cloud.template.id,
    serviceofferingid: cloud.offering.id,
    name: 'second',
  });
  assert.equal(made.state, 'Running');
  assert.equal((await cloud.api.make('stopVirtualMachine', { id: made.id })).state, 'Stopped');
  assert.equal((await cloud.api.make('startVirtualMachine', { id: made.id })).state, 'Running');
  assert.equal((await cloud.api.make('destroyVirtualMachine', { id: made.id })).state, 'Destroyed');
  assert.equal((await cloud.api.make('recoverVirtualMachine', { id: made.id })).state, 'Stopped');
  await cloud.api.make('destroyVirtualMachine', { id: made.id, expunge: true });
  assert.deepEqual(await cloud.api.list('listVirtualMachines', { id: made.id }), []);
});

test('started again, everything is still there', async () => {
  await cloud.restart();
  const [guest] = await until('the guest is listed', async () => {
    const found = await cloud.api.list('listVirtualMachines', { id: cloud.file.virtualmachineid! });
    return found.length > 0 && found;
  });
  assert.equal(guest!.state, 'Running');
  assert.equal(guest!.id, cloud.file.virtualmachineid);
});
