import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesGolden } from './golden.ts';
import { nftables } from './nftables.ts';
import { everything } from './sample.ts';

test('a router with everything', () => matchesGolden('everything.nft', nftables(everything())));

test('a router without a public side forwards nothing and serves its guests', () => {
  const spec = { ...everything(), public: null, firewall: [], portForwards: [], staticNats: [], egress: { defaultAllow: true, rules: [] } };
  matchesGolden('private.nft', nftables(spec));
});

test('with an allowing default the egress rules forbid', () => {
  const text = nftables({ ...everything(), egress: { defaultAllow: true, rules: everything().egress.rules } });
  const chain = text.slice(text.indexOf('chain egress'), text.indexOf('chain to_router')).split('\n').map((line) => line.trim()).filter((line) => line !== '');
  assert.deepEqual(chain.slice(1).map((line) => line.split(' ').at(-1)), ['drop', 'drop', 'drop', 'accept', '}']);
});

test('without a source NAT address a guest leaves only under its static one', () => {
  const spec = everything();
  for (const address of spec.public!.addresses) address.sourceNat = false;
  const text = nftables(spec);
  assert.doesNotMatch(text, /ip saddr 10\.1\.1\.0\/24 snat ip to 203/);
  assert.match(text, /ip saddr 10\.1\.1\.11 snat ip to 203\.0\.113\.11/);
  assert.match(text, /oifname "eth2" ip saddr != \{[^}]*\} drop/);
});
