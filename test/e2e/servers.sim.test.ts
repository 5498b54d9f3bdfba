// Three management servers behind a balancer: hosts are linked to one of them each and reached from all, servers come, go, die
// and sleep, and nobody who uses the cloud notices more than a moment.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from './environment.ts';
import { allLinked, holders, startServersCloud, type ServersCloud } from './servers.ts';

const HOSTS = 9;
let cloud: ServersCloud;
before(async () => {
  cloud = await startServersCloud({ names: ['s1', 's2', 's3'], hosts: HOSTS });
});
after(async () => {
  await cloud?.stop();
});

const deployment = (name: string): Record<string, string> => ({
  zoneid: cloud.zone.id,
  templateid: cloud.template.id,
  serviceofferingid: cloud.offering.id,
  name,
});

test('hosts spread over the servers by themselves, one link each', async () => {
  await until('every server holds its share', async () => {
    const held = await holders(cloud.api);
    return Object.keys(held).length === 3 && (await allLinked(cloud.api, HOSTS));
  });
});

test('any server deploys, stops and starts on any host', async () => {
  await Promise.all(
    Array.from({ length: 12 }, (_, n) => cloud.servers[n % 3]!.api.make('deployVirtualMachine', deployment(`vm-${n}`))),
  );
  const guests = await cloud.api.list('listVirtualMachines', { listall: true, state: 'Running' });
  assert.equal(guests.length, 12);
  assert.ok(new Set(guests.map((guest) => guest['hostname'])).size > 1);
});
