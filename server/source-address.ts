// From where an account may call: the networks its setting names. Answered like a wrong key, so that nobody elsewhere learns
// that this one was right.
import { BlockList, isIP } from 'node:net';
import type { Caller } from '#cloud/context.ts';
import type { Settings } from '#kernel/settings.ts';
import { refuse } from './authenticate.ts';

const lists = new Map<string, BlockList>();
const MAX_LISTS = 1_000;

/** `10.0.0.0/8,::1`. What is no network covers nothing. */
function networksOf(text: string): BlockList {
  const known = lists.get(text);
  if (known) return known;
  const list = new BlockList();
  for (const entry of text.split(',').map((part) => part.trim())) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address);
    if (family === 0) continue;
    const type = family === 4 ? 'ipv4' : 'ipv6';
    list.addSubnet(address, prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix), type);
  }
  if (lists.size >= MAX_LISTS) lists.clear();
  lists.set(text, list);
  return list;
}

/** An IPv4 address behind an IPv6 socket is the IPv4 address. */
const plain = (ip: string): string => ip.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');

/** Is the address in one of the networks? */
export function comesFrom(networks: string, ip: string): boolean {
  const address = plain(ip);
  const family = isIP(address);
  return family !== 0 && networksOf(networks).check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** Throws unless the account may call from there. */
export function checkSource(settings: Settings, { accountId }: Pick<Caller, 'accountId'>, ip: string): void {
  if (!settings.boolean('api.source.cidr.checks.enabled')) return;
  if (!comesFrom(settings.text('api.allowed.source.cidr.list', { scope: 'Account', id: accountId }), ip)) refuse();
}
