// Compares one running router with what it should be and says in words what differs. Changes nothing.
// The cheap look happens every few seconds for every router; asking nftables costs a program and is done when its
// monitor told of a change, and now and then because a monitor may have missed one.
import type { Link } from '../net/iproute.ts';
import { cablesOf } from './cables.ts';
import { nameServerPid } from './name-server.ts';
import { rulesListing } from './converge.ts';
import { cableDifferences, insideDifferences, insideOf, livesIn, namespaceId } from './observe.ts';
import type { Router } from './router.ts';

const SHOWN = 120;

export async function examine(router: Router, host: readonly Link[], askRules: boolean): Promise<string[]> {
  const id = namespaceId(router.names.namespace);
  if (id === null || (router.namespaceId !== null && id !== router.namespaceId)) return ['namespace was gone'];
  const differences = cableDifferences(
    cablesOf(router.spec, router.names, () => 0),
    router.names,
    host,
  );
  const pid = nameServerPid(router.files);
  const inside = pid !== null && livesIn(pid, id) ? insideOf(pid) : null;
  // Without a process inside there is no window to look through; the repair looks closely anyway.
  if (inside === null) differences.push('dnsmasq was not running');
  else differences.push(...insideDifferences(router.spec, inside));
  if (askRules && router.listing !== null) {
    const found = await rulesListing(router.names.namespace);
    // It may have gone while nftables was asked, which then looks like an empty firewall.
    if (namespaceId(router.names.namespace) !== id) return ['namespace was gone'];
    differences.push(...listingDifferences(router.listing, found));
  }
  return differences;
}

/** The first line that is missing and the first that is surplus say enough. */
export function listingDifferences(wanted: string, found: string): string[] {
  if (wanted === found) return [];
  if (found === '') return ['nft table missing'];
  const [ours, theirs] = [wanted, found].map((text) => text.split('\n').map((line) => line.trim())) as [
    string[],
    string[],
  ];
  const missing = surplusOf(ours, theirs);
  const surplus = surplusOf(theirs, ours);
  const told = [
    ...(missing === undefined ? [] : [`nft rule missing: ${missing.slice(0, SHOWN)}`]),
    ...(surplus === undefined ? [] : [`unexpected nft rule: ${surplus.slice(0, SHOWN)}`]),
  ];
  return told.length > 0 ? told : ['nft rules out of order'];
}

/** The first line `some` has more often than `others`. */
function surplusOf(some: readonly string[], others: readonly string[]): string | undefined {
  const left = new Map<string, number>();
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1);
  return some.find((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count === 0;
  });
}
