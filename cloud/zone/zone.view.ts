// How a zone looks in an answer.
import type { Shape } from '#api/define.ts';
import type { zoneResponse } from '#api/infra/responses.ts';
import type { Caller } from '../context.ts';
import type { ZoneRow } from './zone.store.ts';

/** Addresses of the operator's own name servers are for the operator. */
export const zoneView = (zone: ZoneRow, caller: Pick<Caller, 'isRoot'>): Shape<typeof zoneResponse> => ({
  id: zone.uuid, name: zone.name, networktype: zone.networkType, securitygroupsenabled: zone.securityGroups, localstorageenabled: zone.localStorage,
  allocationstate: zone.allocationState, dhcpprovider: zone.dhcpProvider, zonetoken: zone.uuid, type: zone.type,
  domain: zone.networkDomain, domainid: zone.domainUuid, domainname: zone.domainName,
  ...(caller.isRoot ? {
    dns1: zone.dns1, dns2: zone.dns2, internaldns1: zone.internalDns1, internaldns2: zone.internalDns2, guestcidraddress: zone.guestCidr, resourcedetails: zone.details,
  } : {}),
});
