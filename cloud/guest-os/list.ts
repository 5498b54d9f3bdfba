// listOsTypes and listOsCategories. With `isiso`, `arch` or a zone, only categories of which there are images.
import { listOsCategories, listOsTypes } from '#api/image/guestos.ts';
import { implement } from '../context.ts';
import { findOsCategories, findOsTypes, OS_TYPES_MADE_OF, type OsTypeQuery } from './guest-os.store.ts';

export const listTypes = implement(listOsTypes, async (cx, params) => {
  const query: OsTypeQuery = {
    page: cx.page,
    keyword: cx.keyword,
    ids: params.ids ?? (params.id === undefined ? undefined : [params.id]),
    description: params.description,
    categoryId: params.osCategoryId,
    display: params.forDisplay ?? true,
  };
  const { rows, count } = await cx.found({
    key: `os-types ${JSON.stringify(query)}`,
    of: OS_TYPES_MADE_OF,
    read: () => findOsTypes(cx.tx, query),
  });
  return {
    items: rows.map((row) => ({
      id: row.uuid,
      name: row.name,
      description: row.name,
      isuserdefined: row.userDefined,
      fordisplay: row.display,
      oscategoryid: row.categoryUuid,
      oscategoryname: row.categoryName,
    })),
    count,
  };
});

export const listCategories = implement(listOsCategories, async (cx, params) => {
  if (params.isVnf) return { items: [], count: 0 }; // there are no VNF images
  const filtered = params.isIso !== undefined || params.arch !== undefined || params.zoneId !== undefined;
  const { rows, count } = await findOsCategories(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    featured: params.isFeatured,
    withImages: filtered ? { isIso: params.isIso ?? false, arch: params.arch, zoneId: params.zoneId } : undefined,
  });
  return { items: rows.map((row) => ({ id: row.uuid, name: row.name, isfeatured: row.featured })), count };
});
