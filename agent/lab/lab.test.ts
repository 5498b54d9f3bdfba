// Names and addresses of a laboratory: worked out, checked, and never longer than the kernel allows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overlapping, planLab, rootManagement, rootPublic } from './names.ts';

const options = { dir: '/srv/labs', name: 'cloud', hosts: 2 };

test('every address follows from the name, the subnet and the public network', () => {
  const lab = planLab(options, 7);
  assert.equal(lab.dir, '/srv/labs/cloud');
  assert.deepEqual(
    lab.hosts.map((host) => [host.hostname, host.underlayIp, host.dir]),
    [
      ['cloud-h1', '10.99.7.1', '/srv/labs/cloud/h1'],
      ['cloud-h2', '10.99.7.2', '/srv/labs/cloud/h2'],
    ],
  );
  assert.deepEqual(
    [lab.managementIp, lab.publicCidr, lab.gatewayIp, lab.publicRootIp],
    ['10.99.7.254', '198.19.113.0/24', '198.19.113.1', '198.19.113.2'],
  );
  const other = planLab({ ...options, publicCidr: '198.51.100.77/26' }, 0);
  assert.deepEqual([other.publicCidr, other.gatewayIp], ['198.51.100.64/26', '198.51.100.65']);
});

test('what cannot become a laboratory is refused with what would', () => {
  for (const name of ['', 'toolong', 'Cloud', '1a', 'a-b', '../x', '-rf'])
    assert.throws(() => planLab({ ...options, name }, 0), /name is 1 to 6 of a-z/);
  for (const hosts of [0, 1.5, 201]) assert.throws(() => planLab({ ...options, hosts }, 0), /1 to 200 hosts/);
  for (const publicCidr of ['203.0.113.0', '203.0.113.0/30', '203.0.113.0/7', '1.2.3.999/24', 'fd00::/64'])
    assert.throws(() => planLab({ ...options, publicCidr }, 0), /public network is written like/);
});

test('interface names fit the kernel', () => {
  for (const name of [rootManagement('sixsix'), rootPublic('sixsix')]) assert.ok(name.length <= 15);
});

test('a public network that would hide one of the machine is found', () => {
  const interfaces = {
    lo: [{ family: 'IPv4', cidr: '127.0.0.1/8' }],
    eth0: [
      { family: 'IPv6', cidr: 'fd00::2/64' },
      { family: 'IPv4', cidr: '198.19.0.7/16' },
    ],
  };
  assert.equal(overlapping('198.19.113.0/24', interfaces), '198.19.0.7/16 (eth0)');
  assert.equal(overlapping('198.0.0.0/8', interfaces), '198.19.0.7/16 (eth0)');
  assert.equal(overlapping('203.0.113.0/24', interfaces), undefined);
});
