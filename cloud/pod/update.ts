// updatePod: name, network, whether it may be used; the addresses of its range where it has one range.
import { updatePod } from '#api/infra/pod.ts';
import { fail } from '#api/errors.ts';
import type { Values } from '#api/define.ts';
import { netmaskOf } from '../network/address-rules.ts';
import { implement, type Cx } from '../context.ts';
import { checkPodNetwork, checkPodRange, insideNetwork, podNetwork } from './layout.ts';
import { changePod, changePodRange, podNameTaken, podsByIds, type PodRow } from './pod.store.ts';
import { podView } from './pod.view.ts';

type Params = Values<typeof updatePod.params>;

export const update = implement(updatePod, async (cx, params) => {
  const [before] = await podsByIds(cx.tx, [params.id]);
  if (
    params.name !== undefined &&
    (await podNameTaken(cx.tx, { zoneId: before!.zoneId, name: params.name, except: params.id }))
  ) {
    fail('invalidParameter', `name: there is a pod ${params.name} in the zone already`, { parameter: 'name' });
  }
  await changeAddresses(cx, before!, params);
  await changePod(cx.tx, params.id, { name: params.name, allocation_state: params.allocationState });
  const [pod] = await podsByIds(cx.tx, [params.id]);
  await cx.event({ description: `Pod ${pod!.name} was changed`, uuid: pod!.uuid });
  return podView(pod!);
});

/** All ranges must still lie in the network, and the gateway outside of them. */
async function changeAddresses(cx: Cx, before: PodRow, params: Params): Promise<void> {
  if ([params.gateway, params.netmask, params.startIp, params.endIp].every((value) => value === undefined)) return;
  const gateway = params.gateway ?? before.gateway;
  const network = podNetwork({ gateway, netmask: params.netmask ?? netmaskOf(Number(before.cidr.split('/')[1])) });
  await checkPodNetwork(cx.tx, { zoneId: before.zoneId, network, except: before.id });
  const laid = { zoneId: before.zoneId, network, gateway };
  if (params.startIp !== undefined || params.endIp !== undefined) {
    const [range, ...more] = before.ranges;
    if (!range || more.length > 0)
      return fail(
        'invalidParameter',
        `The pod has ${before.ranges.length} ranges; updatePodManagementNetworkIpRange changes one of them`,
        { parameter: 'startip' },
      );
    const changed = await checkPodRange(
      cx.tx,
      {
        startIp: params.startIp ?? range.startIp,
        endIp: params.endIp ?? range.endIp,
        vlan: range.vlan,
        except: range.id,
      },
      laid,
    );
    await changePodRange(cx.tx, range.id, changed);
  } else {
    const outside = before.ranges.find(
      (range) => !insideNetwork(network, range.startIp) || !insideNetwork(network, range.endIp),
    );
    if (outside)
      fail(
        'invalidParameter',
        `gateway and netmask say ${network.text}, outside of which the pod has the range ${outside.startIp} to ${outside.endIp}`,
        { parameter: 'netmask' },
      );
    for (const range of before.ranges) await checkPodRange(cx.tx, { ...range, except: range.id }, laid);
  }
  await changePod(cx.tx, before.id, { gateway, cidr: network.text });
}
