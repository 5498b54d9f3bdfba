// Small pure pieces of a router: address arithmetic, names, checks, interfaces, reading /proc.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouterSpec } from '#protocol/messages.ts';
import { cablesOf, laying } from './cables.ts';
import { checkSpec } from './check-spec.ts';
import { listingDifferences } from './examine.ts';
import { distinct, netmaskOf, networkOf, rangeOf, toIp, toNumber } from './ipv4.ts';
import { namesOf, suffixFor } from './names.ts';
import { cableDifferences, defaultRoute, insideDifferences, isForwarding, localAddresses } from './observe.ts';
import { everything } from './sample.ts';

test('address arithmetic', () => {
  assert.equal(toIp(toNumber('255.254.0.1')), '255.254.0.1');
  assert.equal(networkOf('10.1.1.77', 26), '10.1.1.64/26');
  assert.deepEqual(
    [netmaskOf(0), netmaskOf(24), netmaskOf(30), netmaskOf(32)],
    ['0.0.0.0', '255.255.255.0', '255.255.255.252', '255.255.255.255'],
  );
  assert.deepEqual(rangeOf('0.0.0.0/0'), { first: 0, last: 2 ** 32 - 1 });
  assert.deepEqual(distinct(['10.0.0.5/8', '10.1.0.0/16', '9.0.0.0/8', '10.0.0.0/8', '11.0.0.0/32']), [
    '9.0.0.0/8',
    '10.0.0.0/8',
    '11.0.0.0/32',
  ]);
});

test("a name is as short as it can be and never another router's", () => {
  const id = '0f7c1d52-9f3a-4f7e-9d53-0c5a9d1f2b3c';
  assert.equal(suffixFor(id, new Set()), '0f7c1d52');
  assert.equal(suffixFor(id, new Set(['0f7c1d52'])), '0f7c1d529');
  for (const name of Object.values(namesOf(id.replaceAll('-', '').slice(0, 11)))) assert.ok(name.length <= 15);
  assert.throws(() => suffixFor(id, { has: () => true } as unknown as Set<string>), /no free name/);
});

