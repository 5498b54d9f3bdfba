// isAccountAllowedToCreateOfferingsWithTags, and the rule it tells: tags bind instances to hosts and storage, so only root may
// put them on an offering, and domain administrators whom root lets.
import { isAccountAllowedToCreateOfferingsWithTags } from '#api/offering/compute.ts';
import { fail } from '#api/errors.ts';
import type { Settings } from '#kernel/settings.ts';
import { implement, type Cx } from '../context.ts';
import { isRootAccount } from './offered.store.ts';

const allowed = (settings: Settings, accountId: number): boolean =>
  settings.boolean('allow.domain.admins.to.create.tagged.offerings', { scope: 'Account', id: accountId });

export const tagsAllowed = implement(isAccountAllowedToCreateOfferingsWithTags, async (cx, { id }) => ({
  isallowed: allowed(cx.settings, id) || (await isRootAccount(cx.tx, id)),
}));

/** Throws where the caller gives tags and may not. */
export function checkMayTag(
  { caller, settings }: Pick<Cx, 'caller' | 'settings'>,
  given: Readonly<Record<string, string | undefined>>,
): void {
  const parameter = Object.keys(given).find((name) => given[name] !== undefined);
  if (parameter === undefined || caller.isRoot || allowed(settings, caller.accountId)) return;
  fail('permissionDenied', `Account ${caller.accountName} may not put tags on offerings; leave ${parameter} out`, {
    parameter,
  });
}
