// listPublicIpAddresses.
import { listPublicIpAddresses } from '#api/network/address.ts';
import { implement } from '../context.ts';
import { findAddresses } from './address.view.store.ts';
import { showAddresses } from './address.view.ts';

export const list = implement(listPublicIpAddresses, async (cx, params) => {
  const { ids, count } = await findAddresses(cx.tx, {
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    tags: cx.tags,
    id: params.id,
    address: params.ipAddress,
    zoneId: params.zoneId,
    networkId: params.associatedNetworkId,
    physicalNetworkId: params.physicalNetworkId,
    rangeId: params.vlanId,
    state: params.state,
    sourceNat: params.isSourceNat,
    staticNat: params.isStaticNat,
    forVirtualNetwork: params.forVirtualNetwork ?? true,
    forSystemVms: params.forSystemVms ?? false,
    display: params.forDisplay,
    showHidden: cx.caller.isRoot,
    allocatedOnly: params.allocatedOnly ?? true,
    callerAccountId: cx.caller.accountId,
    isRoot: cx.caller.isRoot,
    // No address is a load balancer's, a provider's, a VPC's or of a network whose id could be named.
    nothing:
      params.forLoadBalancing === true ||
      params.forProvider === true ||
      params.vpcId !== undefined ||
      params.networkId !== undefined,
  });
  return { items: params.retrieveOnlyResourceCount ? [] : await showAddresses(cx.tx, ids), count };
});
