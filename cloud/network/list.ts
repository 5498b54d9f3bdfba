// listNetworks.
import { listNetworks } from '#api/network/network.ts';
import { implement } from '../context.ts';
import { serviceName } from '../offering/network-services.ts';
import { findNetworks } from './network.view.store.ts';
import { showNetworks } from './network.view.ts';

/** What of whose: by `networkfilter`, else everything the scope and the caller's domain allow. */
const FILTERS: Readonly<Record<string, { own: boolean; ofDomain: boolean }>> = {
  account: { own: true, ofDomain: false },
  domain: { own: false, ofDomain: true },
  accountdomain: { own: true, ofDomain: true },
  shared: { own: false, ofDomain: false },
  all: { own: true, ofDomain: true },
};

export const list = implement(listNetworks, async (cx, params) => {
  const { ids, count } = await findNetworks(cx.tx, {
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    tags: cx.tags,
    id: params.id,
    name: params.name,
    aclType: params.aclType,
    zoneId: params.zoneId,
    physicalNetworkId: params.physicalNetworkId,
    offeringId: params.networkOfferingId,
    guestType: params.type,
    trafficType: params.trafficType,
    isSystem: params.isSystem ?? false,
    display: params.displayNetwork,
    showHidden: cx.caller.isRoot,
    restartRequired: params.restartRequired,
    specifyIpRanges: params.specifyIpRanges,
    services: params.supportedServices?.map((name) => serviceName(name) ?? name),
    vlan: params.vlan,
    canUseForDeploy: params.canUseForDeploy,
    forVpc: params.forVpc,
    nothing: params.vpcId !== undefined || params.associatedNetworkId !== undefined,
    filter: FILTERS[params.networkFilter ?? 'all']!,
    callerDomainId: cx.caller.domainId,
  });
  return { items: params.retrieveOnlyResourceCount ? [] : await showNetworks(cx, ids), count };
});
