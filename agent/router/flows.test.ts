// Which connections a spec would no longer admit, read from what conntrack prints.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admitted, deletions, parseFlows } from './flows.ts';
import { everything } from './sample.ts';

const PRINTED = `tcp      6 431999 ESTABLISHED src=192.0.2.5 dst=203.0.113.10 sport=40000 dport=2222 packets=3 bytes=180 src=10.1.1.10 dst=192.0.2.5 sport=22 dport=40000 packets=2 bytes=120 [ASSURED] mark=0 use=1
tcp      6 431999 ESTABLISHED src=192.0.2.5 dst=203.0.113.10 sport=40001 dport=8001 src=10.1.1.10 dst=192.0.2.5 sport=9001 dport=40001 [ASSURED] mark=0 use=1
udp      17 29 src=10.1.1.10 dst=9.9.9.9 sport=5353 dport=53 [UNREPLIED] src=9.9.9.9 dst=203.0.113.10 sport=53 dport=5353 mark=0 use=1
icmp     1 29 src=192.0.2.7 dst=203.0.113.11 type=8 code=0 id=77 src=10.1.1.11 dst=192.0.2.7 type=0 code=0 id=77 mark=0 use=1
unknown  47 500 src=10.1.1.11 dst=198.51.100.9 src=198.51.100.9 dst=203.0.113.11 mark=0 use=1
conntrack v1.4.7 (conntrack-tools): 5 flow entries have been shown.
`;
const [ssh, web, dns, ping, gre] = parseFlows(PRINTED);

test('connections are read as conntrack prints them', () => {
  assert.equal(parseFlows(PRINTED).length, 5);
  assert.deepEqual(ssh, {
    protocol: 'tcp',
    src: '192.0.2.5',
    dst: '203.0.113.10',
    sport: 40000,
    dport: 2222,
    icmp: undefined,
    reply: { src: '10.1.1.10', dst: '192.0.2.5', sport: 22, dport: 40000 },
  });
  assert.deepEqual(ping!.icmp, { type: 8, code: 0, id: 77 });
});

test('what the rules admit stays', () => {
  const spec = everything();
  spec.firewall.push({
    publicIp: '203.0.113.10',
    protocol: 'tcp',
    ports: { start: 2222, end: 2222 },
    sourceCidrs: ['192.0.2.0/24'],
  });
  const admits = admitted(spec);
  for (const flow of [ssh, web, dns, ping, gre]) assert.equal(admits(flow!), true, JSON.stringify(flow));
});

test('without its firewall rule, or from elsewhere, a connection is refused', () => {
  assert.equal(admitted(everything())(ssh!), false);
  const spec = everything();
  spec.firewall.push({
    publicIp: '203.0.113.10',
    protocol: 'tcp',
    ports: { start: 2222, end: 2222 },
    sourceCidrs: ['198.51.100.0/24'],
  });
  assert.equal(admitted(spec)(ssh!), false);
});

test('a changed translation ends what went the old way', () => {
  const spec = everything();
  spec.portForwards[1]!.guestPorts = { start: 9100, end: 9102 };
  assert.equal(admitted(spec)(web!), false);
  spec.portForwards.splice(1, 1);
  assert.equal(admitted(spec)(web!), false);
  spec.staticNats = [];
  assert.equal(admitted(spec)(ping!), false);
  assert.equal(admitted(spec)(gre!), false, 'it left under an address that is no longer its own');
});

test('egress follows its rules and its default', () => {
  const spec = everything();
  spec.egress.rules.splice(1, 1);
  assert.equal(admitted(spec)(dns!), false);
  assert.equal(admitted({ ...spec, egress: { defaultAllow: true, rules: [] } })(dns!), true);
  const denied = {
    ...spec,
    egress: {
      defaultAllow: true,
      rules: [
        { protocol: 'udp' as const, ports: { start: 53, end: 53 }, sourceCidrs: [], destinationCidrs: ['9.9.9.0/24'] },
      ],
    },
  };
  assert.equal(admitted(denied)(dns!), false);
});

test('a released public address keeps no connection, the router itself keeps its own', () => {
  const spec = everything();
  spec.public!.addresses = [{ ip: '203.0.113.50', prefix: 24, mac: '06:00:00:00:01:10', sourceNat: true }];
  spec.firewall = [];
  for (const flow of [ssh, web, dns, ping]) assert.equal(admitted(spec)(flow!), false);
  const own = {
    protocol: 'udp',
    src: '203.0.113.50',
    dst: '9.9.9.9',
    sport: 1,
    dport: 53,
    reply: { src: '9.9.9.9', dst: '203.0.113.50', sport: 53, dport: 1 },
  };
  assert.equal(admitted(spec)(own), true);
  const asked = {
    protocol: 'udp',
    src: '10.1.1.10',
    dst: '10.1.1.1',
    sport: 1,
    dport: 53,
    reply: { src: '10.1.1.1', dst: '10.1.1.10', sport: 53, dport: 1 },
  };
  assert.equal(admitted(spec)(asked), true);
});

test('deletions name whole groups where all of a group is dead, and nothing that lives', () => {
  const flows = parseFlows(PRINTED);
  assert.deepEqual(
    deletions(flows, () => false),
    [],
  );
  assert.deepEqual(
    deletions(flows, (flow) => flow === flows[0]),
    [['-d', '203.0.113.10', '-p', 'tcp', '--dport', '2222']],
  );
  assert.deepEqual(
    deletions(flows, (flow) => flow.dst === '203.0.113.10'),
    [['-d', '203.0.113.10']],
  );
  const twins = [flows[0]!, { ...flows[0]!, sport: 40009 }];
  assert.deepEqual(
    deletions(twins, (flow) => flow.sport === 40009),
    [['-s', '192.0.2.5', '-d', '203.0.113.10', '-p', 'tcp', '--sport', '40009', '--dport', '2222']],
  );
  assert.deepEqual(
    deletions([flows[3]!, { ...flows[3]!, icmp: { type: 8, code: 0, id: 78 } }], (flow) => flow.icmp!.id === 77),
    [
      [
        '-s',
        '192.0.2.7',
        '-d',
        '203.0.113.11',
        '-p',
        'icmp',
        '--icmp-type',
        '8',
        '--icmp-code',
        '0',
        '--icmp-id',
        '77',
      ],
    ],
  );
});
