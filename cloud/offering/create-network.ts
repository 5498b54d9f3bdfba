// createNetworkOffering: which services a guest network has and who provides them. What this cloud has no provider for is refused here,
// not when the first network of the offering is made.
import { createNetworkOffering } from '#api/offering/network.ts';
import { fail } from '#api/errors.ts';
import type { Values } from '#api/define.ts';
import type { MapEntries } from '#base/param.ts';
import { readDetails } from '../details.ts';
import { implement } from '../context.ts';
import { offeredDomains, readTags } from './offered.ts';
import {
  insertNetworkOffering,
  networkOfferingNameTaken,
  networkOfferingsByIds,
  routerOffering,
  unrequireOthers,
  type OfferedService,
} from './network.store.ts';
import { networkOfferingView } from './network.view.ts';
import {
  capabilitiesOf,
  choosable,
  providerName,
  providerNames,
  provides,
  serviceName,
  services,
} from './network-services.ts';

type Params = Values<typeof createNetworkOffering.params>;

export const createNetwork = implement(createNetworkOffering, async (cx, params) => {
  checkKind(params);
  const offered = readServices(params);
  const availability = params.availability ?? 'Optional';
  if (availability === 'Required' && !(params.guestIpType === 'Isolated' && 'SourceNat' in offered))
    fail('invalidParameter', 'availability is Required; that is for isolated networks with the service SourceNat', {
      parameter: 'availability',
    });
  if (await networkOfferingNameTaken(cx.tx, params.name))
    fail('invalidParameter', `name: there is a network offering ${params.name} already`, { parameter: 'name' });
  if (params.serviceOfferingId !== undefined && !(await routerOffering(cx.tx, params.serviceOfferingId)))
    fail(
      'invalidParameter',
      'serviceofferingid: that offering is not one for routers (issystem with systemvmtype domainrouter)',
      { parameter: 'serviceofferingid' },
    );
  const { id } = await insertNetworkOffering(cx.tx, {
    unique_name: params.name,
    name: params.name,
    display_text: params.displayText ?? params.name,
    traffic_type: 'Guest',
    guest_type: params.guestIpType,
    availability,
    state: params.enable ? 'Enabled' : 'Disabled',
    specify_vlan: params.specifyVlan ?? false,
    specify_ip_ranges: params.specifyIpRanges ?? params.guestIpType === 'Shared',
    conserve_mode: params.conserveMode ?? true,
    is_persistent: params.isPersistent ?? false,
    egress_default_allow: params.egressDefaultPolicy ?? true,
    network_rate: params.networkRate,
    max_connections: params.maxConnections,
    tags: readTags(params.tags) ?? [],
    service_offering_id: params.serviceOfferingId,
    services: JSON.stringify(offered),
    details: JSON.stringify(readDetails(params.details)),
    domain_ids: await offeredDomains(cx, params.domainId),
    zone_ids: params.zoneId ?? [],
  });
  if (availability === 'Required') await unrequireOthers(cx.tx, id);
  const [offering] = await networkOfferingsByIds(cx.tx, [id]);
  await cx.event({
    description: `Network offering ${params.name} was created`,
    uuid: offering!.uuid,
    resourceType: 'NetworkOffering',
  });
  return networkOfferingView(offering!, cx.settings);
});

function checkKind(params: Params): void {
  if (params.trafficType.toLowerCase() !== 'guest')
    fail('invalidParameter', `traffictype is '${params.trafficType}'; accepted: Guest`, { parameter: 'traffictype' });
  const unsupported = {
    forvpc: params.forVpc && 'this cloud has no VPCs',
    fornsx: params.forNsx && 'this cloud has no NSX',
    fortungsten: params.forTungsten && 'this cloud has no Tungsten',
    provider: params.provider && `this cloud has no network provider ${params.provider}`,
    networkmode: params.networkMode === 'ROUTED' && 'networks of this cloud are NATTED',
    routingmode: params.routingMode && 'networks of this cloud are not routed',
    internetprotocol: params.internetProtocol === 'DualStack' && 'networks of this cloud are IPv4',
    specifyasnumber: params.specifyAsNumber && 'networks of this cloud have no AS numbers',
  };
  for (const [name, why] of Object.entries(unsupported))
    if (why) fail('unsupported', `${name}: ${why}; leave it out`, { parameter: name });
  if (params.guestIpType === 'Shared' && params.specifyIpRanges === false)
    fail('invalidParameter', 'specifyipranges is false; shared networks have ranges of their own, true is accepted', {
      parameter: 'specifyipranges',
    });
  if (params.guestIpType === 'Shared' && params.isPersistent)
    fail('invalidParameter', 'ispersistent is for isolated and L2 networks', { parameter: 'ispersistent' });
  for (const [name, value] of [
    ['networkrate', params.networkRate],
    ['maxconnections', params.maxConnections],
  ] as const) {
    if (value !== undefined && value < 0)
      fail('invalidParameter', `${name} is ${value}; 0 or more is accepted`, { parameter: name });
  }
}

