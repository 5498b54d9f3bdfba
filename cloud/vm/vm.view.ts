// How an instance looks in an answer.
import type { Shape } from '#api/define.ts';
import type { nicResponse } from '#api/network/nic-responses.ts';
import type { virtualMachineResponse } from '#api/vm/responses.ts';
import type { Caller } from '../context.ts';
import { shownPath } from '../domain/shown-path.ts';
import type { affinityGroupsOf, NicDetail, tagsOfVms, VmDetail } from './vm.view.store.ts';

export interface VmParts {
  vm: VmDetail;
  nics: readonly NicDetail[];
  tags: Awaited<ReturnType<typeof tagsOfVms>>;
  groups: Awaited<ReturnType<typeof affinityGroupsOf>>;
}

/** Details that are the platform's own, not the tenant's to read. */
const HIDDEN_DETAILS = /^(SSH\.PublicKey|Encrypted\.Password)$/;

export function vmView(
  { vm, nics, tags, groups }: VmParts,
  caller: Pick<Caller, 'isRoot'>,
  password?: string,
): Shape<typeof virtualMachineResponse> {
  return {
    ...ownView(vm),
    ...madeOfView(vm),
    ...connectionView(nics),
    tags: tags.map((tag) => ({
      key: tag.key,
      value: tag.value,
      resourcetype: 'UserVm',
      resourceid: vm.uuid,
      account: tag.account,
      domain: tag.domain,
      domainid: tag.domainUuid,
    })),
    affinitygroup: groups.map((group) => ({
      id: group.uuid,
      name: group.name,
      type: group.type,
      description: group.description,
      account: group.account,
      domain: group.domain,
      domainid: group.domainUuid,
    })),
    ...(vm.jobUuid ? { jobid: vm.jobUuid, jobstatus: 0 } : {}),
    ...(vm.placement ? { placement: placementView(vm.placement, caller) } : {}),
    ...(password === undefined ? {} : { password }),
  };
}

type Part = Shape<typeof virtualMachineResponse>;

/** Who and where it is. */
function ownView(vm: VmDetail): Part {
  return {
    id: vm.uuid,
    name: vm.name,
    displayname: vm.displayName,
    instancename: vm.instanceName,
    account: vm.account,
    domain: vm.domain,
    domainid: vm.domainUuid,
    domainpath: shownPath(vm.domainPath),
    userid: vm.userUuid,
    username: vm.username,
    created: vm.created,
    lastupdated: vm.updated,
    state: vm.state,
    haenable: vm.haEnabled,
    zoneid: vm.zoneUuid,
    zonename: vm.zone,
    hostid: vm.hostUuid,
    hostname: vm.host,
    hostcontrolstate: vm.hostStatus === null ? undefined : controlState(vm),
    group: vm.group,
    groupid: vm.groupUuid,
    displayvm: vm.display,
    deleteprotection: vm.deleteProtection,
    vmtype: 'User',
  };
}

/** What it was made from and how large it is. */
function madeOfView(vm: VmDetail): Part {
  return {
    templateid: vm.templateUuid,
    templatename: vm.template,
    templatedisplaytext: vm.templateText,
    templateformat: vm.templateFormat,
    templatetype: vm.templateType,
    passwordenabled: vm.passwordEnabled,
    isoid: vm.isoUuid,
    isoname: vm.iso,
    isodisplaytext: vm.isoText,
    serviceofferingid: vm.offeringUuid,
    serviceofferingname: vm.offering,
    diskofferingid: vm.diskOfferingUuid,
    diskofferingname: vm.diskOffering,
    cpunumber: vm.cpus,
    cpuspeed: vm.cpuMhz,
    memory: vm.memoryMib,
    guestosid: vm.guestOsUuid,
    ostypeid: vm.guestOsUuid,
    osdisplayname: vm.guestOs,
    rootdeviceid: vm.rootDevice ?? 0,
    rootdevicetype: 'ROOT',
    pooltype: vm.poolType,
    hypervisor: vm.hypervisor,
    arch: vm.arch,
    keypairs: vm.keyPairs.length > 0 ? vm.keyPairs.join(',') : undefined,
    isdynamicallyscalable: vm.dynamicScaling,
    details: Object.fromEntries(Object.entries(vm.details).filter(([name]) => !HIDDEN_DETAILS.test(name))),
    userdataid: vm.userDataUuid,
    userdataname: vm.userDataName,
  };
}

/** How it is reached. */
function connectionView(nics: readonly NicDetail[]): Part {
  const address = nics.find((nic) => nic.isDefault) ?? nics[0];
  const withPublic = nics.find((nic) => nic.publicIp !== null);
  return {
    ipaddress: address?.ip,
    publicip: withPublic?.publicIp,
    publicipid: withPublic?.publicIpUuid,
    nic: nics.map(nicView),
    securitygroup: [],
  };
}

/** Hosts by name are for administrators; a tenant reads that there was room. */
const placementView = (
  placement: NonNullable<VmDetail['placement']>,
  caller: Pick<Caller, 'isRoot'>,
): Record<string, unknown> =>
  caller.isRoot
    ? { host: placement.hostName, considered: placement.considered, refused: placement.refused, text: placement.text }
    : { considered: placement.considered, text: 'Placed on a host with room for it' };

const controlState = (vm: VmDetail): string =>
  vm.hostStatus !== 'Up' ? 'Offline' : vm.hostResourceState === 'Enabled' ? 'Enabled' : 'Disabled';

export const nicView = (nic: NicDetail): Shape<typeof nicResponse> => ({
  id: nic.uuid,
  networkid: nic.networkUuid,
  networkname: nic.networkName,
  netmask: nic.netmask,
  gateway: nic.gateway,
  ipaddress: nic.ip,
  isolationuri: nic.vni === null ? undefined : `vxlan://${nic.vni}`,
  broadcasturi: nic.vni === null ? undefined : `vxlan://${nic.vni}`,
  traffictype: nic.trafficType,
  type: nic.guestType,
  isdefault: nic.isDefault,
  macaddress: nic.mac,
  deviceid: String(nic.deviceId),
  mtu: nic.mtu,
  virtualmachineid: nic.vmUuid,
  publicip: nic.publicIp,
  publicipid: nic.publicIpUuid,
  enabled: true,
  secondaryip: nic.secondary.map((one) => ({ id: one.id, ipaddress: one.ip })),
});
