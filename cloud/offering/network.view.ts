// How network offerings and network services look in an answer.
import type { Shape } from '#api/define.ts';
import type { networkOfferingResponse, networkServiceResponse } from '#api/network/provider-responses.ts';
import type { Settings } from '#kernel/settings.ts';
import type { NetworkOfferingRow, OfferedService } from './network.store.ts';
import { choosable, providerNames, provides, services } from './network-services.ts';

/** What an answer says of a service: only what an offering can choose, with what this one chose. */
const chosen: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Lb: { SupportedLBIsolation: 'dedicated', ElasticLb: 'false', InlineMode: 'false', VmAutoScaling: 'false' },
  SourceNat: { SupportedSourceNatTypes: 'peraccount', RedundantRouter: 'false' },
  StaticNat: { ElasticIp: 'false', AssociatePublicIP: 'false' },
};

/** Clients are not shown the service Gateway, as by CloudStack. */
export const offeredServicesView = (
  offered: Readonly<Record<string, OfferedService>>,
): Shape<typeof networkServiceResponse>[] =>
  Object.entries(offered)
    .filter(([name]) => name !== 'Gateway')
    .map(([name, service]) => ({
      name,
      provider: service.providers.map((provider) => ({ name: provider })),
      capability: Object.entries({ ...chosen[name], ...service.capabilities }).map(([capability, value]) => ({
        name: capability,
        value,
        ...(choosable.has(capability) ? { canchooseservicecapability: true } : {}),
      })),
    }));

export function networkOfferingView(
  row: NetworkOfferingRow,
  settings: Settings,
): Shape<typeof networkOfferingResponse> {
  const rate = row.networkRate ?? settings.number('network.throttling.rate');
  return {
    id: row.uuid,
    name: row.name,
    displaytext: row.displayText,
    created: row.created,
    state: row.state,
    availability: row.availability,
    isdefault: row.isDefault,
    traffictype: row.trafficType,
    guestiptype: row.guestType,
    specifyvlan: row.specifyVlan,
    specifyipranges: row.specifyIpRanges,
    conservemode: row.conserveMode,
    ispersistent: row.isPersistent,
    forvpc: row.forVpc,
    egressdefaultpolicy: row.egressDefaultAllow,
    networkrate: rate > 0 ? rate : null,
    maxconnections: row.maxConnections,
    tags: row.tags.join(',') || null,
    serviceofferingid: row.serviceOfferingUuid,
    networkmode: row.networkMode,
    internetprotocol: 'IPv4',
    fornsx: false,
    fortungsten: false,
    supportspublicaccess: false,
    supportsstrechedl2subnet: false,
    supportsinternallb: false,
    specifyasnumber: false,
    details: Object.keys(row.details).length > 0 ? row.details : null,
    service: offeredServicesView(row.services),
    domainid: row.domainUuids,
    domain: row.domainNames,
    zoneid: row.zoneUuids,
    zone: row.zoneNames,
    hasannotations: row.annotated,
  };
}

/** One service with who provides it in this cloud and what of it an offering can choose. */
export const networkServiceView = (name: string): Shape<typeof networkServiceResponse> => ({
  name,
  provider: providerNames
    .filter((provider) => provides(provider, name))
    .map((provider) => ({ name: provider, canenableindividualservice: true })),
  capability: services[name]!.map((capability) => ({
    name: capability,
    canchooseservicecapability: choosable.has(capability),
  })),
});
