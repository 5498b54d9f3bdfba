// How a network looks in an answer.
import type { Shape } from '#api/define.ts';
import type { networkResponse } from '#api/network/responses.ts';
import type { Tx } from '#kernel/db.ts';
import type { Caller } from '../context.ts';
import { shownPath } from '../domain/shown-path.ts';
import { offeredServicesView } from '../offering/network.view.ts';
import { networkDetails, type NetworkDetail } from './network.view.store.ts';

type Shown = Shape<typeof networkResponse>;

export async function showNetworks(
  cx: { tx: Tx; caller: Pick<Caller, 'isRoot'> },
  ids: readonly number[],
): Promise<Shown[]> {
  return ids.length === 0 ? [] : (await networkDetails(cx.tx, ids)).map((network) => networkView(network, cx.caller));
}
export const showNetwork = async (cx: { tx: Tx; caller: Pick<Caller, 'isRoot'> }, id: number): Promise<Shown> =>
  (await showNetworks(cx, [id]))[0]!;

export const networkView = (network: NetworkDetail, caller: Pick<Caller, 'isRoot'>): Shown => ({
  id: network.uuid,
  name: network.name,
  displaytext: network.displayText,
  account: network.account,
  domain: network.domain,
  domainid: network.domainUuid,
  domainpath: shownPath(network.domainPath),
  zoneid: network.zoneUuid,
  zonename: network.zone,
  physicalnetworkid: network.physicalNetworkUuid,
  state: network.state,
  traffictype: network.trafficType,
  type: network.guestType,
  cidr: network.cidr,
  gateway: network.gateway,
  netmask: network.netmask,
  networkdomain: network.networkDomain,
  ...(network.cidr === null ? {} : { dns1: network.dns1, dns2: network.dns2 }),
  acltype: network.aclType,
  subdomainaccess: network.aclType === 'Domain' ? network.subdomainAccess : undefined,
  broadcastdomaintype: 'Vxlan',
  related: network.uuid,
  internetprotocol: network.cidr === null ? undefined : 'IPv4',
  networkofferingid: network.offeringUuid,
  networkofferingname: network.offering,
  networkofferingdisplaytext: network.offeringText,
  networkofferingavailability: network.availability,
  networkofferingconservemode: network.conserveMode,
  ispersistent: network.isPersistent,
  specifyvlan: network.specifyVlan,
  specifyipranges: network.specifyIpRanges,
  egressdefaultpolicy: network.egressAllow,
  canusefordeploy: !network.deleting && network.state !== 'Destroy',
  issystem: network.isSystem,
  isdefault: network.isDefaultOffering,
  restartrequired: network.restartRequired,
  created: network.created,
  displaynetwork: network.display,
  privatemtu: network.mtu,
  redundantrouter: false,
  strechedl2subnet: false,
  supportsvmautoscaling: false,
  externalid: network.details['externalid'],
  hasannotations: network.annotated,
  service: offeredServicesView(network.services),
  tags: network.tags.map((tag) => ({
    key: tag.key,
    value: tag.value,
    resourcetype: 'Network',
    resourceid: network.uuid,
    account: tag.account,
    domain: tag.domain,
    domainid: tag.domainUuid,
  })),
  ...(network.jobUuid ? { jobid: network.jobUuid, jobstatus: 0 } : {}),
  ...(caller.isRoot
    ? {
        details: network.details,
        ...(network.vni === null ? {} : { broadcasturi: `vxlan://${network.vni}`, vlan: String(network.vni) }),
      }
    : {}),
});
