// listUsers and getUser. Users see those of their account; administrators those of their domains.
import { getUser, listUsers } from '#api/identity/user.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { checkMayList, pathOfDomain } from '../domain/path.ts';
import { findUsers, having, userByApiKey } from './user.store.ts';
import { accessFilter, userView } from './user.ts';

export const list = implement(
  listUsers,
  async (cx, params) => {
    const { caller } = cx;
    const access = accessFilter(params.apiKeyAccess);
    if (caller.isAdmin && params.domainId !== undefined) await checkMayList(cx, params.domainId);
    const { rows, count } = await findUsers(cx.tx, {
      page: cx.page,
      keyword: cx.keyword,
      where: [
        having.real,
        caller.isAdmin ? having.tree(caller.domainPath) : having.account(caller.accountId),
        params.id !== undefined && having.id(params.id),
        params.domainId !== undefined &&
          (params.isRecursive
            ? having.tree(await pathOfDomain(cx.tx, params.domainId))
            : having.domain(params.domainId)),
        params.account !== undefined && having.accountName(params.account),
        params.accountType !== undefined && having.accountType(params.accountType),
        params.state !== undefined && having.state(params.state),
        params.username !== undefined && having.username(params.username),
        params.userSource !== undefined && having.source(params.userSource),
        access !== undefined && having.keyAccess(access),
      ],
    });
    return { items: rows.map((row) => userView(row, cx)), count };
  },
  undefined,
  { scopesItself: true },
);

export const byKey = implement(getUser, async (cx, { userApiKey }) => {
  const user = await userByApiKey(cx.tx, userApiKey);
  return user
    ? userView(user, cx)
    : fail('invalidParameter', 'userapikey: no user has this key', { parameter: 'userapikey' });
});
