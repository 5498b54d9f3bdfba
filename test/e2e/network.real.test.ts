// A tenant's network with real packets: two guests on two hosts behind one router, reached from outside as the rules say, within
// two seconds of saying so; and nothing left of it afterwards.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Thing } from '#tools/cloud/api.ts';
import { startTestCloud, until, type TestCloud } from './environment.ts';

const RULE_WITHIN_MS = 2_000;
const BOOT_WITHIN_MS = 240_000;

describe('a network with real packets', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  let cloud: TestCloud;
  let [a, b]: Thing[] = [];
  let network: string;
  before(async () => {
    cloud = await startTestCloud({ mode: 'kvm', hosts: 2 });
    const hosts = (await cloud.api.list('listHosts', { type: 'Routing' })).toSorted((one, other) =>
      String(one.name).localeCompare(String(other.name)),
    );
    assert.equal(hosts.length, 2);
    const guest = (name: string, hostid: string): Promise<Thing> =>
      cloud.api.make('deployVirtualMachine', {
        zoneid: cloud.zone.id,
        templateid: cloud.template.id,
        serviceofferingid: cloud.offering.id,
        name,
        hostid,
      });
    a = await guest('near', hosts[0]!.id);
    b = await guest('far', hosts[1]!.id);
    network = (a['nic'] as Thing[])[0]!['networkid'] as string;
  });
  after(async () => {
    await cloud?.stop();
  });

  const page = async (ip: string, port = 80, timeoutMs = 1_000): Promise<string> =>
    (await fetch(`http://${ip}:${port}/`, { signal: AbortSignal.timeout(timeoutMs) })).text();
  const shows = (ip: string, port: number, name: string, withinMs: number): Promise<unknown> =>
    until(`${ip}:${port} shows ${name}`, async () => (await page(ip, port).catch(() => '')).includes(name), withinMs);
  const silent = (ip: string, port: number): Promise<unknown> =>
    until(
      `${ip}:${port} is silent`,
      () =>
        page(ip, port, 300).then(
          () => false,
          () => true,
        ),
      RULE_WITHIN_MS,
    );
  const address = (): Promise<Thing> => cloud.api.make('associateIpAddress', { networkid: network });

  test('both are in one network, on different hosts', () => {
    assert.equal((b!['nic'] as Thing[])[0]!['networkid'], network);
    assert.notEqual(a!['hostid'], b!['hostid']);
  });

  test('forwarded ports lead to either guest, over the hosts too, and close at once', async () => {
    const ip = await address();
    const at = ip['ipaddress'] as string;
    const forward = (publicport: number, guest: Thing): Promise<Thing> =>
      cloud.api.make('createPortForwardingRule', {
        ipaddressid: ip.id,
        protocol: 'tcp',
        publicport,
        privateport: 80,
        virtualmachineid: guest.id,
      });
    await forward(80, a!);
    const rule = await forward(8080, b!);
    await shows(at, 80, 'near', BOOT_WITHIN_MS);
    await shows(at, 8080, 'far', BOOT_WITHIN_MS);
    await cloud.api.make('deletePortForwardingRule', { id: rule.id });
    await silent(at, 8080);
    await forward(8080, b!);
    await shows(at, 8080, 'far', RULE_WITHIN_MS);
  });

  test('static NAT: shut until the firewall lets in, and only from where it says', async () => {
    const ip = await address();
    const at = ip['ipaddress'] as string;
    await cloud.api.make('enableStaticNat', { ipaddressid: ip.id, virtualmachineid: b!.id });
    await silent(at, 80);
    const elsewhere = await cloud.api.make('createFirewallRule', {
      ipaddressid: ip.id,
      protocol: 'tcp',
      startport: 80,
      endport: 80,
      cidrlist: '192.0.2.0/24',
    });
    await silent(at, 80);
    await cloud.api.make('createFirewallRule', { ipaddressid: ip.id, protocol: 'tcp', startport: 80, endport: 80 });
    await shows(at, 80, 'far', RULE_WITHIN_MS);
    await cloud.api.make('deleteFirewallRule', { id: elsewhere.id });
    await cloud.api.make('disableStaticNat', { ipaddressid: ip.id });
    await silent(at, 80);
  });

  test('a router that was stopped answers no more, one made anew answers as before', async () => {
    const [rule] = await cloud.api.list('listPortForwardingRules', { networkid: network });
    const at = rule!['ipaddress'] as string;
    const [router] = await cloud.api.list('listRouters', { networkid: network, listall: true });
    await cloud.api.make('stopRouter', { id: router!.id });
    await silent(at, 80);
    await cloud.api.make('startRouter', { id: router!.id });
    await shows(at, 80, 'near', RULE_WITHIN_MS);
    await cloud.api.make('restartNetwork', { id: network, cleanup: true });
    await shows(at, 80, 'near', RULE_WITHIN_MS);
    await shows(at, 8080, 'far', RULE_WITHIN_MS);
  });

  test('everything is given back', async () => {
    for (const guest of [a!, b!]) await cloud.api.make('destroyVirtualMachine', { id: guest.id, expunge: true });
    await cloud.api.make('deleteNetwork', { id: network });
    assert.deepEqual(await cloud.api.list('listNetworks', { listall: true }), []);
    assert.deepEqual(await cloud.api.list('listRouters', { listall: true }), []);
    assert.deepEqual(await cloud.api.list('listPublicIpAddresses', { listall: true }), []);
  });
});
