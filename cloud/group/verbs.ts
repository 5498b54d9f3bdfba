// createInstanceGroup, listInstanceGroups, updateInstanceGroup, deleteInstanceGroup: names under which instances are kept together.
import { createInstanceGroup, deleteInstanceGroup, listInstanceGroups, updateInstanceGroup } from '#api/vm/group.ts';
import type { instanceGroupResponse } from '#api/vm/group-responses.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { done, implement, type Cx } from '../context.ts';
import { shownPath } from '../domain/shown-path.ts';
import {
  findGroups,
  groupNamed,
  groupsByIds,
  insertGroup,
  removeGroup,
  renameGroup,
  type GroupRow,
} from './group.store.ts';

async function checkName(cx: Cx, accountId: number, text: string, except?: number): Promise<string> {
  const name = text.trim();
  if (name === '') fail('invalidParameter', 'name is empty; the name of the group is accepted', { parameter: 'name' });
  if (await groupNamed(cx.tx, { accountId, name, except }))
    fail('invalidParameter', `name: the account has an instance group ${name} already`, { parameter: 'name' });
  return name;
}

const show = async (cx: Cx, id: number): Promise<Shape<typeof instanceGroupResponse>> =>
  groupView((await groupsByIds(cx.tx, [id]))[0]!);

export const create = implement(createInstanceGroup, async (cx, params) => {
  const owner = await cx.owner(params);
  const { id } = await insertGroup(cx.tx, {
    account_id: owner.accountId,
    domain_id: owner.domainId,
    name: await checkName(cx, owner.accountId, params.name),
  });
  return show(cx, id);
});

export const list = implement(listInstanceGroups, async (cx, params) => {
  const { rows, count } = await findGroups(cx.tx, {
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
  });
  return { items: rows.map(groupView), count };
});

export const update = implement(updateInstanceGroup, async (cx, { id, name }) => {
  const [group] = await groupsByIds(cx.tx, [id]);
  if (name !== undefined) await renameGroup(cx.tx, id, await checkName(cx, group!.accountId, name, id));
  return show(cx, id);
});

export const remove = implement(deleteInstanceGroup, async (cx, { id }) => {
  await removeGroup(cx.tx, id);
  return done;
});

const groupView = (group: GroupRow): Shape<typeof instanceGroupResponse> => ({
  id: group.uuid,
  name: group.name,
  created: group.created,
  account: group.account,
  domain: group.domain,
  domainid: group.domainUuid,
  domainpath: shownPath(group.domainPath),
  hasannotations: group.annotated,
});
