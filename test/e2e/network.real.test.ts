// A tenant's network with real packets: two guests on two hosts behind one router, reached from outside as the rules say, within
// two seconds of saying so; and nothing left of it afterwards.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { enterHost, type Lab } from '#agent/lab/lab.ts';
import type { Db } from '#kernel/db.ts';
import type { Thing } from '#tools/cloud/api.ts';
import { startTestCloud, until, type TestCloud } from './environment.ts';
import { labOf } from './inside.ts';
import { nothingIsLeft, openRows, takeStock, type Stock } from './stock.ts';

/** A rule is promised to hold within two seconds of asking for it; what it took is printed, and a busy machine is waited for. */
const RULE_WITHIN_MS = 30_000;
const CONNECT_WITHIN_MS = 700;
const BOOT_WITHIN_MS = 240_000;
const REPAIRED_WITHIN_MS = 10_000;

// Runs once, in the first guest: keeps a file, and shows on the guest's own page what it sees of the world, over and over.
const WATCHER = `#!/bin/sh
echo said by the user data
echo kept > /www/kept
(while :; do
  ip=$(timeout 1 wget -q -O - http://hello.internet.test/ip 2> /dev/null)
  case "$ip" in [0-9]*.[0-9]*) ;; *) ip=nothing ;; esac
  echo "$ip" > /www/leaves.new; mv /www/leaves.new /www/leaves
  usleep 100000
done) > /dev/null 2>&1 &
(while :; do
  { timeout 5 ping -c 1 -W 2 far | head -n 1; timeout 5 wget -q -O - http://far/cgi-bin/info; } > /www/named.new
  mv /www/named.new /www/named
  sleep 1
done) > /dev/null 2>&1 &
`;

/** Whether somebody takes a connection there; a guest that is slow to answer has taken it long before. */
const connects = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_WITHIN_MS });
    const end = (taken: boolean): void => {
      socket.destroy();
      resolve(taken);
    };
    socket.once('connect', () => end(true)).once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });

