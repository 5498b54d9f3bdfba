// createAffinityGroup, listAffinityGroups, listAffinityGroupTypes, deleteAffinityGroup, updateVMAffinityGroup: which instances
// shall be on the same host, and which shall not. Placement reads them when an instance starts.
import {
  createAffinityGroup,
  deleteAffinityGroup,
  listAffinityGroups,
  listAffinityGroupTypes,
  updateVMAffinityGroup,
} from '#api/vm/group.ts';
import type { affinityGroupResponse } from '#api/vm/group-responses.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx } from '../context.ts';
import { shownPath } from '../domain/shown-path.ts';
import { affinityTypes } from '../placement/placement.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { showVm } from '../vm/show.ts';
import { lockedGuest } from '../vm/locked.ts';
import {
  findGroups,
  groupsByIds,
  groupsNamed,
  insertGroup,
  removeGroup,
  setGroups,
  type AffinityRow,
} from './affinity-group.store.ts';
import { groupsForGuest } from './affinity-group.ts';

export const create = implement(
  createAffinityGroup,
  async (cx, params) => {
    const [owner, name] = [await cx.owner(params), params.name.trim()];
    const type = affinityTypes.find((one) => one.toLowerCase() === params.type.trim().toLowerCase());
    if (!type)
      fail('invalidParameter', `type is '${params.type.slice(0, 60)}'; accepted: ${affinityTypes.join(', ')}`, {
        parameter: 'type',
      });
    if (name === '')
      fail('invalidParameter', 'name is empty; the name of the group is accepted', { parameter: 'name' });
    if ((await groupsNamed(cx.tx, { accountId: owner.accountId, names: [name] })).length > 0)
      fail('invalidParameter', `name: the account has an affinity group ${name} already`, { parameter: 'name' });
    const { id, uuid } = await insertGroup(cx.tx, {
      account_id: owner.accountId,
      domain_id: owner.domainId,
      name,
      type,
      description: params.description,
    });
    return cx.enqueue(recorded, { id }, { lanes: [], about: uuid, owner });
  },
  async (cx, { id }: Recorded) => groupView((await groupsByIds(cx.tx, [id]))[0]!),
);

export const list = implement(listAffinityGroups, async (cx, params) => {
  const { rows, count } = await findGroups(cx.tx, {
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    type: params.type,
    vmId: params.virtualMachineId,
  });
  return { items: rows.map(groupView), count };
});

export const listTypes = implement(listAffinityGroupTypes, async (cx) => ({
  items: affinityTypes.slice(cx.page.offset, cx.page.offset + cx.page.limit).map((type) => ({ type })),
  count: affinityTypes.length,
}));

export const remove = implement(deleteAffinityGroup, async (cx, params) => {
  if ((params.id === undefined) === (params.name === undefined))
    fail('invalidParameter', 'id or name must be given, and not both', { parameter: 'id' });
  const id = params.id ?? (await idOf(cx, params));
  const [group] = await groupsByIds(cx.tx, [id]);
  await removeGroup(cx.tx, id, group!.accountId);
  return cx.enqueue(recorded, { id }, { lanes: [], about: group!.uuid, owner: group! });
});

async function idOf(
  cx: Cx,
  params: { name?: string; account?: string; domainId?: number; projectId?: number },
): Promise<number> {
  const owner = await cx.owner(params);
  const [found] = await groupsNamed(cx.tx, { accountId: owner.accountId, names: [params.name!] });
  return (
    found?.id ??
    fail('invalidParameter', `name: the account has no affinity group ${params.name}`, { parameter: 'name' })
  );
}

export const updateOfVm = implement(
  updateVMAffinityGroup,
  async (cx, params) => {
    const vm = await lockedGuest(cx.tx, params.id);
    if (vm.state !== 'Stopped')
      fail('wrongState', `The instance is ${vm.state}; affinity groups of one that is Stopped can be changed`, {
        parameter: 'id',
      });
    const groupIds = await groupsForGuest(cx.tx, {
      accountId: vm.accountId,
      ids: params.affinityGroupIds,
      names: params.affinityGroupNames,
    });
    await setGroups(cx.tx, vm.id, groupIds);
    return cx.enqueue(recorded, { id: vm.id }, { lanes: [`vm:${vm.id}`], about: vm.uuid, owner: vm });
  },
  async (cx, { id }: Recorded) => showVm(cx, id),
);

const groupView = (group: AffinityRow): Shape<typeof affinityGroupResponse> => ({
  id: group.uuid,
  name: group.name,
  type: group.type,
  description: group.description,
  account: group.account,
  domain: group.domain,
  domainid: group.domainUuid,
  domainpath: shownPath(group.domainPath),
  ...(group.vmUuids.length > 0 ? { virtualmachineIds: group.vmUuids } : {}),
});
