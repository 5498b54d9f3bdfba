// createTags, deleteTags, listTags. A key is on a thing once; who may act on the thing may tag it.
import { createTags, deleteTags, listTags } from '#api/tag/tag.ts';
import { fail } from '#api/errors.ts';
import type { MapEntries } from '#base/param.ts';
import { tellChange } from '#kernel/move.ts';
import { implement, type Cx } from '../context.ts';
import { shownPath } from '../domain/shown-path.ts';
import { recorded } from '../recorded.ts';
import { findResource, kindNamed, resourceKinds, type Resource } from './resource.ts';
import { deleteTag, findTags, insertTag } from './tag.store.ts';

const MAX = 255;

function readTags(entries: MapEntries | undefined): { key: string; value: string | undefined }[] {
  return [...(entries?.values() ?? [])].flatMap((fields) => {
    const key = fields.get('key');
    return key === undefined
      ? [...fields].map(([name, value]) => ({ key: name, value }))
      : [{ key, value: fields.get('value') }];
  });
}

const told = async (cx: Cx, { entity, uuid, owner }: Resource): Promise<void> =>
  tellChange(cx.tx, { entity, uuid, ...owner });

async function resources(
  cx: Cx,
  { resourceIds, resourceType }: { resourceIds: readonly string[]; resourceType: string },
  command: string,
): Promise<Resource[]> {
  const kind = kindNamed(resourceType, resourceKinds, 'resourcetype');
  const found: Resource[] = [];
  for (const value of new Set(resourceIds))
    found.push(
      await findResource(cx, {
        kinds: resourceKinds,
        kind,
        value,
        parameter: 'resourceids',
        command,
        access: 'operate',
      }),
    );
  return found.length > 0
    ? found
    : fail(
        'missingParameter',
        `Unable to execute API command ${command.toLowerCase()} due to missing parameter resourceids`,
        { parameter: 'resourceids' },
      );
}

export const create = implement(createTags, async (cx, params) => {
  const tags = readTags(params.tags);
  for (const { key, value } of tags) {
    if (key === '' || key.length > MAX)
      fail('invalidParameter', `tags has a key of ${key.length} characters; 1 to ${MAX} are accepted`, {
        parameter: 'tags',
      });
    if (value === undefined || value === '' || value.length > MAX)
      fail(
        'invalidParameter',
        `tags: the value of ${key.slice(0, 60)} has ${value?.length ?? 0} characters; 1 to ${MAX} are accepted`,
        { parameter: 'tags' },
      );
  }
  const found = await resources(cx, params, 'createTags');
  for (const resource of found) {
    for (const { key, value } of tags) {
      const added = await insertTag(cx.tx, {
        resourceType: resource.kind,
        resourceUuid: resource.uuid,
        key,
        value: value!,
        ...resource.owner,
        customer: params.customer,
      });
      if (!added)
        fail(
          'invalidParameter',
          `tags: ${resource.kind} ${resource.uuid} has a tag ${key} already; deleteTags removes it`,
          { parameter: 'tags' },
        );
    }
    await told(cx, resource);
  }
  return cx.enqueue(recorded, { id: found.length }, { lanes: [], about: found[0]!.uuid });
});

export const remove = implement(deleteTags, async (cx, params) => {
  const found = await resources(cx, params, 'deleteTags');
  const tags = readTags(params.tags);
  let gone = 0;
  for (const { uuid: resourceUuid } of found) {
    if (tags.length === 0) gone += await deleteTag(cx.tx, { resourceUuid });
    for (const { key, value } of tags)
      gone += await deleteTag(cx.tx, { resourceUuid, key, ...(value ? { value } : {}) });
  }
  if (gone === 0 && tags.length > 0)
    fail(
      'invalidParameter',
      `tags: none of the resources has ${tags
        .map(({ key, value }) => (value ? `${key}=${value}` : key))
        .join(', ')
        .slice(0, 200)}`,
      { parameter: 'tags' },
    );
  for (const resource of found) await told(cx, resource);
  return cx.enqueue(recorded, { id: found.length }, { lanes: [], about: found[0]!.uuid });
});

export const list = implement(listTags, async (cx, params) => {
  const resourceType =
    params.resourceType === undefined ? undefined : kindNamed(params.resourceType, resourceKinds, 'resourcetype');
  const { rows, count } = await findTags(cx.tx, {
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    resourceType,
    resourceUuid: params.resourceId,
    key: params.key,
    value: params.value,
    customer: params.customer,
  });
  return {
    items: rows.map((tag) => ({
      key: tag.key,
      value: tag.value,
      resourcetype: tag.resourceType,
      resourceid: tag.resourceUuid,
      customer: tag.customer,
      account: tag.account,
      domain: tag.domain,
      domainid: tag.domainUuid,
      domainpath: shownPath(tag.domainPath),
    })),
    count,
  };
});
