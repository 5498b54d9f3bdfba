// How a zone looks in an answer.
import type { Shape } from '#api/define.ts';
import type { capacityResponse, zoneResponse } from '#api/infra/responses.ts';
import type { Caller } from '../context.ts';
import type { ZoneRow } from './zone.store.ts';

type Extra = { capacity?: readonly Shape<typeof capacityResponse>[] };

/** Addresses of the operator's own name servers, details and capacities are for the operator. */
export const zoneView = (
  zone: ZoneRow,
  caller: Pick<Caller, 'isRoot'>,
  { capacity }: Extra = {},
): Shape<typeof zoneResponse> => ({
  id: zone.uuid,
  name: zone.name,
  networktype: zone.networkType,
  securitygroupsenabled: zone.securityGroups,
  localstorageenabled: zone.localStorage,
  allocationstate: zone.allocationState,
  dhcpprovider: zone.dhcpProvider,
  zonetoken: zone.uuid,
  type: zone.type,
  domain: zone.networkDomain,
  domainid: zone.domainUuid,
  domainname: zone.domainName,
  tags: zone.tags,
  hasannotations: zone.annotated,
  ismultiarch: zone.architectures > 1,
  isnsxenabled: false,
  routedmodeenabled: false,
  allowuserspecifyvrmtu: false,
  ...(caller.isRoot
    ? {
        dns1: zone.dns1,
        dns2: zone.dns2,
        ip6dns1: zone.ip6Dns1,
        ip6dns2: zone.ip6Dns2,
        internaldns1: zone.internalDns1,
        internaldns2: zone.internalDns2,
        guestcidraddress: zone.guestCidr,
        resourcedetails: Object.keys(zone.details).length > 0 ? zone.details : null,
        capacity,
      }
    : {}),
});
