// updateZone: names, name servers, and whether anything may be placed in it.
import { updateZone } from '#api/infra/zone.ts';
import { fail } from '#api/errors.ts';
import { checkCidr } from '../network/address-rules.ts';
import { implement } from '../context.ts';
import { readDetails } from '../details.ts';
import { checkNameServers } from './create.ts';
import { changeZone, zoneNameTaken, zonesByIds } from './zone.store.ts';
import { zoneView } from './zone.view.ts';

export const update = implement(updateZone, async (cx, params) => {
  if (params.name !== undefined && (await zoneNameTaken(cx.tx, { name: params.name, except: params.id }))) {
    fail('invalidParameter', `name: there is a zone ${params.name} already`, { parameter: 'name' });
  }
  checkNameServers(params);
  if (params.guestCidrAddress !== undefined) checkCidr('guestcidraddress', params.guestCidrAddress);
  checkProviders(params);
  const [before] = await zonesByIds(cx.tx, [params.id]);
  const details = {
    ...before!.details,
    ...readDetails(params.details),
    ...(params.dnsSearchOrder ? { dnsSearchOrder: params.dnsSearchOrder.join(',') } : {}),
  };
  await changeZone(cx.tx, params.id, {
    name: params.name,
    dns1: params.dns1,
    dns2: params.dns2,
    internal_dns1: params.internalDns1,
    internal_dns2: params.internalDns2,
    guest_cidr: params.guestCidrAddress,
    network_domain: params.domain,
    allocation_state: params.allocationState,
    local_storage: params.localStorageEnabled,
    sort_key: params.sortKey,
    details: params.details || params.dnsSearchOrder ? JSON.stringify(details) : undefined,
    domain_id: params.isPublic ? null : undefined,
  });
  const [zone] = await zonesByIds(cx.tx, [params.id]);
  await cx.event({
    type: 'ZONE.EDIT',
    description: `Zone ${zone!.name} was changed`,
    uuid: zone!.uuid,
    resourceType: 'Zone',
  });
  return zoneView(zone!, cx.caller);
});

function checkProviders(params: {
  dhcpProvider?: string;
  isPublic?: boolean;
  ip6Dns1?: string;
  ip6Dns2?: string;
}): void {
  if (params.dhcpProvider !== undefined && params.dhcpProvider !== 'VirtualRouter')
    fail('unsupported', `dhcpprovider is '${params.dhcpProvider}'; accepted: VirtualRouter`, {
      parameter: 'dhcpprovider',
    });
  if (params.isPublic === false)
    fail(
      'invalidParameter',
      'ispublic is false; a zone is made for a domain when it is created, and true opens it to all',
      { parameter: 'ispublic' },
    );
  if (params.ip6Dns1 !== undefined || params.ip6Dns2 !== undefined)
    fail('unsupported', 'ip6dns1: networks of this cloud are IPv4; leave ip6dns1 and ip6dns2 out', {
      parameter: 'ip6dns1',
    });
}
