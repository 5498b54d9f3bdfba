// How a range of addresses looks in an answer.
import type { Shape } from '#api/define.ts';
import type { vlanIpRangeResponse } from '#api/network/responses.ts';
import type { RangeRow } from './public-range.store.ts';

export const rangeView = (row: RangeRow): Shape<typeof vlanIpRangeResponse> => ({
  id: row.uuid,
  zoneid: row.zoneUuid,
  physicalnetworkid: row.physicalNetworkUuid,
  networkid: row.networkUuid,
  podid: row.podUuid,
  podname: row.podName,
  vlan: `vlan://${row.vlan}`,
  gateway: row.gateway,
  netmask: row.netmask,
  cidr: row.cidr,
  startip: row.startIp,
  endip: row.endIp,
  description: `${row.startIp}-${row.endIp}`,
  forvirtualnetwork: row.forVirtualNetwork,
  forsystemvms: row.forSystemVms,
  account: row.account,
  domainid: row.domainUuid,
  domain: row.domain,
  domainpath: row.domainPath,
});
