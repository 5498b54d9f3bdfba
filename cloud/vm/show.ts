// An instance, or a page of them, as an answer: the parts read in batches and put together.
import type { Shape } from '#api/define.ts';
import type { virtualMachineResponse } from '#api/vm/responses.ts';
import type { ResultCx } from '../context.ts';
import { affinityGroupsOf, nicDetails, tagsOfVms, vmDetails } from './vm.view.store.ts';
import { vmView } from './vm.view.ts';

type Shown = Shape<typeof virtualMachineResponse>;

export async function showVms(cx: Pick<ResultCx, 'tx' | 'caller'>, ids: readonly number[]): Promise<Shown[]> {
  if (ids.length === 0) return [];
  const vms = await vmDetails(cx.tx, ids);
  const [nics, tags, groups] = [
    await nicDetails(cx.tx, { vmIds: ids }),
    await tagsOfVms(
      cx.tx,
      vms.map((vm) => vm.uuid),
    ),
    await affinityGroupsOf(cx.tx, ids),
  ];
  const [nicsOf, tagsOf, groupsOf] = [
    grouped(nics, (nic) => nic.vmId),
    grouped(tags, (tag) => tag.uuid),
    grouped(groups, (group) => group.vmId),
  ];
  return vms.map((vm) =>
    vmView(
      { vm, nics: nicsOf.get(vm.id) ?? [], tags: tagsOf.get(vm.uuid) ?? [], groups: groupsOf.get(vm.id) ?? [] },
      cx.caller,
    ),
  );
}

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const found = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = found.get(key);
    if (group) group.push(item);
    else found.set(key, [item]);
  }
  return found;
}

/** `withPassword`: the answer of the call that made it; it is told once, to whoever made the instance. */
export async function showVm(cx: ResultCx, id: number, { withPassword = false } = {}): Promise<Shown> {
  const [shown] = await showVms(cx, [id]);
  if (!withPassword) return shown!;
  const [vm] = await vmDetails(cx.tx, [id]);
  return vm!.password === null ? shown! : { ...shown, password: cx.sealer.open(vm!.password) };
}
