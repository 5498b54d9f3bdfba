// The pure half of host networking: guards as nftables text, device and flood changes, rate limits.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NicSpec } from '#protocol/messages.ts';
import { antiSpoof, forget } from './anti-spoof.ts';
import { bridgeOf, queueOf, vxlanOf } from './interface-names.ts';
import { deviceChanges, floodChanges, generationOf } from './network.ts';
import { limit, unlimited } from './rate-limit.ts';

const nic: NicSpec = {
  nicId: '00000000-0000-4000-8000-000000000001',
  vni: 1001,
  tap: 'tap-1',
  mac: '52:54:00:00:01:10',
  ip: '10.1.1.10',
  secondaryIps: ['10.1.1.200'],
  mtu: 1450,
  device: 0,
  rateMbps: null,
};
const BASE = `add table bridge nephos
add map bridge nephos taps { type ifname : verdict; }
add set bridge nephos ports { type ifname; }
add chain bridge nephos from_guests { type filter hook prerouting priority -300; policy accept; }
flush chain bridge nephos from_guests
add rule bridge nephos from_guests iifname vmap @taps
add chain bridge nephos to_host { type filter hook input priority -300; policy accept; }
flush chain bridge nephos to_host
add rule bridge nephos to_host iifname @ports drop
add rule bridge nephos to_host iifname "nrg-*" drop
`;

test('a card with addresses may speak as these and nothing else', () => {
  assert.equal(
    antiSpoof([nic]),
    `${BASE}add chain bridge nephos tap_tap-1
flush chain bridge nephos tap_tap-1
add rule bridge nephos tap_tap-1 ether saddr != 52:54:00:00:01:10 counter drop
add rule bridge nephos tap_tap-1 ether type arp arp saddr ether != 52:54:00:00:01:10 counter drop
add rule bridge nephos tap_tap-1 ether type arp arp saddr ip { 0.0.0.0, 10.1.1.10, 10.1.1.200 } accept
add rule bridge nephos tap_tap-1 ether type ip udp sport 67 udp dport 68 counter drop
add rule bridge nephos tap_tap-1 ether type ip ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept
add rule bridge nephos tap_tap-1 ether type ip ip saddr { 10.1.1.10, 10.1.1.200 } accept
add rule bridge nephos tap_tap-1 counter drop
add element bridge nephos taps { "tap-1" : goto tap_tap-1 }
add element bridge nephos ports { "tap-1" }
`,
  );
});

test('a card without an address is held to its MAC only', () => {
  const rules = antiSpoof([{ ...nic, ip: null }])
    .split('\n')
    .filter((line) => line.startsWith('add rule bridge nephos tap_'));
  assert.deepEqual(
    rules.map((line) => line.split(' ').slice(5).join(' ')),
    [
      'ether saddr != 52:54:00:00:01:10 counter drop',
      'ether type arp arp saddr ether != 52:54:00:00:01:10 counter drop',
    ],
  );
});

test('forgetting a card leaves the table and the others', () => {
  assert.equal(
    forget('tap-1'),
    `${BASE}add chain bridge nephos tap_tap-1
add element bridge nephos taps { "tap-1" : goto tap_tap-1 }
delete element bridge nephos taps { "tap-1" : goto tap_tap-1 }
flush chain bridge nephos tap_tap-1
delete chain bridge nephos tap_tap-1
add element bridge nephos ports { "tap-1" }
delete element bridge nephos ports { "tap-1" }
`,
  );
});

test('names fit the kernel', () => {
  for (const name of [bridgeOf(16_777_215), vxlanOf(16_777_215), queueOf('tap-123456789ab')])
    assert.ok(name.length <= 15, name);
  assert.notEqual(queueOf('tap-1'), queueOf('tap-2'));
});

test('a network is made once, and its VXLAN device anew when the underlay address changed', () => {
  const spec = { vni: 7, mtu: 1450, peers: [], generation: 1 };
  assert.deepEqual(deviceChanges(spec, '10.99.0.1', []), [
    'link add br7 type bridge stp_state 0 forward_delay 0 mcast_snooping 0',
    'link add vx7 type vxlan id 7 dstport 4789 local 10.99.0.1 ttl 64',
    'link set vx7 mtu 1450 master br7',
    'link set br7 mtu 1450 arp off',
  ]);
  const present = [
    { ifname: 'br7', flags: [], mtu: 1450 },
    { ifname: 'vx7', flags: [], mtu: 1450, linkinfo: { info_data: { id: 7, local: '10.99.0.1' } } },
  ];
  assert.deepEqual(deviceChanges(spec, '10.99.0.1', present), [
    'link set vx7 mtu 1450 master br7',
    'link set br7 mtu 1450 arp off',
  ]);
  assert.deepEqual(deviceChanges(spec, '10.99.0.2', present).slice(0, 2), [
    'link delete vx7',
    'link add vx7 type vxlan id 7 dstport 4789 local 10.99.0.2 ttl 64',
  ]);
});

test('the flood list becomes the peers, touching nothing else', () => {
  const entries = [
    { mac: '00:00:00:00:00:00', dst: '10.99.0.2' },
    { mac: '52:54:00:00:00:01', dst: '10.99.0.2' },
    { mac: '26:cd:9a:64:d9:7e' },
  ];
  assert.deepEqual(floodChanges(7, ['10.99.0.3'], entries), [
    'fdb append 00:00:00:00:00:00 dev vx7 dst 10.99.0.3',
    'fdb delete 00:00:00:00:00:00 dev vx7 dst 10.99.0.2',
  ]);
  assert.deepEqual(floodChanges(7, ['10.99.0.2'], entries), []);
});

test('the generation lives in the alias', () => {
  assert.equal(generationOf({ ifalias: 'nephos generation 12' }), 12);
  assert.equal(generationOf({ ifalias: 'uplink' }), -1);
  assert.equal(generationOf(undefined), -1);
});

test('a rate holds both ways and can be taken off', () => {
  const queue = queueOf('tap-1');
  assert.deepEqual(limit('tap-1', 200, { hasQueue: false, hasIngress: false }), {
    ip: [`link add ${queue} type ifb`, `link set ${queue} up`],
    tc: [
      'qdisc replace dev tap-1 root handle 1: tbf rate 200mbit burst 250kb limit 2750kb',
      `qdisc replace dev ${queue} root handle 1: tbf rate 200mbit burst 250kb limit 2750kb`,
      'qdisc add dev tap-1 handle ffff: ingress',
      `filter add dev tap-1 parent ffff: protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev ${queue}`,
    ],
  });
  assert.match(
    limit('tap-1', 1, { hasQueue: true, hasIngress: true }).tc[0]!,
    /burst 128kb limit 192kb$/,
    'a whole 64 KiB segment fits the bucket',
  );
  assert.equal(limit('tap-1', 20, { hasQueue: true, hasIngress: true }).tc.length, 2);
  assert.deepEqual(unlimited('tap-1', { hasQueue: true, hasIngress: true, hasRoot: true }), {
    ip: [`link delete ${queue}`],
    tc: ['qdisc delete dev tap-1 root', 'qdisc delete dev tap-1 ingress'],
  });
});
