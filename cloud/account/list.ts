// listAccounts. Users see their own account, or all of their domain where it is set so; administrators those of their domains.
import { listAccounts } from '#api/identity/account.ts';
import type { Sql } from '#kernel/sql.ts';
import { implement, type Cx } from '../context.ts';
import { checkMayList, pathOfDomain } from '../domain/path.ts';
import { accessFilter } from '../user/user.ts';
import { findAccounts, having } from './account.store.ts';
import { showAccounts } from './account.ts';

export const list = implement(
  listAccounts,
  async (cx, params) => {
    const access = accessFilter(params.apiKeyAccess);
    const { rows, count } = await findAccounts(cx.tx, {
      page: cx.page,
      keyword: cx.keyword,
      where: [
        having.real,
        visible(cx),
        params.domainId !== undefined &&
          (await inDomain(cx, params.domainId, params.isRecursive === true || params.listAll === true)),
        params.id !== undefined && having.id(params.id),
        params.name !== undefined && having.name(params.name),
        params.accountType !== undefined && having.type(params.accountType),
        params.state !== undefined && having.state(params.state),
        access !== undefined && having.keyAccess(access),
        params.isCleanupRequired === true && having.none,
      ],
    });
    return { items: await showAccounts(cx, rows, params.details), count };
  },
  undefined,
  { scopesItself: true },
);

function visible({ caller, settings }: Cx): Sql {
  if (caller.isAdmin) return having.tree(caller.domainPath);
  return settings.boolean('allow.user.view.all.domain.accounts', { scope: 'Domain', id: caller.domainId })
    ? having.domain(caller.domainId)
    : having.id(caller.accountId);
}

async function inDomain(cx: Cx, domainId: number, recursive: boolean): Promise<Sql> {
  await checkMayList(cx, domainId);
  return recursive && cx.caller.isAdmin ? having.tree(await pathOfDomain(cx.tx, domainId)) : having.domain(domainId);
}
