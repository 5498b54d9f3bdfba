// The little address arithmetic the router needs, on plain numbers because it is done for every connection of a
// router at once. Inputs have been validated as dotted quads and CIDRs; nothing here checks them again.

export type Range = { first: number; last: number };

export const toNumber = (ip: string): number => ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
export const toIp = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');

export function rangeOf(cidr: string): Range {
  const [ip, bits] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(toNumber(ip!) / size) * size;
  return { first, last: first + size - 1 };
}

export const holds = (range: Range, ip: string): boolean => {
  const value = toNumber(ip);
  return value >= range.first && value <= range.last;
};

/** The network an address lies in: 10.1.1.7 with 24 is 10.1.1.0/24. */
export const networkOf = (ip: string, prefix: number): string => `${toIp(rangeOf(`${ip}/${prefix}`).first)}/${prefix}`;
export const netmaskOf = (prefix: number): string => toIp(2 ** 32 - 2 ** (32 - prefix));

/** Canonical, sorted, and without those that lie inside another: nftables takes no overlapping intervals. */
export function distinct(cidrs: readonly string[]): string[] {
  const canonical = cidrs.map((cidr) => networkOf(cidr.split('/')[0]!, Number(cidr.split('/')[1])));
  const widestFirst = [...new Set(canonical)].sort(
    (a, b) => rangeOf(a).first - rangeOf(b).first || rangeOf(b).last - rangeOf(a).last,
  );
  const kept: string[] = [];
  let reach = -1;
  for (const cidr of widestFirst) {
    const { last } = rangeOf(cidr);
    if (last <= reach) continue;
    reach = last;
    kept.push(cidr);
  }
  return kept;
}
