// How an instance looks in an answer.
import type { Shape } from '#api/define.ts';
import type { nicResponse } from '#api/network/nic-responses.ts';
import type { virtualMachineResponse } from '#api/vm/responses.ts';
import type { Caller } from '../context.ts';
import { shownPath } from '../domain/shown-path.ts';
import type { Known } from '../reference/reference.ts';
import type { NicDetail, VmDetail } from './vm.view.store.ts';

export interface VmParts {
  vm: VmDetail;
  /** What it refers to. */
  known: Known;
}

/** Details that are the platform's own, not the tenant's to read. */
const HIDDEN_DETAILS = /^(SSH\.PublicKey|Encrypted\.Password)$/;

export function vmView(
  parts: VmParts,
  caller: Pick<Caller, 'isRoot'>,
  password?: string,
): Shape<typeof virtualMachineResponse> {
  const { vm } = parts;
  return {
    ...ownView(parts),
    ...madeOfView(parts),
    ...connectionView(parts),
    ...labelsView(parts),
    ...(vm.jobUuid ? { jobid: vm.jobUuid, jobstatus: 0 } : {}),
    ...(vm.placement ? { placement: placementView(vm.placement, caller) } : {}),
    ...(password === undefined ? {} : { password }),
  };
}

type Part = Shape<typeof virtualMachineResponse>;

/** Its tags and groups. */
function labelsView({ vm, known }: VmParts): Part {
  return {
    tags: (vm.tags ?? []).flatMap(({ key, value, accountId, domainId }) => {
      const [account, domain] = [known.get('account', accountId), known.get('domain', domainId)];
      if (!account || !domain) return [];
      const owner = { account: account.name, domain: domain.name, domainid: domain.uuid };
      return [{ key, value, resourcetype: 'UserVm', resourceid: vm.uuid, ...owner }];
    }),
    affinitygroup: vm.affinityGroupIds.flatMap((id) => {
      const group = known.get('affinity_group', id);
      if (!group) return [];
      const { uuid, name, type, description, account, domain, domainUuid } = group;
      return [{ id: uuid, name, type, description, account, domain, domainid: domainUuid }];
    }),
  };
}

/** Who and where it is. */
function ownView({ vm, known }: VmParts): Part {
  const domain = known.must('domain', vm.domainId);
  const user = known.get('user', vm.userId);
  const zone = known.must('zone', vm.zoneId);
  const host = known.get('host', vm.hostId);
  const group = known.get('instance_group', vm.groupId);
  return {
    id: vm.uuid,
    name: vm.name,
    displayname: vm.displayName,
    instancename: vm.instanceName,
    account: known.must('account', vm.accountId).name,
    domain: domain.name,
    domainid: domain.uuid,
    domainpath: shownPath(domain.path),
    userid: user?.uuid,
    username: user?.username,
    created: vm.created,
    lastupdated: vm.updated,
    state: vm.state,
    haenable: vm.haEnabled,
    zoneid: zone.uuid,
    zonename: zone.name,
    hostid: host?.uuid,
    hostname: host?.name,
    hostcontrolstate: host ? controlState(host) : undefined,
    group: group?.name,
    groupid: group?.uuid,
    displayvm: vm.display,
    deleteprotection: vm.deleteProtection,
    vmtype: 'User',
  };
}

/** What it was made from and how large it is. */
function madeOfView({ vm, known }: VmParts): Part {
  const template = known.get('template', vm.templateId);
  const iso = known.get('template', vm.isoId);
  const offering = known.must('service_offering', vm.offeringId);
  const diskOffering = known.get('disk_offering', vm.diskOfferingId);
  const os = known.get('guest_os', vm.guestOsId);
  const userData = known.get('user_data', vm.userDataId);
  return {
    templateid: template?.uuid,
    templatename: template?.name,
    templatedisplaytext: template?.displayText,
    templateformat: template?.format,
    templatetype: template?.type,
    passwordenabled: template?.passwordEnabled ?? false,
    isoid: iso?.uuid,
    isoname: iso?.name,
    isodisplaytext: iso?.displayText,
    serviceofferingid: offering.uuid,
    serviceofferingname: offering.name,
    diskofferingid: diskOffering?.uuid,
    diskofferingname: diskOffering?.name,
    cpunumber: vm.cpus,
    cpuspeed: vm.cpuMhz,
    memory: vm.memoryMib,
    guestosid: os?.uuid,
    ostypeid: os?.uuid,
    osdisplayname: os?.name,
    rootdeviceid: vm.rootDevice ?? 0,
    rootdevicetype: 'ROOT',
    pooltype: known.get('storage_pool', vm.poolId)?.type,
    hypervisor: vm.hypervisor,
    arch: template?.arch,
    keypairs: vm.keyPairs.length > 0 ? vm.keyPairs.join(',') : undefined,
    isdynamicallyscalable: vm.dynamicScaling,
    details: Object.fromEntries(Object.entries(vm.details).filter(([name]) => !HIDDEN_DETAILS.test(name))),
    userdataid: userData?.uuid,
    userdataname: userData?.name,
  };
}

/** How it is reached. */
function connectionView({ vm, known }: VmParts): Part {
  const nics = vm.nics ?? [];
  const address = nics.find((nic) => nic.isDefault) ?? nics[0];
  const withPublic = nics.find((nic) => nic.publicIp !== null);
  return {
    ipaddress: address?.ip,
    publicip: withPublic?.publicIp,
    publicipid: withPublic?.publicIpUuid,
    nic: nics.map((nic) => nicView(nic, { vmUuid: vm.uuid, known })),
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

const controlState = ({ status, resourceState }: { status: string; resourceState: string }): string =>
  status !== 'Up' ? 'Offline' : resourceState === 'Enabled' ? 'Enabled' : 'Disabled';

function nicView(nic: NicDetail, { vmUuid, known }: { vmUuid: string; known: Known }): Shape<typeof nicResponse> {
  const network = known.must('network', nic.networkId);
  const uri = network.vni === null ? undefined : `vxlan://${network.vni}`;
  return {
    id: nic.uuid,
    networkid: network.uuid,
    networkname: network.name,
    netmask: network.netmask,
    gateway: network.gateway,
    ipaddress: nic.ip,
    isolationuri: uri,
    broadcasturi: uri,
    traffictype: network.trafficType,
    type: network.guestType,
    isdefault: nic.isDefault,
    macaddress: nic.mac,
    deviceid: String(nic.deviceId),
    mtu: network.mtu,
    virtualmachineid: vmUuid,
    publicip: nic.publicIp,
    publicipid: nic.publicIpUuid,
    enabled: true,
    secondaryip: (nic.secondary ?? []).map((one) => ({ id: one.id, ipaddress: one.ip })),
  };
}
