// deleteUserKeys: a key pair that is gone opens nothing from the next request on.
import { deleteUserKeys } from '#api/identity/userkey.ts';
import { implement } from '../context.ts';
import { checkMayGrant } from '../identity/grant.ts';
import { recorded } from '../recorded.ts';
import { keysByIds, keyUser, removeKey } from './user-key.store.ts';

export const remove = implement(deleteUserKeys, async (cx, { keyPairId }) => {
  const [key] = await keysByIds(cx.tx, [keyPairId]);
  checkMayGrant(cx, await keyUser(cx.tx, key!.userId), {
    what: `keypairid: the keys of ${key!.username}`,
    parameter: 'keypairid',
  });
  await removeKey(cx.tx, keyPairId);
  return cx.enqueue(recorded, { id: keyPairId }, { lanes: [], about: key!.uuid, owner: key! });
});
