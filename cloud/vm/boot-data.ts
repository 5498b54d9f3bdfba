// What an instance gets at boot from its router - keys, user data, password - when it changes after the instance was made: checked,
// written, and the routers of its networks made to know.
import { randomUUID } from 'node:crypto';
import { fail } from '#api/errors.ts';
import type { Cx } from '../context.ts';
import { raiseGeneration } from '../router/router.ts';
import { networksOf } from './change.store.ts';
import { checkUserData, readablePassword } from './deploy.ts';
import { changeVm, publicKeysOf, userDataById, type VmRow } from './vm.store.ts';

export function mustBeStopped(vm: VmRow, what: string): void {
  if (vm.state !== 'Stopped')
    fail('wrongState', `The instance is ${vm.state}; ${what} of one that is Stopped can be changed`, {
      parameter: 'id',
    });
}

/** The networks whose routers have to be told. */
export async function raiseNetworks(cx: Cx, vmId: number): Promise<number[]> {
  const networkIds = await networksOf(cx.tx, vmId);
  await raiseGeneration(cx.tx, networkIds);
  return networkIds;
}

const MAX_PASSWORD = 128;
/** A new one; the router offers it because its id is new. */
export async function writePassword(cx: Cx, vm: VmRow, given?: string): Promise<void> {
  if (given !== undefined && (given.length > MAX_PASSWORD || /[\r\n\0]/.test(given)))
    fail(
      'invalidParameter',
      `password has ${given.length} characters or more than one line; one line of at most ${MAX_PASSWORD} is accepted`,
      { parameter: 'password' },
    );
  const password = given ?? readablePassword(Math.max(6, cx.settings.number('vm.password.length')));
  await changeVm(cx.tx, vm.id, { password: cx.sealer.seal(password), password_id: randomUUID() });
}

/** Keys of the instance's account by name; the first is also the one its password is told under. */
export async function writeKeys(cx: Cx, vm: VmRow, names: readonly string[]): Promise<void> {
  const keys = await publicKeysOf(cx.tx, { accountId: vm.accountId, names });
  const missing = names.find((name) => !keys.some((key) => key.name === name));
  if (missing !== undefined)
    fail(
      'invalidParameter',
      `keypair: A key pair with name '${missing.slice(0, 60)}' does not exist for this account.`,
      { parameter: 'keypairs' },
    );
  await changeVm(cx.tx, vm.id, {
    key_pairs: keys.map(({ name }) => name),
    details: JSON.stringify({
      ...vm.details,
      'SSH.PublicKey': keys.map(({ publicKey }) => publicKey.trim()).join('\n'),
    }),
  });
}

export interface UserDataParams {
  userData?: string;
  userDataId?: number;
  userDataDetails?: Readonly<Record<string, string>>;
}
/** Given itself or by the id of stored data, which must be the instance's account's. */
export async function writeUserData(
  cx: Cx,
  vm: VmRow,
  { userData, userDataId, userDataDetails }: UserDataParams,
): Promise<void> {
  if (userData !== undefined && userDataId !== undefined)
    fail('invalidParameter', 'userdata and userdataid exclude each other', { parameter: 'userdataid' });
  const stored = userDataId === undefined ? undefined : await userDataById(cx.tx, userDataId);
  if (stored && stored.accountId !== vm.accountId)
    fail('permissionDenied', 'userdataid: that user data belongs to another account than the instance', {
      parameter: 'userdataid',
    });
  await changeVm(cx.tx, vm.id, {
    user_data:
      stored?.data ??
      (userData === undefined ? null : checkUserData(userData, cx.settings.number('vm.userdata.max.length'))),
    user_data_id: userDataId ?? null,
    ...(userDataDetails ? { user_data_details: JSON.stringify(userDataDetails) } : {}),
  });
}
