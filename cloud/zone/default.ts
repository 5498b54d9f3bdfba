// markDefaultZoneForAccount: where the instances of an account go that name no zone.
import { markDefaultZoneForAccount } from '#api/infra/zone.ts';
import { fail } from '#api/errors.ts';
import { showAccount } from '../account/account.ts';
import { implement, type ResultCx } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { setDefaultZone, zoneIsFor } from './zone.store.ts';

export const markDefault = implement(
  markDefaultZoneForAccount,
  async (cx, params) => {
    const owner = await cx.owner(params);
    if (!(await zoneIsFor(cx.tx, { zoneId: params.zoneId, domainId: owner.domainId })))
      fail('invalidParameter', "zoneid names a zone that is kept for another domain than the account's", {
        parameter: 'zoneid',
      });
    const { uuid } = await setDefaultZone(cx.tx, { accountId: owner.accountId, zoneId: params.zoneId });
    return cx.enqueue(recorded, { id: owner.accountId }, { lanes: [], about: uuid, owner });
  },
  (cx: ResultCx, { id }: Recorded) => showAccount(cx, id),
);
