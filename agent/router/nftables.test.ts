// The packet policy as text, and which of its changes are mere additions. That it loads is proved in router.real.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouterSpec } from '#protocol/messages.ts';
import { matchesGolden } from './golden.ts';
import { additions, chainsOf, nftables } from './nftables.ts';
import { everything } from './sample.ts';

test('a router with everything', () => matchesGolden('everything.nft', nftables(chainsOf(everything()))));

test('a router without a public side forwards nothing and serves its guests', () => {
  const spec = {
    ...everything(),
    public: null,
    firewall: [],
    portForwards: [],
    staticNats: [],
    egress: { defaultAllow: true, rules: [] },
  };
  matchesGolden('private.nft', nftables(chainsOf(spec)));
});

const rulesOf = (spec: RouterSpec, name: string): string[] =>
  chainsOf(spec).find((chain) => chain.name === name)!.rules;

test('egress rules are exceptions from the default', () => {
  const verdicts = (defaultAllow: boolean): (string | undefined)[] => {
    const spec = { ...everything(), egress: { defaultAllow, rules: everything().egress.rules } };
    return [...rulesOf(spec, 'egress'), rulesOf(spec, 'forwarding').at(-2)!].map((rule) => rule.split(' ').at(-1));
  };
  assert.deepEqual(verdicts(true), ['drop', 'drop', 'drop', 'accept']);
  assert.deepEqual(verdicts(false), ['accept', 'accept', 'accept', 'drop']);
});

test('one more rule is added alone, wherever it stands in the spec', () => {
  const spec = everything();
  spec.firewall.unshift({
    publicIp: '203.0.113.10',
    protocol: 'tcp',
    ports: { start: 443, end: 443 },
    sourceCidrs: [],
  });
  spec.portForwards.splice(1, 0, {
    publicIp: '203.0.113.10',
    protocol: 'tcp',
    publicPorts: { start: 443, end: 443 },
    guestIp: '10.1.1.10',
    guestPorts: { start: 443, end: 443 },
  });
  assert.deepEqual(additions(chainsOf(everything()), chainsOf(spec)), {
    text: 'add rule inet nephos_router fw_203.0.113.10 tcp dport 443 accept\nadd rule inet nephos_router port_forwards ip daddr 203.0.113.10 tcp dport 443 dnat ip to 10.1.1.10\n',
    forbids: false,
  });
  assert.deepEqual(additions(chainsOf(spec), chainsOf(spec)), { text: '', forbids: false });
});

test('an added egress rule that forbids is told apart', () => {
  const allowing = (rules: RouterSpec['egress']['rules']): RouterSpec => ({
    ...everything(),
    egress: { defaultAllow: true, rules },
  });
  assert.equal(additions(chainsOf(allowing([])), chainsOf(allowing(everything().egress.rules)))?.forbids, true);
});

test('anything else takes a replacement', () => {
  const before = chainsOf(everything());
  const changed = (change: (spec: RouterSpec) => void): unknown => {
    const spec = everything();
    change(spec);
    return additions(before, chainsOf(spec));
  };
  assert.equal(
    changed((s) => {
      s.firewall.pop();
    }),
    null,
  );
  assert.equal(
    changed((s) => {
      s.firewall[0]!.sourceCidrs = [];
    }),
    null,
  );
  assert.equal(
    changed((s) => {
      s.public!.addresses.pop();
      s.firewall.pop();
    }),
    null,
  );
  assert.equal(
    changed((s) => {
      s.egress.defaultAllow = true;
    }),
    null,
  );
  assert.equal(
    changed((s) => {
      s.guest.mtu = 1400;
    }),
    null,
  );
});

test('without a source NAT address a guest leaves only under its static one', () => {
  const spec = everything();
  for (const address of spec.public!.addresses) address.sourceNat = false;
  const text = nftables(chainsOf(spec));
  assert.doesNotMatch(text, /ip saddr 10\.1\.1\.0\/24 snat ip to 203/);
  assert.match(text, /ip saddr 10\.1\.1\.11 snat ip to 203\.0\.113\.11/);
  assert.match(text, /oifname "eth2" ip saddr != \{[^}]*\} drop/);
});