test('a spec is refused in words when it could not be rendered', () => {
  assert.doesNotThrow(() => checkSpec(everything()));
  const refused = (change: (spec: RouterSpec) => void, message: RegExp): void => {
    const spec = everything();
    change(spec);
    assert.throws(
      () => checkSpec(spec),
      (error: Error & { code?: string }) => error.code === 'invalid' && message.test(error.message),
    );
  };
  refused((s) => {
    s.guest.domain = 'x\nserver=6.6.6.6';
  }, /guest\.domain "x\\nserver/);
  refused((s) => {
    s.guest.hosts[0]!.ip = '10.2.0.1';
  }, /10\.2\.0\.1 of web lies outside 10\.1\.1\.0\/24/);
  refused((s) => {
    s.guest.hosts[0]!.ip = '10.1.1.1';
  }, /gateway's own/);
  refused((s) => {
    s.guest.hosts[1]!.ip = '10.1.1.10';
  }, /given twice/);
  refused((s) => {
    s.firewall[0]!.publicIp = '203.0.113.99';
  }, /firewall: 203\.0\.113\.99 is none of/);
  refused((s) => {
    s.public!.addresses[1]!.sourceNat = true;
  }, /more than one has sourceNat/);
  refused((s) => {
    s.public!.addresses = [];
  }, /public\.addresses is empty/);
  refused((s) => {
    s.firewall[0]!.ports = { start: 5, end: 4 };
  }, /end at 4, before 5/);
  refused((s) => {
    s.portForwards[1]!.guestPorts = { start: 1, end: 2 };
  }, /both ranges must have one length/);
  refused((s) => {
    s.staticNats.push({ publicIp: '203.0.113.10', guestIp: '10.1.1.11' });
  }, /staticNats: guest address 10\.1\.1\.11 is given twice/);
});

const names = namesOf('0f7c1d52');
const wanted = cablesOf(everything(), names, () => 1500);
const bridge = (ifname: string) => ({ ifname, flags: ['UP'], mtu: 1500 });

test('a new router gets its namespace, cables, addresses and route', () => {
  const laid = laying(wanted, names, [bridge('br1001'), bridge('pub0')], null);
  assert.deepEqual(laid.outside, [
    'netns add nr-0f7c1d52',
    'link add nrg-0f7c1d52 mtu 1450 type veth peer name eth0 address 02:00:00:00:01:01 mtu 1450 netns nr-0f7c1d52',
    'link set nrg-0f7c1d52 mtu 1450 master br1001 up',
    'link add nrp-0f7c1d52 mtu 1500 type veth peer name eth2 address 06:00:00:00:01:10 mtu 1500 netns nr-0f7c1d52',
    'link set nrp-0f7c1d52 mtu 1500 master pub0 up',
  ]);
  assert.deepEqual(laid.inside, [
    'link set lo up',
    'address add 10.1.1.1/24 dev eth0',
    'link set eth0 up',
    'address add 203.0.113.10/24 dev eth2',
    'address add 203.0.113.11/24 dev eth2',
    'address add 198.51.100.20/28 dev eth2',
    'link set eth2 up',
    'route replace default via 203.0.113.1 dev eth2 onlink src 203.0.113.10',
  ]);
  assert.deepEqual([laid.announced, laid.renewed], [['203.0.113.10', '203.0.113.11', '198.51.100.20'], true]);
});

const up = ['UP', 'LOWER_UP'];
const inet = (local: string, prefixlen: number) => ({ family: 'inet', local, prefixlen });
const host = [
  { ifname: 'nrg-0f7c1d52', flags: up, mtu: 1450, master: 'br1001' },
  { ifname: 'nrp-0f7c1d52', flags: up, mtu: 1500, master: 'pub0' },
];
const within = [
  { ifname: 'eth0', flags: up, mtu: 1450, address: '02:00:00:00:01:01', addr_info: [inet('10.1.1.1', 24)] },
  {
    ifname: 'eth2',
    flags: up,
    mtu: 1500,
    address: '06:00:00:00:01:10',
    addr_info: [inet('203.0.113.10', 24), inet('203.0.113.99', 24)],
  },
];

test('of an existing one only what differs is changed', () => {
  const laid = laying(wanted, names, host, within);
  assert.deepEqual([laid.clearing, laid.outside, laid.renewed], [[], [], false]);
  assert.deepEqual(
    laid.inside.filter((line) => line.startsWith('address')),
    [
      'address add 203.0.113.11/24 dev eth2',
      'address add 198.51.100.20/28 dev eth2',
      'address delete 203.0.113.99/24 dev eth2',
    ],
  );
  const alone = laying(
    cablesOf({ ...everything(), public: null }, names, () => 1500),
    names,
    host,
    within,
  );
  assert.deepEqual(alone.outside, ['link delete nrp-0f7c1d52']);
  assert.deepEqual(laying(wanted, names, [host[0]!], within).clearing, ['link delete eth2']);
});

const TRIE = `Local:
  +-- 0.0.0.0/0 3 0 5
     |-- 10.1.1.1
        /32 host LOCAL
     |-- 10.1.1.255
        /32 link BROADCAST
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 203.0.113.10
        /32 host LOCAL
`;
const ROUTES = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth2\t00000000\t017100CB\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t0001010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;

test("the kernel's own files tell what is inside", () => {
  assert.deepEqual([...localAddresses(TRIE)], ['10.1.1.1', '203.0.113.10']);
  assert.equal(defaultRoute(ROUTES), '203.0.113.1 eth2');
  assert.equal(defaultRoute(ROUTES.split('\n').toSpliced(1, 1).join('\n')), null);
  assert.deepEqual(
    [isForwarding('Ip: Forwarding Def\nIp: 1 64 0\n'), isForwarding('Ip: Forwarding Def\nIp: 2 64 0\n')],
    [true, false],
  );
});

test('differences are told in words', () => {
  const inside = {
    addresses: new Set(['10.1.1.1', '203.0.113.10', '203.0.113.11', '198.51.100.20']),
    route: '203.0.113.1 eth2',
    forwards: true,
  };
  assert.deepEqual(insideDifferences(everything(), inside), []);
  assert.deepEqual(
    insideDifferences(everything(), {
      addresses: new Set(['10.1.1.1', '203.0.113.10', '203.0.113.11', '1.2.3.4']),
      route: null,
      forwards: false,
    }),
    ['address 198.51.100.20 missing', 'unexpected address 1.2.3.4', 'default route missing', 'forwarding was off'],
  );
  assert.deepEqual(cableDifferences(wanted, names, host), []);
  assert.deepEqual(cableDifferences(wanted, names, [{ ...host[0]!, master: 'br9' }]), [
    'eth0 was not on bridge br1001',
    'eth2 had no cable',
  ]);
  assert.deepEqual(listingDifferences('a\nb\n', 'a\nb\n'), []);
  assert.deepEqual(listingDifferences('a\nb\nb\n', 'a\nc\nb\n'), ['nft rule missing: b', 'unexpected nft rule: c']);
  assert.deepEqual(listingDifferences('a\nb\n', 'b\na\n'), ['nft rules out of order']);
  assert.deepEqual(listingDifferences('a\n', ''), ['nft table missing']);
});
