// How a router looks in an answer. It is a namespace on a host, so it has no disk template and no link-local card.
import type { Shape } from '#api/define.ts';
import type { nicResponse } from '#api/network/nic-responses.ts';
import type { routerResponse } from '#api/router/responses.ts';
import type { Tx } from '#kernel/db.ts';
import { shownPath } from '../domain/shown-path.ts';
import { routerDetails, type RouterDetail } from './router.view.store.ts';

export const showRouter = async (tx: Tx, id: number): Promise<Shape<typeof routerResponse>> =>
  routerView((await routerDetails(tx, [id]))[0]!);

export const routerView = (row: RouterDetail): Shape<typeof routerResponse> => ({
  id: row.uuid,
  name: row.name,
  state: row.state,
  created: row.created,
  account: row.account,
  domain: row.domain,
  domainid: row.domainUuid,
  domainpath: shownPath(row.domainPath),
  zoneid: row.zoneUuid,
  zonename: row.zone,
  dns1: row.dns1,
  dns2: row.dns2,
  podid: row.podUuid,
  podname: row.pod,
  hostid: row.hostUuid,
  hostname: row.host,
  hypervisor: row.hypervisor,
  arch: row.arch,
  hostcontrolstate: controlState(row),
  guestnetworkid: row.networkUuid,
  guestnetworkname: row.networkName,
  guestipaddress: row.gateway,
  guestmacaddress: row.mac,
  guestnetmask: row.netmask,
  networkdomain: row.networkDomain,
  publicip: row.publicIp,
  publicmacaddress: row.publicMac,
  publicnetmask: row.publicNetmask,
  gateway: row.publicGateway,
  serviceofferingid: row.offeringUuid,
  serviceofferingname: row.offering,
  role: row.role,
  version: row.version,
  isredundantrouter: false,
  redundantstate: 'UNKNOWN',
  requiresupgrade: false,
  hasannotations: row.annotated,
  healthchecksfailed: row.lastError !== null,
  healthcheckresults: [
    {
      checkname: 'configuration',
      checktype: 'basic',
      success: row.lastError === null,
      details:
        row.lastError ?? (row.current ? 'has the newest configuration' : 'is being told the newest configuration'),
    },
  ],
  nic: [guestCard(row), ...publicCard(row)],
  ...(row.jobUuid ? { jobid: row.jobUuid, jobstatus: 0 } : {}),
});

function controlState({ hostStatus, hostResourceState }: RouterDetail): string | undefined {
  if (hostStatus === null) return undefined;
  if (hostStatus !== 'Up') return 'Offline';
  return hostResourceState === 'Enabled' ? 'Enabled' : 'Disabled';
}

const guestCard = (row: RouterDetail): Shape<typeof nicResponse> => ({
  networkid: row.networkUuid,
  networkname: row.networkName,
  netmask: row.netmask,
  ipaddress: row.gateway,
  macaddress: row.mac,
  traffictype: 'Guest',
  type: 'Isolated',
  isdefault: row.publicIp === null,
  mtu: row.mtu,
  ...(row.vni === null ? {} : { broadcasturi: `vxlan://${row.vni}`, isolationuri: `vxlan://${row.vni}` }),
});

const publicCard = (row: RouterDetail): Shape<typeof nicResponse>[] => {
  if (row.publicIp === null) return [];
  const { publicIp, publicNetmask, publicGateway, publicMac } = row;
  return [
    {
      netmask: publicNetmask,
      ipaddress: publicIp,
      gateway: publicGateway,
      macaddress: publicMac,
      traffictype: 'Public',
      isdefault: true,
    },
  ];
};
