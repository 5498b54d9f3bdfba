// Accounts as other nouns see them, and how one looks in an answer.
import type { Shape } from '#api/define.ts';
import type { accountResponse } from '#api/identity/owner-responses.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { findAccount } from '../access.ts';
import type { Cx, ResultCx } from '../context.ts';
import { shownPath } from '../domain/shown-path.ts';
import { checkMayGrant } from '../identity/grant.ts';
import { limitFields } from '../limit/owner-view.ts';
import { shownAccess, userView, usersOfAccounts } from '../user/user.ts';
import { accountRow, accountsByIds, lockAccountRow, type AccountRow } from './account.store.ts';

export type { AccountRow } from './account.store.ts';
export const accountById = (tx: Tx, id: number): Promise<AccountRow> => accountRow(tx, id);

const ADMIN = 1;

export async function showAccounts(
  cx: ResultCx,
  rows: readonly AccountRow[],
  details?: readonly string[],
): Promise<Shape<typeof accountResponse>[]> {
  const wanted = details === undefined || details.some((one) => ['all', 'resource'].includes(one.toLowerCase()));
  const limits = wanted
    ? await limitFields(cx.tx, cx.settings, {
        ownerType: 'a',
        owners: rows.map((row) => ({ id: row.id, domainId: row.domainId, unlimited: row.type === ADMIN })),
      })
    : undefined;
  const users = details?.every((one) => one.toLowerCase() === 'min')
    ? []
    : await usersOfAccounts(
        cx.tx,
        rows.map(({ id }) => id),
      );
  return rows.map((row) => ({
    id: row.uuid,
    name: row.name,
    accounttype: row.type,
    roleid: row.roleUuid,
    rolename: row.roleName,
    roletype: row.roleType,
    domain: row.domainName,
    domainid: row.domainUuid,
    domainpath: shownPath(row.domainPath),
    state: row.state,
    created: row.created,
    networkdomain: row.networkDomain,
    defaultzoneid: row.defaultZoneUuid,
    isdefault: row.isDefault,
    iscleanuprequired: false,
    accountdetails: Object.keys(row.details).length > 0 ? row.details : null,
    apikeyaccess: shownAccess(row.apiKeyAccess),
    vmrunning: row.running,
    vmstopped: row.stopped,
    ...limits?.get(row.id),
    groups: [],
    user: users.filter(({ accountId }) => accountId === row.id).map((user) => userView(user, cx)),
  }));
}

export const showAccount = async (cx: ResultCx, id: number): Promise<Shape<typeof accountResponse>> =>
  (await showAccounts(cx, await accountsByIds(cx.tx, [id])))[0]!;

/** The account that a verb is about to act on, named by id or by name and domain; held till commit. */
export async function target(
  cx: Cx,
  { id, account, domainId }: { id?: number; account?: string; domainId?: number },
  to?: string,
): Promise<AccountRow> {
  if (id === undefined && account === undefined)
    fail('missingParameter', 'id must be given, or account with domainid', { parameter: 'id' });
  const found =
    id ??
    (await findAccount(cx.tx, cx.caller, { account: account!, domainId: domainId ?? cx.caller.domainId })).accountId;
  await lockAccountRow(cx.tx, found);
  const row = await accountRow(cx.tx, found);
  if (row.id === 1 || (to !== undefined && row.isDefault))
    fail(
      'permissionDenied',
      `id: the account ${row.name} belongs to the installation and cannot be ${to ?? 'changed'}`,
      { parameter: 'id' },
    );
  if (to !== undefined && row.id === cx.caller.accountId)
    fail('permissionDenied', `id: nobody's own account can be ${to} by themselves`, { parameter: 'id' });
  if (row.id !== cx.caller.accountId) checkMayGrant(cx, row, { what: `id: the account ${row.name}`, parameter: 'id' });
  return row;
}
