// listNetworkOfferings, updateNetworkOffering, deleteNetworkOffering, listSupportedNetworkServices.
import {
  deleteNetworkOffering,
  listNetworkOfferings,
  listSupportedNetworkServices,
  updateNetworkOffering,
} from '#api/offering/network.ts';
import { fail } from '#api/errors.ts';
import { done, implement, type Cx } from '../context.ts';
import { offeringAudience } from './audience.ts';
import { changedDomains, changedZones, readTags } from './offered.ts';
import {
  changeNetworkOffering,
  findNetworkOfferings,
  networkNow,
  networkOfferingsByIds,
  networksOfOffering,
  removeNetworkOffering,
  unrequireOthers,
  type NetworkNow,
  type NetworkOfferingQuery,
  type NetworkOfferingRow,
} from './network.store.ts';
import { OFFERINGS_MADE_OF } from './offered.store.ts';
import { networkOfferingView, networkServiceView } from './network.view.ts';
import { providerName, provides, serviceName, services } from './network-services.ts';

export const listNetworks = implement(listNetworkOfferings, async (cx, params) => {
  const query: NetworkOfferingQuery = {
    page: cx.page,
    ascending: cx.settings.boolean('sortkey.algorithm'),
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    displayText: params.displayText,
    audience: await offeringAudience(cx, params),
    zoneId: params.zoneId,
    trafficType: oneOf(params.trafficType, ['Guest', 'Public', 'Management', 'Control', 'Storage']),
    guestType: params.guestIpType,
    availability: oneOf(params.availability, ['Optional', 'Required', 'Unavailable']),
    state: oneOf(params.state, ['Enabled', 'Disabled']),
    isDefault: params.isDefault,
    forVpc: params.forVpc,
    isTagged: params.isTagged,
    tag: params.tags,
    specifyVlan: params.specifyVlan,
    specifyIpRanges: params.specifyIpRanges,
    services: params.supportedServices?.map((text) => serviceName(text) ?? text),
    sourceNat: params.sourceNatSupported,
    insteadOf: params.networkId === undefined ? undefined : await knownNetwork(cx, params.networkId),
  };
  const { rows, count } = await cx.found({
    key: `network-offerings ${JSON.stringify(query)}`,
    of: OFFERINGS_MADE_OF,
    read: () => findNetworkOfferings(cx.tx, query),
  });
  return { items: rows.map((row) => networkOfferingView(row, cx.settings)), count };
});

/** The list's own spelling; what is not in the list matches nothing. */
const oneOf = (text: string | undefined, known: readonly string[]): string | undefined =>
  text && (known.find((name) => name.toLowerCase() === text.toLowerCase()) ?? text);

async function knownNetwork(cx: Cx, networkId: number): Promise<NetworkNow> {
  const network = await networkNow(cx.tx, networkId);
  await cx.mayActFor(network, 'the network given as networkid');
  return network;
}

export const updateNetwork = implement(updateNetworkOffering, async (cx, params) => {
  const id =
    params.id ??
    fail('missingParameter', 'id is missing; the id of a network offering is accepted', { parameter: 'id' });
  const [before] = await networkOfferingsByIds(cx.tx, [id]);
  checkUpdate(before!, params);
  await changeNetworkOffering(cx.tx, id, {
    name: params.name,
    display_text: params.displayText,
    sort_key: params.sortKey,
    availability: params.availability,
    state: readState(params.state),
    max_connections: params.maxConnections,
    tags: readTags(params.tags),
    domain_ids: await changedDomains(cx, params.domainId),
    zone_ids: await changedZones(cx, params.zoneId),
  });
  if (params.availability === 'Required') await unrequireOthers(cx.tx, id);
  const [offering] = await networkOfferingsByIds(cx.tx, [id]);
  await cx.event({ description: `Network offering ${offering!.name} was changed`, uuid: offering!.uuid });
  return networkOfferingView(offering!, cx.settings);
});

function checkUpdate(
  before: NetworkOfferingRow,
  params: { availability?: string; maxConnections?: number; tags?: string },
): void {
  if (before.systemOnly)
    fail('invalidParameter', `Network offering ${before.name} is the cloud's own and cannot be changed`, {
      parameter: 'id',
    });
  if (params.availability === 'Required' && !(before.guestType === 'Isolated' && 'SourceNat' in before.services))
    fail('invalidParameter', 'availability is Required; that is for isolated networks with the service SourceNat', {
      parameter: 'availability',
    });
  if (params.maxConnections !== undefined && params.maxConnections < 0)
    fail('invalidParameter', `maxconnections is ${params.maxConnections}; 0 or more is accepted`, {
      parameter: 'maxconnections',
    });
}

function readState(text: string | undefined): string | undefined {
  const state = oneOf(text, ['Enabled', 'Disabled']);
  if (state !== undefined && !['Enabled', 'Disabled'].includes(state))
    fail('invalidParameter', `state is '${text}'; accepted: Enabled, Disabled`, { parameter: 'state' });
  return state;
}

export const deleteNetwork = implement(deleteNetworkOffering, async (cx, params) => {
  const [offering] = await networkOfferingsByIds(cx.tx, [params.id]);
  if (offering!.isDefault)
    fail(
      'invalidParameter',
      `Network offering ${offering!.name} is one of the cloud's own and cannot be deleted; it can be disabled`,
      { parameter: 'id' },
    );
  const used = await networksOfOffering(cx.tx, params.id);
  if (used > 0)
    fail(
      'resourceInUse',
      `Network offering ${offering!.name} is used by ${used} network${used === 1 ? '' : 's'} and cannot be deleted; it can be disabled`,
      { parameter: 'id' },
    );
  await removeNetworkOffering(cx.tx, params.id);
  await cx.event({
    description: `Network offering ${offering!.name} was deleted`,
    uuid: offering!.uuid,
    resourceType: 'NetworkOffering',
  });
  return done;
});

export const listServices = implement(listSupportedNetworkServices, async (cx, params) => {
  const provider =
    params.provider === undefined
      ? undefined
      : (providerName(params.provider) ??
        fail('invalidParameter', `provider: there is no provider '${params.provider}' in this cloud`, {
          parameter: 'provider',
        }));
  const service =
    params.service === undefined
      ? undefined
      : (serviceName(params.service) ??
        fail(
          'invalidParameter',
          `service: there is no service '${params.service}' in this cloud; accepted: ${Object.keys(services).join(', ')}`,
          { parameter: 'service' },
        ));
  const names = Object.keys(services).filter(
    (name) => (service === undefined || name === service) && (provider === undefined || provides(provider, name)),
  );
  return {
    items: names.slice(cx.page.offset, cx.page.offset + cx.page.limit).map(networkServiceView),
    count: names.length,
  };
});
