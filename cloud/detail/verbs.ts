// addResourceDetail, removeResourceDetail, listResourceDetails.
import { addResourceDetail, listResourceDetails, removeResourceDetail } from '#api/tag/detail.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx } from '../context.ts';
import { readDetails } from '../details.ts';
import { entities } from '../entities.ts';
import { recorded } from '../recorded.ts';
import { findResource, kindNamed, resourceKinds, type Resource } from '../tag/resource.ts';
import { carriesDetails, detailsOf, detailsOfKind, dropDetails, setDetails, type DetailRow } from './detail.store.ts';

/** Details of instances that are the platform's own. */
const HIDDEN = /^(SSH\.PublicKey|Encrypted\.Password)$/;

const resource = (
  cx: Cx,
  { resourceType, resourceId }: { resourceType: string; resourceId: string },
  command: string,
  access: 'use' | 'operate',
): Promise<Resource> =>
  findResource(cx, {
    kinds: resourceKinds,
    kind: kindNamed(resourceType, resourceKinds, 'resourcetype'),
    value: resourceId,
    parameter: 'resourceid',
    command,
    access,
  });

export const add = implement(addResourceDetail, async (cx, params) => {
  const found = await resource(cx, params, 'addResourceDetail', 'operate');
  const details = readDetails(params.details);
  for (const [key, value] of Object.entries(details)) {
    if (key === '' || key.length > 255 || value.length > 5_120)
      fail(
        'invalidParameter',
        `details: keys of 1 to 255 and values of at most 5120 characters are accepted, ${key.slice(0, 60)} is another`,
        { parameter: 'details' },
      );
    if (HIDDEN.test(key)) fail('invalidParameter', `details: ${key} is the platform's own`, { parameter: 'details' });
  }
  if (params.forDisplay === false && carriesDetails(found.table))
    fail('unsupported', `fordisplay: details of ${found.kind} are shown; leave it out or say true`, {
      parameter: 'fordisplay',
    });
  await setDetails(cx.tx, found, details, params.forDisplay ?? true);
  return cx.enqueue(recorded, { id: found.id }, { lanes: [], about: found.uuid, owner: found.owner });
});

export const remove = implement(removeResourceDetail, async (cx, params) => {
  const found = await resource(cx, params, 'removeResourceDetail', 'operate');
  if (params.key !== undefined && HIDDEN.test(params.key))
    fail('invalidParameter', `key: ${params.key} is the platform's own`, { parameter: 'key' });
  await dropDetails(cx.tx, found, params.key);
  return cx.enqueue(recorded, { id: found.id }, { lanes: [], about: found.uuid, owner: found.owner });
});

export const list = implement(
  listResourceDetails,
  async (cx, params) => {
    const kind = kindNamed(params.resourceType, resourceKinds, 'resourcetype');
    if (params.resourceId === undefined && !cx.caller.isRoot)
      fail(
        'missingParameter',
        'Unable to execute API command listresourcedetails due to missing parameter resourceid',
        { parameter: 'resourceid' },
      );
    const rows =
      params.resourceId === undefined
        ? await detailsOfKind(cx.tx, {
            table: entities[resourceKinds[kind]!].table,
            kind,
            key: params.key,
            value: params.value,
          })
        : await detailsOf(
            cx.tx,
            await resource(cx, { ...params, resourceId: params.resourceId }, 'listResourceDetails', 'use'),
          );
    const shown = rows.filter(
      (row) =>
        visible(cx, kind, row) &&
        (params.key === undefined || row.key === params.key) &&
        (params.value === undefined || row.value === params.value) &&
        (params.forDisplay === undefined || row.display === params.forDisplay) &&
        (cx.keyword === undefined || row.key.includes(cx.keyword)),
    );
    const items = shown.slice(cx.page.offset, cx.page.offset + cx.page.limit).map((row) => ({
      resourceid: row.uuid,
      resourcetype: kind,
      key: row.key,
      value: row.value,
      fordisplay: row.display,
    }));
    return { items, count: shown.length };
  },
  undefined,
  { scopesItself: true },
);

const visible = ({ caller, settings }: Cx, kind: string, { key, display }: DetailRow): boolean =>
  !HIDDEN.test(key) &&
  (caller.isRoot || (display && !(kind === 'UserVm' && settings.list('user.vm.denied.details').includes(key))));
