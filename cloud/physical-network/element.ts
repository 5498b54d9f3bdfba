// Virtual router elements: the switch a zone wizard turns before it enables the provider.
import {
  configureVirtualRouterElement,
  createVirtualRouterElement,
  listVirtualRouterElements,
} from '#api/network/provider.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import type { virtualRouterElementResponse } from '#api/network/provider-responses.ts';
import type { Tx } from '#kernel/db.ts';
import { implement } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import {
  elementOf,
  elementsByIds,
  findElements,
  insertElement,
  providerOfElement,
  providersByIds,
  switchElement,
  type ElementRow,
} from './provider.store.ts';

const view = (row: ElementRow): Shape<typeof virtualRouterElementResponse> => ({
  id: row.uuid,
  nspid: row.providerUuid,
  enabled: row.enabled,
});
const show = async (cx: { tx: Tx }, { id }: Recorded) => view((await elementsByIds(cx.tx, [id]))[0]!);

export const create = implement(
  createVirtualRouterElement,
  async (cx, params) => {
    const [provider] = await providersByIds(cx.tx, [params.nspId]);
    if (await elementOf(cx.tx, params.nspId))
      fail('invalidParameter', `nspid: the provider ${provider!.name} has an element already`, { parameter: 'nspid' });
    const { id, uuid } = await insertElement(cx.tx, params.nspId);
    return cx.enqueue(recorded, { id }, { lanes: [], about: uuid });
  },
  show,
);

export const configure = implement(
  configureVirtualRouterElement,
  async (cx, params) => {
    const [element] = await elementsByIds(cx.tx, [params.id]);
    const provider = await providerOfElement(cx.tx, params.id);
    if (!params.enabled && provider.state !== 'Disabled')
      fail('wrongState', `enabled is false, but the provider ${provider.name} is ${provider.state}; disable it first`, {
        parameter: 'enabled',
      });
    await switchElement(cx.tx, params.id, params.enabled);
    return cx.enqueue(recorded, { id: params.id }, { lanes: [], about: element!.uuid });
  },
  show,
);

export const list = implement(listVirtualRouterElements, async (cx, params) => {
  const { rows, count } = await findElements(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    providerId: params.nspId,
    enabled: params.enabled,
  });
  return { items: rows.map(view), count };
});
