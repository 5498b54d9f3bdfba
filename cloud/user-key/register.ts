// registerUserKeys: a new pair of API key and secret for a user; a user may have several. The secret is in this call's answer
// and in no other.
import { randomBytes } from 'node:crypto';
import { registerUserKeys } from '#api/identity/userkey.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx } from '../context.ts';
import { checkMayGrant } from '../identity/grant.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { checkWithin, readRules, type GivenRule } from './rules.ts';
import { insertKey, insertKeyRules, keyNameTaken, keysByIds, keyUser, rulesOf } from './user-key.store.ts';
import { keyView } from './user-key.view.ts';
import { databaseNow, databaseNowMs } from '#kernel/clock.ts';

const KEY_BYTES = 64;
const makeKey = (): string => randomBytes(KEY_BYTES).toString('base64url');
const SYSTEM_USER = 1;

export const register = implement(
  registerUserKeys,
  async (cx, params) => {
    const user = await keyUser(cx.tx, params.id);
    if (user.id === SYSTEM_USER) fail('permissionDenied', 'id: the system user has no keys', { parameter: 'id' });
    if (user.state !== 'enabled')
      fail('wrongState', `The user ${user.username} is ${user.state}; keys are made for enabled users`, {
        parameter: 'id',
      });
    const rules = readRules(params.rules);
    checkMayGrant(cx, rules.length > 0 ? cx.caller : user, { what: `id: keys for ${user.username}`, parameter: 'id' });
    if (rules.length > 0) checkWithin(cx.rights, { rules, user, whose: user.username });
    checkDates(params);
    const { id, uuid } = await addKey(cx, user, { ...params, rules });
    return cx.enqueue(recorded, { id }, { lanes: [], about: uuid, owner: user });
  },
  async (cx, { id }: Recorded) => {
    const [[key], rules] = [await keysByIds(cx.tx, [id]), await rulesOf(cx.tx, [id])];
    return keyView(key!, { secret: cx.sealer.open(key!.sealedSecret), rules });
  },
);

function checkDates({ startDate, endDate }: { startDate?: Date; endDate?: Date }): void {
  if (endDate && endDate.getTime() <= databaseNowMs())
    fail('invalidParameter', 'enddate lies in the past; a date to come is accepted', { parameter: 'enddate' });
  if (startDate && endDate && startDate >= endDate)
    fail('invalidParameter', 'startdate is not before enddate', { parameter: 'startdate' });
}

interface Wanted {
  name?: string;
  description?: string;
  startDate?: Date;
  endDate?: Date;
  rules?: readonly GivenRule[];
  apiKey?: string;
  secretKey?: string;
}

/** Records a pair. Given keys are a client's own (updateUser); without, they are made here. */
export async function addKey(
  { tx, sealer }: Pick<Cx, 'tx' | 'sealer'>,
  user: { id: number; accountId: number; domainId: number; username: string },
  wanted: Wanted,
): Promise<{ id: number; uuid: string }> {
  const name = wanted.name ?? `${user.username} - API Keypair ${databaseNow().toISOString()}`;
  if (wanted.name !== undefined && (await keyNameTaken(tx, { userId: user.id, name })))
    fail('invalidParameter', `name: the user has a key pair ${name} already`, { parameter: 'name' });
  const made = await insertKey(tx, {
    user_id: user.id,
    account_id: user.accountId,
    domain_id: user.domainId,
    name,
    description: wanted.description,
    api_key: wanted.apiKey ?? makeKey(),
    secret_key: sealer.seal(wanted.secretKey ?? makeKey()),
    start_date: wanted.startDate,
    end_date: wanted.endDate,
  });
  if (wanted.rules && wanted.rules.length > 0) await insertKeyRules(tx, made.id, wanted.rules);
  return made;
}
