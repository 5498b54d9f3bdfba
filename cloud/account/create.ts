// createAccount: an account and its first user, with a role the caller may hand out.
import { createAccount } from '#api/identity/account.ts';
import { fail } from '#api/errors.ts';
import { domainIsBelow } from '../access.ts';
import { implement, type Cx } from '../context.ts';
import { readDetails } from '../details.ts';
import { checkNetworkDomain } from '../domain/domain.ts';
import { domainState } from '../domain/path.ts';
import { accountTypes, roleToGive } from '../role/role.ts';
import { addUser, wishedUuid } from '../user/user.ts';
import { accountNamed, accountUuidTaken, insertAccount } from './account.store.ts';
import { showAccount } from './account.ts';

const ROOT_DOMAIN = 1;

export const create = implement(createAccount, async (cx, params) => {
  const domainId = await domainFor(cx, params.domainId);
  const role = await roleToGive(cx, params);
  if (role.type === 'Admin' && domainId !== ROOT_DOMAIN)
    fail(
      'invalidParameter',
      `domainid: the role ${role.name} is a root administrator's, whose accounts are in the ROOT domain`,
      { parameter: 'domainid' },
    );
  const name = checkAccountName(params.account ?? params.username);
  const uuid = wishedUuid(params.accountId, 'accountid');
  if (uuid !== undefined && (await accountUuidTaken(cx.tx, uuid)))
    fail('invalidParameter', `accountid: there is an account ${uuid} already`, { parameter: 'accountid' });
  await refuseTakenAccount(cx, { domainId, name });
  const account = await insertAccount(cx.tx, {
    uuid,
    name,
    type: accountTypes[role.type],
    role_id: role.id,
    domain_id: domainId,
    network_domain: checkNetworkDomain(params.networkDomain),
    details: JSON.stringify(readDetails(params.accountDetails)),
  });
  const user = await addUser(cx, { id: account.id, domainId }, params);
  await cx.event({
    description: `Account ${name} was created`,
    uuid: account.uuid,
    owner: { accountId: account.id, domainId },
  });
  await cx.event({
    type: 'USER.CREATE',
    resourceType: 'User',
    description: `User ${params.username} was created in account ${name}`,
    uuid: user.uuid,
    owner: { accountId: account.id, domainId },
  });
  return showAccount(cx, account.id);
});

/** Root makes accounts in ROOT unless told otherwise; other administrators in their own domain. */
async function domainFor(cx: Cx, given: number | undefined): Promise<number> {
  const domainId = given ?? (cx.caller.isRoot ? ROOT_DOMAIN : cx.caller.domainId);
  if (!(await domainIsBelow(cx.tx, { domainId, path: cx.caller.domainPath })))
    fail('permissionDenied', `Account ${cx.caller.accountName} may not make accounts in that domain`, {
      parameter: 'domainid',
    });
  const state = await domainState(cx.tx, domainId);
  if (state !== 'Active')
    fail('wrongState', `domainid: the domain is ${state}; nothing can be made in it`, { parameter: 'domainid' });
  return domainId;
}

export function checkAccountName(text: string, parameter = 'account'): string {
  const name = text.trim();
  if (name === '' || name.length > 99 || /[/\\\p{Cc}]/u.test(name))
    fail(
      'invalidParameter',
      `${parameter} is '${text.slice(0, 60)}'; 1 to 99 characters without slashes and control characters are accepted`,
      { parameter },
    );
  return name;
}

export async function refuseTakenAccount(
  cx: Cx,
  {
    domainId,
    name,
    except,
    parameter = 'account',
  }: { domainId: number; name: string; except?: number; parameter?: string },
): Promise<void> {
  if (await accountNamed(cx.tx, { domainId, name, except }))
    fail('invalidParameter', `${parameter}: there is an account ${name} in this domain already`, { parameter });
}