describe('a network with real packets', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  let cloud: TestCloud;
  let [a, b]: Thing[] = [];
  let network: string;
  let db: Db;
  let lab: Lab;
  let empty: Stock;
  let readyAt: { uptimeS: number; ms: number };
  before(async () => {
    cloud = await startTestCloud({ mode: 'kvm', hosts: 2 });
    lab = await labOf(cloud);
    db = await openRows(cloud);
    empty = await takeStock(cloud, db, lab);
    const hosts = (await cloud.api.list('listHosts', { type: 'Routing' })).toSorted((one, other) =>
      String(one.name).localeCompare(String(other.name)),
    );
    assert.equal(hosts.length, 2);
    const guest = (name: string, hostid: string, script = ''): Promise<Thing> =>
      cloud.api.make('deployVirtualMachine', {
        zoneid: cloud.zone.id,
        templateid: cloud.template.id,
        serviceofferingid: cloud.offering.id,
        name,
        hostid,
        ...(script ? { userdata: Buffer.from(script).toString('base64') } : {}),
      });
    a = await guest('near', hosts[0]!.id, WATCHER);
    b = await guest('far', hosts[1]!.id);
    network = (a['nic'] as Thing[])[0]!['networkid'] as string;
  });
  after(async () => {
    await db?.close();
    await cloud?.stop();
  });

  const read = async (url: string, timeoutMs = 1_000): Promise<string> => {
    const answer = await fetch(`http://${url}`, { signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
    return (await answer.text()).trim();
  };
  const page = (ip: string, port = 80, timeoutMs = 1_000): Promise<string> => read(`${ip}:${port}/`, timeoutMs);
  /** What the guest behind this address says of itself. */
  const facts = async (at: string): Promise<Map<string, string>> =>
    new Map(
      (await read(`${at}/cgi-bin/info`, 5_000))
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  const shows = (ip: string, port: number, name: string, withinMs: number): Promise<unknown> =>
    until(`${ip}:${port} shows ${name}`, async () => (await page(ip, port).catch(() => '')).includes(name), withinMs);
  const silent = (ip: string, port: number): Promise<unknown> =>
    until(`${ip}:${port} is silent`, async () => !(await connects(ip, port)), RULE_WITHIN_MS);
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

  /** The public address whose port 80 leads to the first guest. */
  const wayIn = async (): Promise<string> => {
    const rules = await cloud.api.list('listPortForwardingRules', { networkid: network });
    return String(rules.find((rule) => rule['publicport'] === '80')!['ipaddress']);
  };

  test('the guest has the address, gateway and name server that were reserved for it', async () => {
    const [nic] = a!['nic'] as Thing[];
    const said = await until('the guest is ready', async () => {
      const now = await facts(await wayIn());
      return now.get('ready') === 'yes' && now;
    });
    readyAt = { uptimeS: Number(said.get('uptime')), ms: performance.now() };
    assert.equal(said.get('hostname'), 'near');
    assert.equal(said.get('ip.eth0')?.split('/')[0], nic!['ipaddress']);
    assert.equal(said.get('mac.eth0'), nic!['macaddress']);
    assert.equal(said.get('default_route'), nic!['gateway']);
    assert.equal(said.get('resolv.nameserver'), nic!['gateway']);
  });

  test('it fetched its metadata, its password and its user data, and ran that', async () => {
    assert.match(String(a!['password']), /^\S{6,}$/);
    const said = await until('the script ended', async () => {
      const now = await facts(await wayIn());
      return now.get('userdata.status') === '0' && now;
    });
    assert.equal(said.get('metadata.local-hostname'), 'near');
    assert.ok([a!.id, a!['instancename']].includes(said.get('metadata.instance-id')), said.get('metadata.instance-id'));
    assert.equal(said.get('userdata.output'), 'said by the user data');
    assert.equal(said.get('password'), 'set');
  });

  test('its programs know the other by name, and read its page on the other host', async () => {
    const other = (b!['nic'] as Thing[])[0]!['ipaddress'] as string;
    const mine = (a!['nic'] as Thing[])[0]!['ipaddress'] as string;
    await until(`far is ${other} to ping and wget`, async () => {
      const named = await read(`${await wayIn()}/named`);
      return (
        named.includes(`PING far (${other})`) &&
        named.includes('hostname=far') &&
        named.includes(`peer=[::ffff:${mine}]`)
      );
    });
  });

  const leaves = (at: string, as: string, withinMs: number): Promise<unknown> =>
    until(
      `it reaches the Internet from ${as}`,
      async () => {
        assert.equal(await read(`${at}/leaves`), as);
        return true;
      },
      withinMs,
    );

  test('it reaches the Internet through source NAT, unless egress rules say otherwise, at once', async (t) => {
    const at = await wayIn();
    const [source] = await cloud.api.list('listPublicIpAddresses', { associatednetworkid: network, issourcenat: true });
    const from = source!['ipaddress'] as string;
    await silent(from, 80); // and is not reached through it
    // Where all may leave, a rule stops them; where none may, it lets them out.
    const [mine] = await cloud.api.list('listNetworks', { id: network });
    const [bare, ruled] = mine!['egressdefaultpolicy'] === true ? [from, 'nothing'] : ['nothing', from];
    await leaves(at, bare, 30_000);
    const measured = async (what: string, work: Promise<Thing>, as: string): Promise<Thing> => {
      const since = performance.now();
      const done = await work;
      const answered = performance.now() - since;
      await leaves(at, as, RULE_WITHIN_MS);
      const total = performance.now() - since;
      t.diagnostic(`${what}: done after ${answered.toFixed(0)} ms, seen by the guest after ${total.toFixed(0)} ms`);
      return done;
    };
    const rule = await measured(
      'an egress rule',
      cloud.api.make('createEgressFirewallRule', { networkid: network, protocol: 'all' }),
      ruled,
    );
    await measured('its removal', cloud.api.make('deleteEgressFirewallRule', { id: rule.id }), bare);
  });

  test('a forwarded port stays shut without a firewall rule, and shuts when it is deleted', async () => {
    const ip = await address();
    const at = ip['ipaddress'] as string;
    await silent(at, 8081);
    const rule = await cloud.api.make('createPortForwardingRule', {
      ipaddressid: ip.id,
      protocol: 'tcp',
      publicport: 8081,
      privateport: 80,
      virtualmachineid: a!.id,
      openfirewall: false,
    });
    await silent(at, 8081);
    const open = { ipaddressid: ip.id, protocol: 'tcp', startport: 8081, endport: 8081 };
    const wall = await cloud.api.make('createFirewallRule', open);
    await shows(at, 8081, 'near', RULE_WITHIN_MS);
    await cloud.api.make('deleteFirewallRule', { id: wall.id });
    await silent(at, 8081);
    await cloud.api.make('deletePortForwardingRule', { id: rule.id });
    await cloud.api.make('disassociateIpAddress', { id: ip.id });
  });

  /** The router's namespace and the words that run a command in it. */
  const insideRouter = (): string[] => {
    for (const host of lab.hosts) {
      const enter = enterHost(lab, host.index);
      const listed = execFileSync(enter[0]!, [...enter.slice(1), 'ip', 'netns', 'list'], { encoding: 'utf8' });
      const netns = /^nr-\S+/m.exec(listed)?.[0];
      if (netns) return [...enter, 'ip', 'netns', 'exec', netns];
    }
    return assert.fail('no host has a router');
  };

  test('a rule deleted by hand inside the router is back, and the log of events tells', async () => {
    const at = await wayIn();
    const within = insideRouter();
    const nft = (...words: string[]): string =>
      execFileSync(within[0]!, [...within.slice(1), 'nft', ...words], { encoding: 'utf8' });
    nft('flush', 'ruleset');
    assert.equal(nft('list', 'ruleset').trim(), '');
    await until(
      'the rules are back',
      () => Promise.resolve(nft('list', 'ruleset').includes('dnat')),
      REPAIRED_WITHIN_MS,
    );
    await shows(at, 80, 'near', RULE_WITHIN_MS);
    await until('there is an event', async () =>
      (await cloud.api.list('listEvents', { listall: true })).some((event) =>
        /repaired/.test(String(event['description'])),
      ),
    );
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

  test('its clock keeps time, however busy the machine is', async (t) => {
    const said = await facts(await wayIn());
    const [guestS, hereS] = [Number(said.get('uptime')) - readyAt.uptimeS, (performance.now() - readyAt.ms) / 1000];
    t.diagnostic(`${hereS.toFixed(1)} s here were ${guestS.toFixed(1)} s in the guest`);
    // What was late is the answer, by seconds; a clock that is wrong is wrong by its rate.
    assert.ok(guestS > hereS / 2 - 5 && guestS < hereS * 1.5 + 5);
  });

  test('stopped and started, it has its address and its disk', async () => {
    const at = await wayIn();
    const before = (await facts(at)).get('ip.eth0');
    await cloud.api.make('stopVirtualMachine', { id: a!.id });
    await silent(at, 80);
    await cloud.api.make('startVirtualMachine', { id: a!.id });
    const said = await until('it is back', () => facts(at), BOOT_WITHIN_MS);
    assert.equal(said.get('ip.eth0'), before);
    assert.equal(await read(`${at}/kept`), 'kept');
  });

  test('everything is given back', async () => {
    for (const guest of [a!, b!]) await cloud.api.make('destroyVirtualMachine', { id: guest.id, expunge: true });
    await cloud.api.make('deleteNetwork', { id: network });
    assert.deepEqual(await cloud.api.list('listNetworks', { listall: true }), []);
    assert.deepEqual(await cloud.api.list('listRouters', { listall: true }), []);
    assert.deepEqual(await cloud.api.list('listPublicIpAddresses', { listall: true }), []);
    await nothingIsLeft({ cloud, db, lab }, empty);
  });
});
