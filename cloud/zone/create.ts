// createZone: a zone starts disabled; nothing is placed in it until it is enabled.
import { createZone } from '#api/infra/zone.ts';
import { fail } from '#api/errors.ts';
import { checkCidr, checkIpv4 } from '../network/address-rules.ts';
import { implement } from '../context.ts';
import { insertZone, zoneNameTaken, zonesByIds } from './zone.store.ts';
import { zoneView } from './zone.view.ts';
import { refuseAccessGroups } from '../storage-pool/access-groups.ts';

export const create = implement(createZone, async (cx, params) => {
  if (params.networkType !== 'Advanced')
    fail('unsupported', `networktype is ${params.networkType}; this cloud makes Advanced zones`, {
      parameter: 'networktype',
    });
  if (params.securityGroupEnabled)
    fail(
      'unsupported',
      'securitygroupenabled: zones of this cloud have no security groups; leave it out or say false',
      { parameter: 'securitygroupenabled' },
    );
  if (params.isEdge)
    fail('unsupported', 'isedge: zones of this cloud are Core zones; leave it out or say false', {
      parameter: 'isedge',
    });
  if (params.ip6Dns1 !== undefined || params.ip6Dns2 !== undefined)
    fail('unsupported', 'ip6dns1: networks of this cloud are IPv4; leave ip6dns1 and ip6dns2 out', {
      parameter: 'ip6dns1',
    });
  refuseAccessGroups(params);
  if (await zoneNameTaken(cx.tx, { name: params.name }))
    fail('invalidParameter', `name: there is a zone ${params.name} already`, { parameter: 'name' });
  checkNameServers(params);
  if (params.guestCidrAddress !== undefined) checkCidr('guestcidraddress', params.guestCidrAddress);
  const { id } = await insertZone(cx.tx, {
    name: params.name,
    network_type: 'Advanced',
    dns1: params.dns1,
    dns2: params.dns2,
    internal_dns1: params.internalDns1,
    internal_dns2: params.internalDns2,
    guest_cidr: params.guestCidrAddress,
    network_domain: params.domain,
    domain_id: params.domainId,
    allocation_state: params.allocationState ?? 'Disabled',
    local_storage: params.localStorageEnabled ?? false,
  });
  const [zone] = await zonesByIds(cx.tx, [id]);
  await cx.event({
    type: 'ZONE.CREATE',
    description: `Zone ${params.name} was created`,
    uuid: zone!.uuid,
    resourceType: 'Zone',
  });
  return zoneView(zone!, cx.caller);
});

/** Name servers are plain addresses. */
export function checkNameServers(params: {
  dns1?: string;
  dns2?: string;
  internalDns1?: string;
  internalDns2?: string;
}): void {
  for (const [name, value] of Object.entries({
    dns1: params.dns1,
    dns2: params.dns2,
    internaldns1: params.internalDns1,
    internaldns2: params.internalDns2,
  })) {
    if (value !== undefined) checkIpv4(name, value);
  }
}
