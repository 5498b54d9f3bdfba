// updateVirtualMachine: names, flags, details, group, user data. What a running guest could not be told of is changed while it
// is Stopped only.
import { isUuid } from '#base/id.ts';
import { updateVirtualMachine } from '#api/vm/lifecycle.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx } from '../context.ts';
import { readDetails } from '../details.ts';
import { mustBeStopped, raiseNetworks, writeUserData } from './boot-data.ts';
import { guestOsExists, networksOf, uuidTaken } from './change.store.ts';
import { showVm } from './show.ts';
import { changeVm, groupByName, lockVm, nameTakenIn, serviceOfferingById, type VmRow } from './vm.store.ts';

type Params = Values<typeof updateVirtualMachine.params>;
/** Details the platform keeps for itself: nobody reads, sets or removes them. */
const OWN_DETAILS = ['SSH.PublicKey', 'Encrypted.Password'];

export const update = implement(updateVirtualMachine, async (cx, params) => {
  const vm = await lockVm(cx.tx, params.id);
  if (['Destroyed', 'Expunging', 'Error'].includes(vm.state))
    fail('wrongState', `The instance is ${vm.state}; one that is in use can be changed`, { parameter: 'id' });
  refuseUnsupported(params);
  await checkName(cx, vm, params.name);
  await checkUuid(cx, params.customId);
  if (params.osTypeId !== undefined) await checkGuestOs(cx, vm, params.osTypeId);
  await changeVm(cx.tx, vm.id, {
    uuid: params.customId?.toLowerCase(),
    name: params.name,
    display_name: params.displayName,
    display: params.displayVm,
    delete_protection: params.deleteProtection,
    guest_os_id: params.osTypeId,
    ha_enabled: params.haEnable,
    dynamic_scaling:
      params.isDynamicallyScalable === undefined ? undefined : await mayScale(cx, vm, params.isDynamicallyScalable),
    group_id:
      params.group === undefined
        ? undefined
        : await groupByName(cx.tx, { name: params.group, accountId: vm.accountId, domainId: vm.domainId }),
    details: await newDetails(cx, vm, params),
  });
  const booted = params.userData !== undefined || params.userDataId !== undefined;
  if (booted)
    await writeUserData(cx, vm, {
      userData: params.userData,
      userDataId: params.userDataId,
      userDataDetails: params.userDataDetails && readDetails(params.userDataDetails),
    });
  if (booted || (params.name !== undefined && params.name !== vm.name)) await tellNetworks(cx, vm.id);
  const uuid = params.customId?.toLowerCase() ?? vm.uuid;
  await cx.event({
    description: `Instance ${params.name ?? vm.name} was changed`,
    uuid,
    owner: vm,
    tells: 'virtualmachine',
  });
  return showVm(cx, vm.id);
});

async function tellNetworks(cx: Cx, vmId: number): Promise<void> {
  await raiseNetworks(cx, vmId);
  cx.tx.afterCommit(() => cx.world.poke('routers.reconcile'));
}

function refuseUnsupported(params: Params): void {
  const refused: [string, unknown, string][] = [
    ['instancename', params.instanceName, 'the internal name of an instance stays'],
    ['securitygroupids', params.securityGroupIds?.length, 'networks of this cloud have no security groups'],
    ['securitygroupnames', params.securityGroupNames?.length, 'networks of this cloud have no security groups'],
    ['dhcpoptionsnetworklist', params.dhcpOptionsNetworkList, 'routers of this cloud hand out no further DHCP options'],
    ['extraconfig', params.extraConfig, 'instances of this cloud take no extra configuration'],
    ['leaseduration', params.leaseDuration, 'instances of this cloud have no leases'],
    ['leaseexpiryaction', params.leaseExpiryAction, 'instances of this cloud have no leases'],
  ];
  const found = refused.find(([, value]) => value !== undefined && value !== 0);
  if (found) fail('unsupported', `${found[0]}: ${found[2]}; leave it out`, { parameter: found[0] });
}

async function checkName(cx: Cx, vm: VmRow, name: string | undefined): Promise<void> {
  if (name === undefined || name === vm.name) return;
  if (await nameTakenIn(cx.tx, { name, networkIds: await networksOf(cx.tx, vm.id), except: vm.id }))
    fail('invalidParameter', `name: an instance named ${name} exists already in one of its networks`, {
      parameter: 'name',
    });
}

async function checkUuid(cx: Cx, uuid: string | undefined): Promise<void> {
  if (uuid === undefined) return;
  if (!isUuid(uuid))
    fail('invalidParameter', `customid is '${uuid.slice(0, 60)}'; a UUID is accepted`, { parameter: 'customid' });
  if (await uuidTaken(cx.tx, uuid))
    fail('invalidParameter', `customid: another instance has ${uuid}`, { parameter: 'customid' });
}

async function checkGuestOs(cx: Cx, vm: VmRow, id: number): Promise<void> {
  mustBeStopped(vm, 'the operating system');
  if (!(await guestOsExists(cx.tx, id)))
    fail('invalidParameter', 'ostypeid: there is no such operating system', { parameter: 'ostypeid' });
}

async function mayScale(cx: Cx, vm: VmRow, wanted: boolean): Promise<boolean> {
  if (wanted && !(await serviceOfferingById(cx.tx, vm.serviceOfferingId)).dynamicScaling)
    fail('invalidParameter', 'isdynamicallyscalable: the service offering of the instance does not allow it', {
      parameter: 'isdynamicallyscalable',
    });
  return wanted;
}

/** With details those replace all that the caller may set; what is hidden from the caller, or read-only, stays. */
async function newDetails(cx: Cx, vm: VmRow, params: Params): Promise<string | undefined> {
  if (params.details === undefined && !params.cleanupDetails) return undefined;
  mustBeStopped(vm, 'details');
  const fixed = [
    ...OWN_DETAILS,
    ...(cx.caller.isRoot
      ? []
      : [...cx.settings.list('user.vm.denied.details'), ...cx.settings.list('user.vm.readonly.details')]),
  ];
  const given = params.cleanupDetails ? {} : readDetails(params.details);
  const refused = Object.keys(given).find((name) => fixed.includes(name) && given[name] !== vm.details[name]);
  if (refused !== undefined) fail('invalidParameter', `details: ${refused} cannot be set`, { parameter: 'details' });
  const kept = Object.fromEntries(Object.entries(vm.details).filter(([name]) => fixed.includes(name)));
  return JSON.stringify({ ...given, ...kept });
}
