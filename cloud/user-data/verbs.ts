// registerUserData, listUserData, deleteUserData: Base64 kept under a name, handed to instances at boot.
import { deleteUserData, listUserData, registerUserData } from '#api/vm/userdata.ts';
import type { userDataResponse } from '#api/vm/access-responses.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { done, implement } from '../context.ts';
import { shownPath } from '../domain/shown-path.ts';
import { checkUserData } from '../vm/deploy.ts';
import {
  findUserData,
  insertUserData,
  removeUserData,
  userDataByIds,
  userDataNamed,
  usersOfData,
  type UserDataRow,
} from './user-data.store.ts';

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_.-]{0,254}$/;

/** Names of variables that whoever uses the data may give values for. */
function checkVariables(text: string | undefined): string | undefined {
  const names = text
    ?.split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const wrong = names?.find((name) => !VARIABLE.test(name));
  if (wrong !== undefined)
    fail('invalidParameter', `params has '${wrong.slice(0, 60)}'; names of variables parted by commas are accepted`, {
      parameter: 'params',
    });
  return names?.join(',');
}

export const register = implement(registerUserData, async (cx, params) => {
  const [owner, name] = [await cx.owner(params), params.name.trim()];
  if (name === '')
    fail('invalidParameter', 'name is empty; the name of the user data is accepted', { parameter: 'name' });
  if (await userDataNamed(cx.tx, { accountId: owner.accountId, name }))
    fail('invalidParameter', `name: A userdata with name ${name} already exists for this account.`, {
      parameter: 'name',
    });
  const data = checkUserData(params.userData, cx.settings.number('vm.userdata.max.length'));
  if (data === '') fail('invalidParameter', 'userdata is empty; Base64 text is accepted', { parameter: 'userdata' });
  const { id } = await insertUserData(cx.tx, {
    account_id: owner.accountId,
    domain_id: owner.domainId,
    name,
    data,
    params: checkVariables(params.params),
  });
  const [row] = await userDataByIds(cx.tx, [id]);
  await cx.event({ description: `User data ${name} was stored`, uuid: row!.uuid, resourceType: 'UserData', owner });
  return userDataView(row!);
});

export const list = implement(listUserData, async (cx, params) => {
  const { rows, count } = await findUserData(cx.tx, {
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
  });
  return { items: rows.map(userDataView), count };
});

export const remove = implement(deleteUserData, async (cx, { id }) => {
  const [row] = await userDataByIds(cx.tx, [id]);
  const users = await usersOfData(cx.tx, id);
  if (users.length > 0)
    fail(
      'resourceInUse',
      `id: the user data ${row!.name} is used by ${users
        .slice(0, 5)
        .map(({ name }) => name)
        .join(', ')}${users.length > 5 ? ' and others' : ''}`,
      { parameter: 'id' },
    );
  await removeUserData(cx.tx, id);
  return done;
});

const userDataView = (row: UserDataRow): Shape<typeof userDataResponse> => ({
  id: row.uuid,
  name: row.name,
  userdata: row.data,
  params: row.params,
  account: row.account,
  accountid: row.accountUuid,
  domain: row.domain,
  domainid: row.domainUuid,
  domainpath: shownPath(row.domainPath),
  hasannotations: row.annotated,
});
