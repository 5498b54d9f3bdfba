// To whom an offering is offered, and who may make or change one: root any, a domain administrator those of the own domain and
// of domains below it. An offering of no domain is everybody's and root's to change.
import { fail } from '#api/errors.ts';
import { domainIsBelow } from '../access.ts';
import type { Cx } from '../context.ts';
import { domainPaths, idsOfUuids } from './offered.store.ts';

type Asking = Pick<Cx, 'tx' | 'caller'>;

/** Domains a new offering is for. Domains below another of the list add nothing and are left out. */
export async function offeredDomains(cx: Asking, domainIds: readonly number[] = []): Promise<number[]> {
  const { caller } = cx;
  if (!caller.isRoot && domainIds.length === 0)
    fail(
      'invalidParameter',
      'domainid: a domain administrator offers to domains; name the own domain or one below it',
      { parameter: 'domainid' },
    );
  await checkBelow(cx, domainIds);
  const domains = await domainPaths(cx.tx, domainIds);
  return domains
    .filter(({ id, path }) => !domains.some((other) => other.id !== id && path.startsWith(other.path)))
    .map(({ id }) => id);
}

async function checkBelow({ tx, caller }: Asking, domainIds: readonly number[]): Promise<void> {
  if (caller.isRoot) return;
  for (const domainId of domainIds) {
    if (!(await domainIsBelow(tx, { domainId, path: caller.domainPath })))
      fail('permissionDenied', `Account ${caller.accountName} may offer to the own domain and those below it only`, {
        parameter: 'domainid',
      });
  }
}

/** Throws unless the caller may change or withdraw an offering of these domains. */
export async function mayChangeOffering(
  cx: Asking,
  { domainIds, what }: { domainIds: readonly number[]; what: string },
): Promise<void> {
  const { caller } = cx;
  if (caller.isRoot) return;
  let ours = domainIds.length > 0;
  for (const domainId of domainIds) ours &&= await domainIsBelow(cx.tx, { domainId, path: caller.domainPath });
  if (!ours)
    fail(
      'permissionDenied',
      `Account ${caller.accountName} may not change this ${what}: it is offered outside the own domain`,
      { parameter: 'id' },
    );
}

/** `public` or uuids of domains, as updates take them; undefined: unchanged. */
export async function changedDomains(cx: Asking, text: string | undefined): Promise<number[] | undefined> {
  if (text === undefined) return undefined;
  if (text.trim().toLowerCase() === 'public') return offeredDomains(cx, []);
  return offeredDomains(cx, await named(cx, { table: 'domain', text, parameter: 'domainid', none: 'public' }));
}

/** `all` or uuids of zones. */
export async function changedZones(cx: Asking, text: string | undefined): Promise<number[] | undefined> {
  if (text === undefined) return undefined;
  if (text.trim().toLowerCase() === 'all') return [];
  return named(cx, { table: 'zone', text, parameter: 'zoneid', none: 'all' });
}

async function named(
  { tx }: Asking,
  { table, text, parameter, none }: { table: 'domain' | 'zone'; text: string; parameter: string; none: string },
): Promise<number[]> {
  const uuids = [
    ...new Set(
      text
        .split(',')
        .map((part) => part.trim().toLowerCase())
        .filter(Boolean),
    ),
  ];
  const found = await idsOfUuids(tx, { table, uuids });
  const missing = uuids.find((uuid) => !found.has(uuid));
  if (missing !== undefined)
    fail(
      'invalidParameter',
      `${parameter}: there is no ${table} ${missing.slice(0, 60)}; ids of ${table}s parted by commas are accepted, or ${none}`,
      { parameter },
    );
  return uuids.map((uuid) => found.get(uuid)!);
}

/** Comma-separated tags as a list without doubles. */
export const readTags = (text: string | undefined): string[] | undefined =>
  text === undefined
    ? undefined
    : [
        ...new Set(
          text
            .split(',')
            .map((tag) => tag.trim())
            .filter(Boolean),
        ),
      ];
