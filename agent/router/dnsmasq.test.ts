// dnsmasq's files as text, and which of their changes take a restart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dnsmasq, mustRestart } from './dnsmasq.ts';
import { matchesGolden } from './golden.ts';
import { everything } from './sample.ts';

const paths = {
  config: '/run/r/dnsmasq.conf',
  dhcpHosts: '/run/r/dhcp.hosts',
  dnsHosts: '/run/r/dns.hosts',
  pid: '/run/r/pid',
};

test('a router with everything', () => {
  const files = dnsmasq(everything(), paths);
  matchesGolden('dnsmasq.conf', files.config);
  matchesGolden('dhcp.hosts', files.dhcpHosts);
  matchesGolden('dns.hosts', files.dnsHosts);
});

test('no reservation carries a tag, which would crash dnsmasq on reload', () => {
  assert.doesNotMatch(dnsmasq(everything(), paths).dhcpHosts, /set:|tag:/);
});

test('without a domain none is offered and names stay short', () => {
  const spec = everything();
  spec.guest.domain = '';
  const files = dnsmasq(spec, paths);
  assert.doesNotMatch(files.config, /domain=|local=|domain-search/);
  assert.match(files.dnsHosts, /^10\.1\.1\.10 web$/m);
});

test('a guest cannot take the name of the data server', () => {
  const spec = everything();
  spec.guest.hosts[0]!.name = 'Data-Server';
  assert.deepEqual(
    dnsmasq(spec, paths)
      .dnsHosts.split('\n')
      .filter((line) => /data-server/i.test(line)).length,
    1,
  );
});

test('new guests are read on a signal; a changed or removed one, or another option, takes a restart', () => {
  const before = everything();
  const more = everything();
  more.guest.hosts.push({ ...more.guest.hosts[0]!, mac: '52:54:00:00:01:12', ip: '10.1.1.12', name: 'new' });
  const fewer = everything();
  fewer.guest.hosts.splice(0, 1);
  const moved = everything();
  moved.guest.hosts[0]!.ip = '10.1.1.20';
  const restart = (a: typeof before, b: typeof before): boolean => mustRestart(dnsmasq(a, paths), dnsmasq(b, paths));
  assert.equal(restart(before, before), false);
  assert.equal(restart(before, more), false);
  assert.equal(restart(more, before), true);
  assert.equal(restart(before, fewer), true);
  assert.equal(restart(before, moved), true);
  const routed = everything();
  routed.guest.hosts[1]!.defaultRoute = true;
  assert.equal(restart(before, routed), true);
});
