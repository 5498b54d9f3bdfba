// An instance, or a page of them, as an answer: the rows read in one go, what they refer to known, and put together.
import type { Shape } from '#api/define.ts';
import type { virtualMachineResponse } from '#api/vm/responses.ts';
import type { Caller, MadeOf, ResultCx } from '../context.ts';
import { knowReferences, type Reading } from '../reference/reference.ts';
import type { ReferenceKind } from '../reference/kinds.ts';
import { vmDetails, type VmDetail } from './vm.view.store.ts';
import { vmView, type VmParts } from './vm.view.ts';

type Shown = Shape<typeof virtualMachineResponse>;

/** In the order of the ids; who is gone is left out. */
export async function vmParts(on: Reading, ids: readonly number[]): Promise<VmParts[]> {
  if (ids.length === 0) return [];
  const vms = await vmDetails(on.tx, ids);
  const known = await knowReferences(on, vms.flatMap(refersTo));
  return vms.map((vm) => ({ vm, known }));
}

const refersTo = (vm: VmDetail): (readonly [ReferenceKind, number | null])[] => [
  ['account', vm.accountId],
  ['domain', vm.domainId],
  ['user', vm.userId],
  ['zone', vm.zoneId],
  ['host', vm.hostId],
  ['service_offering', vm.offeringId],
  ['template', vm.templateId],
  ['template', vm.isoId],
  ['guest_os', vm.guestOsId],
  ['instance_group', vm.groupId],
  ['user_data', vm.userDataId],
  ['disk_offering', vm.diskOfferingId],
  ['storage_pool', vm.poolId],
  ...vm.affinityGroupIds.map((id) => ['affinity_group', id] as const),
  ...(vm.nics ?? []).map(({ networkId }) => ['network', networkId] as const),
  ...(vm.tags ?? []).flatMap(({ accountId, domainId }) => [
    ['account', accountId] as const,
    ['domain', domainId] as const,
  ]),
];

export const showVms = async (
  on: Reading & { caller: Pick<Caller, 'isRoot'> },
  ids: readonly number[],
): Promise<Shown[]> => (await vmParts(on, ids)).map((parts) => vmView(parts, on.caller));

/** Everything whose change shows in the answer. A card, a disk, a tag, a job of the instance counts as a change of it. */
export const vmMadeOf = ({ vm, known }: VmParts): MadeOf => [
  ['vm', vm.id],
  ...refersTo(vm).filter((one): one is [ReferenceKind, number] => one[1] !== null),
  ...vm.affinityGroupIds.flatMap((id): [string, number][] => {
    const group = known.get('affinity_group', id);
    return group
      ? [
          ['account', group.accountId],
          ['domain', group.domainId],
        ]
      : [];
  }),
];

/** `withPassword`: the answer of the call that made it; it is told once, to whoever made the instance. */
export async function showVm(cx: ResultCx & Reading, id: number, { withPassword = false } = {}): Promise<Shown> {
  const [parts] = await vmParts(cx, [id]);
  const shown = vmView(parts!, cx.caller);
  const { password } = parts!.vm;
  return !withPassword || password === null ? shown : { ...shown, password: cx.sealer.open(password) };
}
