// createPod: a rack with its network and the first range of its management addresses.
import { createPod } from '#api/infra/pod.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { checkPodNetwork, checkPodRange, podNetwork } from './layout.ts';
import { insertPod, insertPodRange, podNameTaken, podsByIds } from './pod.store.ts';
import { podView } from './pod.view.ts';
import { refuseAccessGroups } from '../storage-pool/access-groups.ts';

export const create = implement(createPod, async (cx, params) => {
  const { gateway, netmask, startIp } = params;
  const missing = Object.entries({ gateway, netmask, startip: startIp }).find(([, value]) => value === undefined)?.[0];
  if (missing)
    fail('missingParameter', `${missing} is missing: a pod needs gateway, netmask and startip`, { parameter: missing });
  refuseAccessGroups(params);
  if (await podNameTaken(cx.tx, { zoneId: params.zoneId, name: params.name }))
    fail('invalidParameter', `name: there is a pod ${params.name} in the zone already`, { parameter: 'name' });
  const network = podNetwork({ gateway: gateway!, netmask: netmask! });
  await checkPodNetwork(cx.tx, { zoneId: params.zoneId, network });
  const range = await checkPodRange(
    cx.tx,
    { startIp: startIp!, endIp: params.endIp, vlan: 'untagged' },
    { zoneId: params.zoneId, network, gateway: gateway! },
  );
  const { id } = await insertPod(cx.tx, {
    zone_id: params.zoneId,
    name: params.name,
    gateway,
    cidr: network.text,
    allocation_state: params.allocationState ?? 'Enabled',
  });
  await insertPodRange(cx.tx, { podId: id, ...range, vlan: 'untagged', forSystemVms: false });
  const [pod] = await podsByIds(cx.tx, [id]);
  await cx.event({ description: `Pod ${params.name} was created`, uuid: pod!.uuid, resourceType: 'Pod' });
  return podView(pod!);
});
