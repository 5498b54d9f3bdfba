// updateZone: names, name servers, and whether anything may be placed in it.
import { updateZone } from '#api/infra/zone.ts';
import { fail } from '#api/errors.ts';
import { checkCidr } from '../network/address-rules.ts';
import { implement } from '../context.ts';
import { checkNameServers } from './create.ts';
import { changeZone, zoneNameTaken, zonesByIds } from './zone.store.ts';
import { zoneView } from './zone.view.ts';

export const update = implement(updateZone, async (cx, params) => {
  if (params.name !== undefined && (await zoneNameTaken(cx.tx, { name: params.name, except: params.id }))) {
    fail('invalidParameter', `name: there is a zone ${params.name} already`, { parameter: 'name' });
  }
  checkNameServers(params);
  if (params.guestCidrAddress !== undefined) checkCidr('guestcidraddress', params.guestCidrAddress);
  await changeZone(cx.tx, params.id, {
    name: params.name, dns1: params.dns1, dns2: params.dns2, internal_dns1: params.internalDns1, internal_dns2: params.internalDns2,
    guest_cidr: params.guestCidrAddress, network_domain: params.domain, allocation_state: params.allocationState, local_storage: params.localStorageEnabled, sort_key: params.sortKey,
  });
  const [zone] = await zonesByIds(cx.tx, [params.id]);
  await cx.event({ type: 'ZONE.EDIT', description: `Zone ${zone!.name} was changed`, uuid: zone!.uuid, resourceType: 'Zone' });
  return zoneView(zone!, cx.caller);
});
