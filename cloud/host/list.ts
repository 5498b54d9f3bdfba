// listHosts.
import { listHosts } from '#api/infra/host.ts';
import { implement } from '../context.ts';
import { findHosts } from './host.store.ts';
import { showHosts } from './show.ts';

export const list = implement(listHosts, async (cx, params) => {
  const { ids, count } = await findHosts(cx.tx, { ...params, page: cx.page, keyword: cx.keyword });
  return { items: await showHosts(cx, ids), count };
});
