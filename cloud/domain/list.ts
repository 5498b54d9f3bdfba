// listDomains and listDomainChildren: the tree, from the caller's domain down.
import { listDomainChildren, listDomains } from '#api/identity/domain.ts';
import { implement } from '../context.ts';
import { domainById, findDomains, is, isNot, within } from './domain.store.ts';
import { showDomains } from './domain.ts';
import { checkMayList } from './path.ts';

/** Root sees all, without listall too; other administrators their own, with listall all below it. */
export const list = implement(
  listDomains,
  async (cx, params) => {
    const id = params.id ?? params.domainId;
    if (id !== undefined) await checkMayList(cx, id, 'id');
    const [domain, recursive] = [
      id === undefined ? undefined : await domainById(cx.tx, id),
      params.domainId !== undefined && params.isRecursive === true,
    ];
    const ownOnly =
      domain === undefined &&
      !cx.caller.isRoot &&
      !params.listAll &&
      params.name === undefined &&
      cx.keyword === undefined;
    const { rows, count } = await findDomains(cx.tx, {
      page: cx.page,
      keyword: cx.keyword,
      tags: cx.tags,
      where: [
        within(cx.caller.domainPath),
        domain && (recursive ? within(domain.path) : is('id', domain.id)),
        ownOnly && is('id', cx.caller.domainId),
        params.name !== undefined && is('name', params.name),
        params.level !== undefined && is('level', params.level),
      ],
    });
    return { items: await showDomains(cx, rows, params.details), count };
  },
  undefined,
  { scopesItself: true },
);

export const listChildren = implement(
  listDomainChildren,
  async (cx, params) => {
    const parent = await domainById(cx.tx, params.id ?? cx.caller.domainId);
    await checkMayList(cx, parent.id, 'id');
    const recursive = params.isRecursive === true || params.listAll === true;
    const { rows, count } = await findDomains(cx.tx, {
      page: cx.page,
      keyword: cx.keyword,
      where: [
        recursive ? within(parent.path) : is('parent_id', parent.id),
        isNot(parent.id),
        params.name !== undefined && is('name', params.name),
      ],
    });
    return { items: await showDomains(cx, rows, ['min']), count };
  },
  undefined,
  { scopesItself: true },
);
