// updateAccount: name, role, network domain, details, use of API keys. Nobody changes their own role.
import { updateAccount } from '#api/identity/account.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { readDetails } from '../details.ts';
import { checkNetworkDomain } from '../domain/domain.ts';
import { accountTypes, roleToGive } from '../role/role.ts';
import { readAccess } from '../user/user.ts';
import { changeAccount } from './account.store.ts';
import { showAccount, target } from './account.ts';
import { checkAccountName, refuseTakenAccount } from './create.ts';

export const update = implement(updateAccount, async (cx, params) => {
  const account = await target(cx, params);
  const name = params.newName === undefined ? undefined : checkAccountName(params.newName, 'newname');
  if (name !== undefined && account.isDefault)
    fail('permissionDenied', `newname: the account ${account.name} belongs to the installation and keeps its name`, {
      parameter: 'newname',
    });
  if (name !== undefined)
    await refuseTakenAccount(cx, { domainId: account.domainId, name, except: account.id, parameter: 'newname' });
  const role =
    params.roleId === undefined || params.roleId === account.roleId
      ? undefined
      : await roleToGive(cx, { roleId: params.roleId });
  if (role && (account.isDefault || account.id === cx.caller.accountId))
    fail(
      'permissionDenied',
      `roleid: the role of ${account.isDefault ? 'the account of the installation' : 'the own account'} cannot be changed`,
      { parameter: 'roleid' },
    );
  if (role?.type === 'Admin' && account.domainPath !== '/')
    fail(
      'invalidParameter',
      `roleid: the role ${role.name} is a root administrator's, whose accounts are in the ROOT domain`,
      { parameter: 'roleid' },
    );
  await changeAccount(cx.tx, account.id, {
    name,
    role_id: role?.id,
    type: role && accountTypes[role.type],
    network_domain: checkNetworkDomain(params.networkDomain),
    api_key_access: readAccess(params.apiKeyAccess),
    details: params.accountDetails && JSON.stringify({ ...account.details, ...readDetails(params.accountDetails) }),
  });
  if (params.apiKeyAccess !== undefined)
    await cx.event({
      type: 'API.KEY.ACCESS.UPDATE',
      description: `API key access of account ${account.name} is ${params.apiKeyAccess} now`,
      uuid: account.uuid,
      owner: { accountId: account.id, domainId: account.domainId },
    });
  await cx.event({
    description: `Account ${account.name} was changed`,
    uuid: account.uuid,
    owner: { accountId: account.id, domainId: account.domainId },
  });
  return showAccount(cx, account.id);
});
