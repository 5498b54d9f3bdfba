// listUserKeys, listUserKeyRules, getUserKeys. Lists never tell a secret.
import { getUserKeys, listUserKeyRules, listUserKeys } from '#api/identity/userkey.ts';
import { fail } from '#api/errors.ts';
import type { Scope } from '#kernel/list.ts';
import { implement, type Cx } from '../context.ts';
import { checkMayGrant } from '../identity/grant.ts';
import { findKeys, keyUser, newestKeyOf, rulesOf } from './user-key.store.ts';
import { keyView, ruleView } from './user-key.view.ts';

export const list = implement(listUserKeys, async (cx, params) => {
  const { rows, count } = await findKeys(cx.tx, {
    ...cx,
    scope: scopeOf(cx, params),
    keypairId: params.keyPairId,
    apiKey: params.apiKeyFilter,
    userId:
      params.userId ??
      (params.listAll || params.keyPairId !== undefined || params.apiKeyFilter ? undefined : cx.caller.userId),
  });
  const rules = params.showPermissions
    ? await rulesOf(
        cx.tx,
        rows.map(({ id }) => id),
      )
    : undefined;
  return {
    items: rows.map((row) => keyView(row, { rules: rules?.filter(({ keypairId }) => keypairId === row.id) })),
    count,
  };
});

/** Users see their account's keys; administrators those below them. */
const scopeOf = (
  { caller }: Cx,
  {
    listAll,
    userId,
    keyPairId,
    apiKeyFilter,
  }: { listAll?: boolean; userId?: number; keyPairId?: number; apiKeyFilter?: string },
): Scope => {
  const wide = listAll === true || userId !== undefined || keyPairId !== undefined || apiKeyFilter !== undefined;
  if (caller.isRoot && wide) return { kind: 'all' };
  return caller.isAdmin && wide
    ? { kind: 'tree', path: caller.domainPath }
    : { kind: 'account', accountId: caller.accountId };
};

export const listRules = implement(listUserKeyRules, async (cx, { keyPairId }) => {
  const rules = await rulesOf(cx.tx, [keyPairId]);
  return { items: rules.map(ruleView), count: rules.length };
});

/** With the secret, which clients that set themselves up ask for: told to the user and to who may do all that the user may. */
export const latest = implement(getUserKeys, async (cx, { id }) => {
  const user = await keyUser(cx.tx, id);
  checkMayGrant(cx, user, { what: `id: the keys of ${user.username}`, parameter: 'id' });
  const key = await newestKeyOf(cx.tx, id);
  if (!key)
    fail('invalidParameter', `id: the user ${user.username} has no keys; registerUserKeys makes a pair`, {
      parameter: 'id',
    });
  return {
    apikey: key.apiKey,
    secretkey: cx.sealer.open(key.sealedSecret),
    apikeyaccess: user.keyAccess ?? cx.settings.boolean('api.key.access', { scope: 'Domain', id: user.domainId }),
  };
});
