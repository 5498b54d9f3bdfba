// Tenants on simulated hosts: a domain with an account that deploys; keys, locks, limits and passwords over the real wire; then the
// domain is deleted with everything it owns.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refusal, startTestCloud, type TestCloud } from './environment.ts';

let cloud: TestCloud;
before(async () => {
  cloud = await startTestCloud({ mode: 'simulator' });
});
after(async () => {
  await cloud?.stop();
});

interface Tenant {
  domainid: string;
  accountid: string;
  userid: string;
  keys: { apikey: string; secretkey: string };
}
let tenant: Tenant;

test('an account gets keys and works with them', async () => {
  const domain = await cloud.api.make('createDomain', { name: 'acme' });
  const account = await cloud.api.make('createAccount', {
    username: 'jane',
    password: 'correct horse',
    firstname: 'Jane',
    lastname: 'Doe',
    email: 'jane@example.org',
    accounttype: 0,
    domainid: domain.id,
  });
  const [user] = account['user'] as { id: string }[];
  const keys = await cloud.api.make('registerUserKeys', { id: user!.id });
  tenant = {
    domainid: domain.id,
    accountid: account.id,
    userid: user!.id,
    keys: { apikey: String(keys['apikey']), secretkey: String(keys['secretkey']) },
  };
  const [me] = await cloud.as(tenant.keys).list('listAccounts');
  assert.equal(me!.name, 'jane');
});

test('two instances of an anti-affinity group run on different hosts, deployed at once', async () => {
  const jane = cloud.as(tenant.keys);
  const group = await jane.make('createAffinityGroup', { name: 'apart', type: 'host anti-affinity' });
  const deploy = (name: string) =>
    jane.make('deployVirtualMachine', {
      zoneid: cloud.zone.id,
      templateid: cloud.template.id,
      serviceofferingid: cloud.offering.id,
      name,
      affinitygroupnames: String(group.name),
    });
  const guests = await Promise.all([deploy('one'), deploy('two')]);
  const shown = await cloud.api.list('listVirtualMachines', { listall: true, domainid: tenant.domainid });
  assert.equal(new Set(shown.map((guest) => guest['hostid'])).size, guests.length);
});

test('limits hold, and raising one lets the next through', async () => {
  await cloud.api.make('updateResourceLimit', {
    account: 'jane',
    domainid: tenant.domainid,
    resourcetype: 0,
    max: 2,
  });
  const jane = cloud.as(tenant.keys);
  const third = {
    zoneid: cloud.zone.id,
    templateid: cloud.template.id,
    serviceofferingid: cloud.offering.id,
    name: 'three',
  };
  assert.match((await refusal(jane.make('deployVirtualMachine', third))).text, /user_vm.*limit 2, used 2/);
});

test('a password is set while stopped, and read back with the SSH key', async () => {
  const jane = cloud.as(tenant.keys);
  await jane.make('createSSHKeyPair', { name: 'k' });
  const [guest] = await jane.list('listVirtualMachines', { name: 'one' });
  assert.match(
    (await refusal(jane.make('resetSSHKeyForVirtualMachine', { id: guest!.id, keypair: 'k' }))).text,
    /Running/,
  );
  await jane.make('stopVirtualMachine', { id: guest!.id });
  const after = await jane.make('resetSSHKeyForVirtualMachine', { id: guest!.id, keypair: 'k' });
  assert.equal(after['keypairs'], 'k');
  assert.equal((await jane.make('startVirtualMachine', { id: guest!.id })).state, 'Running');
});

test('an image of the account goes with it', async () => {
  const [image] = await cloud.api.list('listTemplates', { templatefilter: 'self', id: cloud.template.id });
  const made = await cloud.as(tenant.keys).make('registerTemplate', {
    name: 'mine',
    displaytext: 'mine',
    url: String(image!['url']),
    zoneid: cloud.zone.id,
    format: String(image!['format']),
    hypervisor: String(image!['hypervisor']),
    ostypeid: String(image!['ostypeid']),
  });
  assert.ok(made);
});

test('a locked account is out at once and back when it is enabled', async () => {
  await cloud.api.make('disableAccount', { id: tenant.accountid, lock: true });
  assert.match((await refusal(cloud.as(tenant.keys).list('listZones'))).text, /unable to verify/);
  await cloud.api.make('enableAccount', { id: tenant.accountid });
  assert.ok((await cloud.as(tenant.keys).list('listZones')).length > 0);
});

test('the domain goes with all it owns, from guests to addresses', async () => {
  const owned = { listall: true, domainid: tenant.domainid, isrecursive: true };
  assert.ok((await cloud.api.list('listNetworks', owned)).length > 0);
  assert.match((await refusal(cloud.api.make('deleteDomain', { id: tenant.domainid }))).text, /cleanup=true/);
  await cloud.api.make('deleteDomain', { id: tenant.domainid, cleanup: true });
  assert.deepEqual(await cloud.api.list('listDomains', { name: 'acme' }), []);
  for (const command of [
    'listVirtualMachines',
    'listVolumes',
    'listNetworks',
    'listPublicIpAddresses',
    'listRouters',
    'listAccounts',
  ]) {
    const left = (await cloud.api.list(command, { listall: true })).filter(
      (thing) => thing['domainid'] === tenant.domainid,
    );
    assert.deepEqual(
      left.map((thing) => thing.name ?? thing.id),
      [],
      command,
    );
  }
  assert.deepEqual(await cloud.api.list('listTemplates', { templatefilter: 'all', name: 'mine' }), []);
  assert.match((await refusal(cloud.as(tenant.keys).list('listZones'))).text, /unable to verify/);
});
