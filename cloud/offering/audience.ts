// For whose eyes an offering list is: root sees all, an administrator what is offered to the own domain and below, a user what
// is offered to the own domain; a domain named in the request narrows it.
import { fail } from '#api/errors.ts';
import { domainIsBelow } from '../access.ts';
import type { Cx } from '../context.ts';
import type { Audience } from './offered.store.ts';

export async function offeringAudience(
  { tx, caller }: Pick<Cx, 'tx' | 'caller'>,
  params: { domainId?: number; isRecursive?: boolean },
): Promise<Audience | undefined> {
  const { domainId, isRecursive } = params;
  if (domainId === undefined) return caller.isRoot ? undefined : { domainId: caller.domainId, below: caller.isAdmin };
  if (
    !caller.isRoot &&
    domainId !== caller.domainId &&
    !(caller.isAdmin && (await domainIsBelow(tx, { domainId, path: caller.domainPath })))
  ) {
    fail('permissionDenied', `Account ${caller.accountName} may not list what is offered to that domain`, {
      parameter: 'domainid',
    });
  }
  return { domainId, below: isRecursive ?? false };
}

/** `all` for any; active ones where nothing is said. */
export function offeringState(text: string | undefined): string | undefined {
  const asked = (text ?? 'active').toLowerCase();
  if (asked === 'all') return undefined;
  if (asked === 'active') return 'Active';
  if (asked === 'inactive') return 'Inactive';
  return fail('invalidParameter', `state is '${text}'; accepted: Active, Inactive, All`, { parameter: 'state' });
}
