// How a public address looks in an answer.
import type { Shape } from '#api/define.ts';
import type { ipAddressResponse } from '#api/network/responses.ts';
import type { Tx } from '#kernel/db.ts';
import { shownPath } from '../domain/shown-path.ts';
import { addressDetails, type AddressDetail } from './address.view.store.ts';

type Shown = Shape<typeof ipAddressResponse>;

export const showAddresses = async (tx: Tx, ids: readonly number[]): Promise<Shown[]> =>
  ids.length === 0 ? [] : (await addressDetails(tx, ids)).map(addressView);
export const showAddress = async (tx: Tx, id: number): Promise<Shown> => (await showAddresses(tx, [id]))[0]!;

export const addressView = (row: AddressDetail): Shown => ({
  id: row.uuid,
  ipaddress: row.address,
  state: row.state,
  allocated: row.allocated,
  account: row.account,
  domain: row.domain,
  domainid: row.domainUuid,
  domainpath: shownPath(row.domainPath),
  zoneid: row.zoneUuid,
  zonename: row.zone,
  associatednetworkid: row.networkUuid,
  associatednetworkname: row.networkName,
  physicalnetworkid: row.physicalNetworkUuid,
  issourcenat: row.sourceNat,
  isstaticnat: row.vmUuid !== null,
  issystem: row.system,
  isportable: false,
  forvirtualnetwork: row.forVirtualNetwork,
  forsystemvms: row.forSystemVms,
  forprovider: false,
  fordisplay: row.display,
  hasrules: row.hasRules,
  hasannotations: row.annotated,
  vlanid: row.rangeUuid,
  vlanname: row.vlan,
  ...(row.vmUuid === null
    ? {}
    : {
        virtualmachineid: row.vmUuid,
        virtualmachinename: row.vmName,
        virtualmachinedisplayname: row.vmDisplayName,
        virtualmachinetype: 'User',
        vmipaddress: row.staticNatIp,
      }),
  tags: row.tags.map((tag) => ({
    key: tag.key,
    value: tag.value,
    resourcetype: 'PublicIpAddress',
    resourceid: row.uuid,
    account: tag.account,
    domain: tag.domain,
    domainid: tag.domainUuid,
  })),
  ...(row.jobUuid ? { jobid: row.jobUuid, jobstatus: 0 } : {}),
});
