// For tests: one router that uses everything a spec can say. Not part of the product.
import { routerSpec } from '#protocol/messages.ts';
import type { RouterSpec } from '#protocol/messages.ts';

export const everything = (): RouterSpec => routerSpec.parse({
  id: '0f7c1d52-9f3a-4f7e-9d53-0c5a9d1f2b3c', name: 'r-12-vm', generation: 7,
  guest: {
    vni: 1001, mtu: 1450, address: '10.1.1.1', prefix: 24, mac: '02:00:00:00:01:01', domain: 'cs1.internal', nameServers: ['9.9.9.9', '1.1.1.1'],
    hosts: [
      { mac: '52:54:00:00:01:10', ip: '10.1.1.10', name: 'web', defaultRoute: true, metadata: { 'instance-id': 'i-10', 'public-keys': 'ssh-ed25519 AAAA' }, userData: 'aGVsbG8=', password: { id: 'p-1', value: 's3cret' } },
      { mac: '52:54:00:00:01:11', ip: '10.1.1.11', name: 'db', defaultRoute: false, metadata: {}, userData: null, password: null },
    ],
  },
  public: {
    bridge: 'pub0', gateway: '203.0.113.1',
    addresses: [
      { ip: '203.0.113.10', prefix: 24, mac: '06:00:00:00:01:10', sourceNat: true },
      { ip: '203.0.113.11', prefix: 24, mac: '06:00:00:00:01:11', sourceNat: false },
      { ip: '198.51.100.20', prefix: 28, mac: '06:00:00:00:01:12', sourceNat: false },
    ],
  },
  firewall: [
    { publicIp: '203.0.113.10', protocol: 'tcp', ports: { start: 22, end: 22 }, sourceCidrs: ['192.0.2.0/24', '192.0.2.128/25', '198.51.100.7/32'] },
    { publicIp: '203.0.113.10', protocol: 'tcp', ports: { start: 8000, end: 8002 }, sourceCidrs: ['0.0.0.0/0'] },
    { publicIp: '203.0.113.10', protocol: 'udp', sourceCidrs: [] },
    { publicIp: '203.0.113.11', protocol: 'icmp', icmpType: 8, icmpCode: 0, sourceCidrs: ['0.0.0.0/0', '10.0.0.0/8'] },
    { publicIp: '203.0.113.11', protocol: 'icmp', icmpType: 3, icmpCode: -1, sourceCidrs: [] },
    { publicIp: '203.0.113.11', protocol: 'icmp', icmpType: -1, icmpCode: -1, sourceCidrs: ['192.0.2.9/24'] },
    { publicIp: '198.51.100.20', protocol: 'all', sourceCidrs: ['192.0.2.0/24'] },
  ],
  egress: {
    defaultAllow: false,
    rules: [
      { protocol: 'tcp', ports: { start: 443, end: 443 }, sourceCidrs: ['10.1.1.0/25'], destinationCidrs: ['198.51.100.0/24'] },
      { protocol: 'udp', ports: { start: 53, end: 53 }, sourceCidrs: [], destinationCidrs: [] },
      { protocol: 'all', sourceCidrs: ['10.1.1.11/32'], destinationCidrs: ['0.0.0.0/0'] },
    ],
  },
  portForwards: [
    { publicIp: '203.0.113.10', protocol: 'tcp', publicPorts: { start: 2222, end: 2222 }, guestIp: '10.1.1.10', guestPorts: { start: 22, end: 22 } },
    { publicIp: '203.0.113.10', protocol: 'tcp', publicPorts: { start: 8000, end: 8002 }, guestIp: '10.1.1.10', guestPorts: { start: 9000, end: 9002 } },
    { publicIp: '203.0.113.10', protocol: 'udp', publicPorts: { start: 5000, end: 5010 }, guestIp: '10.1.1.11', guestPorts: { start: 5000, end: 5010 } },
    { publicIp: '203.0.113.10', protocol: 'tcp', publicPorts: { start: 7000, end: 7009 }, guestIp: '10.1.1.11', guestPorts: { start: 70, end: 70 } },
  ],
  staticNats: [{ publicIp: '203.0.113.11', guestIp: '10.1.1.11' }],
});
