// How a pod looks in an answer: its ranges one by one, and once more as lists side by side.
import type { Shape } from '#api/define.ts';
import type { capacityResponse, podResponse } from '#api/infra/responses.ts';
import { netmaskOf } from '../network/address-rules.ts';
import type { PodRow } from './pod.store.ts';

const flag = (yes: boolean): string => (yes ? '1' : '0');

export const podView = (
  pod: PodRow,
  capacity?: readonly Shape<typeof capacityResponse>[],
): Shape<typeof podResponse> => ({
  id: pod.uuid,
  name: pod.name,
  zoneid: pod.zoneUuid,
  zonename: pod.zoneName,
  gateway: pod.gateway,
  netmask: netmaskOf(Number(pod.cidr.split('/')[1])),
  allocationstate: pod.allocationState,
  hasannotations: pod.annotated,
  capacity,
  startip: pod.ranges.map((range) => range.startIp),
  endip: pod.ranges.map((range) => range.endIp),
  forsystemvms: pod.ranges.map((range) => flag(range.forSystemVms)),
  vlanid: pod.ranges.map((range) => range.vlan),
  ipranges: pod.ranges.map((range) => ({
    startip: range.startIp,
    endip: range.endIp,
    forsystemvms: flag(range.forSystemVms),
    vlanid: range.vlan,
    gateway: pod.gateway,
    cidr: pod.cidr,
  })),
});
