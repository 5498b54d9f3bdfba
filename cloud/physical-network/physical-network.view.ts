// How a physical network looks in an answer.
import type { Shape } from '#api/define.ts';
import type { physicalNetworkResponse } from '#api/network/provider-responses.ts';
import type { PhysicalNetworkRow } from './physical-network.store.ts';

export const physicalNetworkView = (row: PhysicalNetworkRow): Shape<typeof physicalNetworkResponse> => ({
  id: row.uuid,
  name: row.name,
  state: row.state,
  zoneid: row.zoneUuid,
  zonename: row.zoneName,
  vlan: row.vlan,
  isolationmethods: row.isolationMethods.join(','),
  broadcastdomainrange: row.broadcastDomainRange,
  networkspeed: row.speed,
  tags: row.tags.join(',') || null,
  domainid: row.domainUuid,
});
