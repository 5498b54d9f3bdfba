// The four verbs of regions: this installation (number 1) and others whose API is known. They share no data; a region is an entry
// in a directory.
import { addRegion, listRegions, removeRegion as removeRegionCommand, updateRegion } from '#api/infra/region.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import type { regionResponse } from '#api/infra/responses.ts';
import { done, implement, type Cx } from '../context.ts';
import {
  changeRegion,
  findRegions,
  insertRegion,
  regionNameTaken,
  regionsByIds,
  removeRegion,
  type RegionRow,
} from './region.store.ts';

const LOCAL = 1;

/** Neither global load balancing nor portable addresses exist here. */
const view = (row: RegionRow): Shape<typeof regionResponse> => ({
  ...row,
  gslbserviceenabled: false,
  portableipserviceenabled: false,
});

export const add = implement(addRegion, async (cx, params) => {
  onlyRoot(cx);
  if (params.id < 1)
    fail('invalidParameter', `id is ${params.id}; a number from 1 on is accepted`, { parameter: 'id' });
  if ((await regionsByIds(cx.tx, [params.id])).length > 0)
    fail('invalidParameter', `id: there is a region ${params.id} already`, { parameter: 'id' });
  await checkNames(cx, { ...params, except: 0 });
  await insertRegion(cx.tx, { id: params.id, name: params.name, endpoint: params.endpoint });
  return view({ id: params.id, name: params.name, endpoint: params.endpoint });
});

export const list = implement(listRegions, async (cx, params) => {
  const { rows, count } = await findRegions(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
  });
  return { items: rows.map(view), count };
});

export const update = implement(updateRegion, async (cx, params) => {
  onlyRoot(cx);
  await existing(cx, params.id);
  await checkNames(cx, { ...params, except: params.id });
  await changeRegion(cx.tx, params.id, { name: params.name, endpoint: params.endpoint });
  return view(await existing(cx, params.id));
});

export const remove = implement(removeRegionCommand, async (cx, params) => {
  onlyRoot(cx);
  await existing(cx, params.id);
  if (params.id === LOCAL)
    fail('invalidParameter', 'id is 1: that is the region of this installation and cannot be removed', {
      parameter: 'id',
    });
  await removeRegion(cx.tx, params.id);
  return done;
});

/** A region's number is no id that the framework checks. */
function onlyRoot({ caller }: Cx): void {
  if (!caller.isRoot) fail('permissionDenied', `Account ${caller.accountName} may not change regions`);
}

async function existing(cx: Cx, id: number): Promise<RegionRow> {
  const [row] = await regionsByIds(cx.tx, [id]);
  return row ?? fail('notFound', `id: there is no region ${id}`, { parameter: 'id' });
}

async function checkNames(
  cx: Cx,
  { name, endpoint, except }: { name?: string; endpoint?: string; except: number },
): Promise<void> {
  if (name !== undefined && (await regionNameTaken(cx.tx, { name, except })))
    fail('invalidParameter', `name: there is a region ${name} already`, { parameter: 'name' });
  if (endpoint !== undefined && !isHttpUrl(endpoint))
    fail(
      'invalidParameter',
      `endpoint is '${endpoint.slice(0, 60)}'; the URL of an API is accepted, for instance https://cloud.example/client/api`,
      { parameter: 'endpoint' },
    );
}

const isHttpUrl = (text: string): boolean => URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
