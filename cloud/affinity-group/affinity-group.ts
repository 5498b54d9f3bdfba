// Affinity groups as instances join them.
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { groupsByIds, groupsNamed } from './affinity-group.store.ts';

interface Wanted {
  accountId: number;
  ids?: readonly number[];
  names?: readonly string[];
}

/** Groups given by ids or by names, all of the instance's own account: others' instances are not to be moved about by it. */
export async function groupsForGuest(tx: Tx, { accountId, ids, names }: Wanted): Promise<number[]> {
  if (ids !== undefined && names !== undefined)
    fail('invalidParameter', 'affinitygroupids and affinitygroupnames exclude each other', {
      parameter: 'affinitygroupnames',
    });
  if ((ids ?? names ?? []).length === 0) return [];
  const groupIds = ids ?? (await idsOf(tx, accountId, names ?? []));
  for (const group of await groupsByIds(tx, groupIds)) {
    if (group.accountId !== accountId)
      fail(
        'invalidParameter',
        `affinitygroupids: the group ${group.name} belongs to another account than the instance`,
        {
          parameter: 'affinitygroupids',
        },
      );
  }
  return [...new Set(groupIds)];
}

async function idsOf(tx: Tx, accountId: number, names: readonly string[]): Promise<number[]> {
  const found = await groupsNamed(tx, { accountId, names });
  const missing = names.find((name) => !found.some((group) => group.name === name));
  if (missing !== undefined)
    fail('invalidParameter', `affinitygroupnames: the account has no affinity group ${missing.slice(0, 60)}`, {
      parameter: 'affinitygroupnames',
    });
  return found.map(({ id }) => id);
}
