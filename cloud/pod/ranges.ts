// The three verbs of a pod's management addresses. All ranges of a pod are in its network: a pod has one gateway.
import {
  createManagementNetworkIpRange,
  deleteManagementNetworkIpRange,
  updatePodManagementNetworkIpRange,
} from '#api/infra/pod.ts';
import { fail } from '#api/errors.ts';
import { checkCidr } from '../network/address-rules.ts';
import { implement } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { checkPodRange, podNetwork } from './layout.ts';
import { changePodRange, deletePodRange, insertPodRange, podsByIds, type PodRow } from './pod.store.ts';
import { podView } from './pod.view.ts';

const networkOf = (pod: PodRow) => ({ zoneId: pod.zoneId, network: checkCidr('cidr', pod.cidr), gateway: pod.gateway });

export const createRange = implement(
  createManagementNetworkIpRange,
  async (cx, params) => {
    const [pod] = await podsByIds(cx.tx, [params.podId]);
    const network = podNetwork(params);
    if (network.text !== pod!.cidr || params.gateway !== pod!.gateway) {
      fail(
        'invalidParameter',
        `gateway and netmask say ${params.gateway} in ${network.text}; those of the pod are accepted: ${pod!.gateway} in ${pod!.cidr}`,
        { parameter: 'gateway' },
      );
    }
    const vlan = params.vlan ?? 'untagged';
    const range = await checkPodRange(cx.tx, { startIp: params.startIp, endIp: params.endIp, vlan }, networkOf(pod!));
    await insertPodRange(cx.tx, { podId: pod!.id, ...range, vlan, forSystemVms: params.forSystemVms ?? false });
    return cx.enqueue(recorded, { id: pod!.id }, { lanes: [], about: pod!.uuid });
  },
  async (cx, { id }: Recorded) => podView((await podsByIds(cx.tx, [id]))[0]!),
);

export const deleteRange = implement(deleteManagementNetworkIpRange, async (cx, params) => {
  const [pod] = await podsByIds(cx.tx, [params.podId]);
  const range = pod!.ranges.find(
    (one) => one.startIp === params.startIp && one.endIp === params.endIp && one.vlan === params.vlan,
  );
  if (!range)
    return fail(
      'invalidParameter',
      `startip: the pod has no range ${params.startIp} to ${params.endIp} on VLAN ${params.vlan}`,
      { parameter: 'startip' },
    );
  await deletePodRange(cx.tx, range.id);
  return cx.enqueue(recorded, { id: pod!.id }, { lanes: [], about: pod!.uuid });
});

export const updateRange = implement(updatePodManagementNetworkIpRange, async (cx, params) => {
  if (params.newStartIp === undefined && params.newEndIp === undefined)
    fail('invalidParameter', 'newstartip or newendip is missing; at least one of them is accepted', {
      parameter: 'newstartip',
    });
  const [pod] = await podsByIds(cx.tx, [params.podId]);
  const range = pod!.ranges.find((one) => one.startIp === params.currentStartIp && one.endIp === params.currentEndIp);
  if (!range)
    return fail(
      'invalidParameter',
      `currentstartip: the pod has no range ${params.currentStartIp} to ${params.currentEndIp}`,
      { parameter: 'currentstartip' },
    );
  const changed = await checkPodRange(
    cx.tx,
    {
      startIp: params.newStartIp ?? range.startIp,
      endIp: params.newEndIp ?? range.endIp,
      vlan: range.vlan,
      except: range.id,
    },
    networkOf(pod!),
  );
  await changePodRange(cx.tx, range.id, changed);
  return cx.enqueue(recorded, { id: pod!.id }, { lanes: [], about: pod!.uuid });
});