/** Services of the two lists, each with its provider: the one named, or the virtual router. */
function readServices(params: Params): Record<string, OfferedService> {
  const offered: Record<string, OfferedService> = {};
  for (const text of params.supportedServices ?? [])
    offered[knownService('supportedservices', text)] = { providers: [] };
  for (const { service, provider } of pairs(params.serviceProviderList)) {
    const name = knownService('serviceproviderlist', service);
    const by = providerName(provider);
    if (!offered[name])
      fail('invalidParameter', `serviceproviderlist names ${name}, which is not among supportedservices`, {
        parameter: 'serviceproviderlist',
      });
    if (!by)
      return fail(
        'invalidParameter',
        `serviceproviderlist: there is no provider '${provider}' in this cloud; accepted: ${providerNames.join(', ')}`,
        { parameter: 'serviceproviderlist' },
      );
    if (!provides(by, name))
      fail('invalidParameter', `serviceproviderlist: ${by} does not provide ${name}`, {
        parameter: 'serviceproviderlist',
      });
    if (!offered[name].providers.includes(by)) offered[name].providers.push(by);
  }
  for (const service of Object.values(offered))
    if (service.providers.length === 0) service.providers.push('VirtualRouter');
  if (params.guestIpType === 'L2' && Object.keys(offered).length > 0)
    fail('invalidParameter', 'supportedservices: an L2 network has no router and therefore no services; leave it out', {
      parameter: 'supportedservices',
    });
  addCapabilities(offered, params.serviceCapabilityList);
  return offered;
}

function knownService(parameter: string, text: string): string {
  return (
    serviceName(text) ??
    fail(
      'invalidParameter',
      `${parameter}: there is no service '${text}' in this cloud; accepted: ${Object.keys(services).join(', ')}`,
      { parameter },
    )
  );
}

function* pairs(entries: MapEntries | undefined): Generator<{ service: string; provider: string }> {
  for (const fields of entries?.values() ?? []) {
    const [service, provider] = [fields.get('service'), fields.get('provider')];
    if (service === undefined || provider === undefined)
      fail(
        'invalidParameter',
        'serviceproviderlist takes serviceproviderlist[0].service=…&serviceproviderlist[0].provider=…',
        { parameter: 'serviceproviderlist' },
      );
    yield { service, provider };
  }
}

function addCapabilities(offered: Record<string, OfferedService>, entries: MapEntries | undefined): void {
  const parameter = 'servicecapabilitylist';
  for (const fields of entries?.values() ?? []) {
    const [service, type, value] = [fields.get('service'), fields.get('capabilitytype'), fields.get('capabilityvalue')];
    if (service === undefined || type === undefined || value === undefined)
      return fail('invalidParameter', `${parameter} takes service, capabilitytype and capabilityvalue of each entry`, {
        parameter,
      });
    const name = knownService(parameter, service);
    if (!offered[name])
      return fail('invalidParameter', `${parameter} names ${name}, which is not among supportedservices`, {
        parameter,
      });
    checkCapability({ service: name, providers: offered[name].providers, type, value });
    offered[name].capabilities = { ...offered[name].capabilities, [type]: value };
  }
}

function checkCapability({
  service,
  providers,
  type,
  value,
}: {
  service: string;
  providers: readonly string[];
  type: string;
  value: string;
}): void {
  const parameter = 'servicecapabilitylist';
  const can = capabilitiesOf(providers[0]!, service)?.[type];
  const accepted =
    type === 'RedundantRouter'
      ? ['false']
      : type === 'VmAutoScaling' ||
          type === 'ElasticLb' ||
          type === 'ElasticIp' ||
          type === 'InlineMode' ||
          type === 'AssociatePublicIP'
        ? ['false']
        : can?.split(',').map((item) => item.trim());
  if (!accepted || (can !== undefined && !choosable.has(type)))
    return fail('invalidParameter', `${parameter}: ${type} of ${service} cannot be chosen`, { parameter });
  if (!accepted.includes(value.toLowerCase()))
    fail(
      'invalidParameter',
      `${parameter}: ${type} of ${service} is '${value}'; accepted here: ${accepted.join(', ')}`,
      { parameter },
    );
}
