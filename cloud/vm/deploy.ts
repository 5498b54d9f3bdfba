// deployVirtualMachine: one transaction checks, counts and records the guest with its cards and disks; the job gives it a host
// and starts it. A deploy that fails gives everything back and leaves the instance in Error, with the reason in its job.
import { randomBytes, randomUUID } from 'node:crypto';
import { deployVirtualMachine } from '#api/vm/lifecycle.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { databaseNow } from '#kernel/clock.ts';
import { workflow } from '#kernel/job.ts';
import { groupsForGuest } from '../affinity-group/affinity-group.ts';
import { implement, type Cx, type Owner, type World } from '../context.ts';
import { reserve, release } from '../limit/limit.ts';
import { addNics, freeNics, networksForGuest, type GuestNetwork } from '../network/network.ts';
import { imageForGuest, type ImageForGuest } from '../template/template.ts';
import { discardVolumes, planVolumes, removeFreshVolumes, sizeOf, type PlannedVolume } from '../volume/volume.ts';
import { customSize, flatDetails } from './details.ts';
import { showVm } from './show.ts';
import { startSteps, type StartInput } from './start.ts';
import {
  changeVm,
  groupByName,
  insertVm,
  moveVm,
  nameTakenIn,
  publicKeysOf,
  offeringInZone,
  userDataById,
  vmById,
  type OfferingRow,
} from './vm.store.ts';

type Params = Values<typeof deployVirtualMachine.params>;
const GIB = 2 ** 30;

export const deployVm = workflow<StartInput & { start: boolean }, { vmId: number }, World>(
  'vm.deploy',
  async (job, input, world) => {
    job.undoTx('record', (tx) => giveBack(tx, input.vmId));
    job.undoCall('files', (call) => discardVolumes(world, call, { vmId: input.vmId, only: 'fresh' }));
    if (input.start) await startSteps(job, input, world);
    return { vmId: input.vmId };
  },
);

/** A deploy that failed: its addresses, disks and counts go back; the row stays in Error until it is expunged. */
async function giveBack(tx: Cx['tx'], vmId: number): Promise<void> {
  const vm = await vmById(tx, vmId);
  await freeNics(tx, vmId);
  const volumes = await removeFreshVolumes(tx, vmId);
  await release(tx, vm, {
    instances: 1,
    cpus: vm.cpus,
    memoryMib: vm.memoryMib,
    volumes: volumes.count,
    primaryBytes: volumes.bytes,
  });
  await moveVm(tx, vmId, 'OperationFailedToError');
  await changeVm(tx, vmId, { destroyed: databaseNow() });
}

export const deploy = implement(
  deployVirtualMachine,
  async (cx, params) => {
    const owner = await cx.owner(params);
    const offering = await sold(cx, params);
    const size = customSize(offering, flatDetails(params.details));
    const image = await imageForGuest(cx.tx, {
      templateId: params.templateId,
      zoneId: params.zoneId,
      hypervisor: params.hypervisor,
    });
    const networks = await networksForGuest(cx, { networkIds: wantedNetworks(params), owner, zoneId: params.zoneId });
    const volumes: PlannedVolume[] = [];
    for (const planned of plan(params, { image, offering })) volumes.push(await sizeOf(cx.tx, planned));
    const amounts = {
      instances: 1,
      cpus: size.cpus,
      memoryMib: size.memoryMib,
      volumes: volumes.length,
      primaryBytes: volumes.reduce((sum, volume) => sum + volume.sizeBytes, 0),
    };
    const vm = await record(cx, params, { owner, offering, size, image });
    await planVolumes(cx.tx, { vmId: vm.id, owner, zoneId: params.zoneId, volumes });
    const job = await cx.enqueue(
      deployVm,
      {
        vmId: vm.id,
        hostId: params.hostId,
        clusterId: params.clusterId,
        podId: params.podId,
        start: params.startVm ?? true,
      },
      { lanes: [`vm:${vm.id}`], about: vm.uuid, owner },
    );
    // Last what others wait for until the commit: the networks' rows, then the counters of the account and its domains.
    await addCards(cx, params, { vm, networks });
    await reserve(cx.tx, cx.settings, owner, amounts);
    return job;
  },
  async (cx, { vmId }: { vmId: number }) => showVm(cx, vmId, { withPassword: true }),
);

/** The offering, if instances of it are sold in the zone. */
async function sold(cx: Cx, params: Params): Promise<OfferingRow> {
  const offering = await offeringInZone(cx.tx, { id: params.serviceOfferingId, zoneId: params.zoneId });
  const { zoneState, zoneName } = offering;
  if (zoneState !== 'Enabled' && !cx.caller.isRoot)
    fail('permissionDenied', `The zone ${zoneName} is disabled`, { parameter: 'zoneid' });
  if (offering.systemUse || offering.state !== 'Active')
    fail('invalidParameter', `serviceofferingid: the offering ${offering.name} is not for instances`, {
      parameter: 'serviceofferingid',
    });
  if (offering.zoneIds.length > 0 && !offering.zoneIds.includes(params.zoneId))
    fail('invalidParameter', `serviceofferingid: the offering ${offering.name} is not sold in this zone`, {
      parameter: 'serviceofferingid',
    });
  return offering;
}

/** `networkids`, or the networks of `iptonetworklist`, which names addresses too. */
function wantedNetworks(params: Params): readonly (number | string)[] {
  if (params.networkIds && params.ipToNetworkList)
    fail('invalidParameter', 'networkids and iptonetworklist exclude each other', { parameter: 'iptonetworklist' });
  if (params.networkIds) return params.networkIds;
  return [...(params.ipToNetworkList ?? new Map()).values()].map(
    (entry: ReadonlyMap<string, string>) =>
      entry.get('networkid') ??
      fail('missingParameter', 'iptonetworklist has an entry without networkid', { parameter: 'iptonetworklist' }),
  );
}

/** The root disk from the image, and a data disk where one is asked for. */
function plan(params: Params, { image, offering }: { image: ImageForGuest; offering: OfferingRow }): PlannedVolume[] {
  const rootGib = params.rootDiskSize ?? offering.rootDiskGib ?? undefined;
  if (rootGib !== undefined && rootGib * GIB < image.sizeBytes) {
    fail(
      'invalidParameter',
      `rootdisksize is ${rootGib} GiB, the image has ${Math.ceil(image.sizeBytes / GIB)} GiB; at least that is accepted`,
      { parameter: 'rootdisksize' },
    );
  }
  const root: PlannedVolume = {
    type: 'ROOT',
    deviceId: 0,
    sizeBytes: rootGib === undefined ? image.sizeBytes : rootGib * GIB,
    templateId: image.templateId,
    diskOfferingId: params.overrideDiskOfferingId,
  };
  if (params.diskOfferingId === undefined) return [root];
  return [
    root,
    { type: 'DATADISK', deviceId: 1, sizeBytes: (params.size ?? 0) * GIB, diskOfferingId: params.diskOfferingId },
  ];
}

interface Choice {
  owner: Owner;
  offering: OfferingRow;
  size: { cpus: number; cpuMhz: number; memoryMib: number };
  image: ImageForGuest;
}

async function record(
  cx: Cx,
  params: Params,
  { owner, offering, size, image }: Choice,
): Promise<{ id: number; uuid: string; name: string }> {
  const name = params.name ?? `VM-${randomUUID()}`;
  const keys = await keysFor(cx, params, owner);
  const userData = await userDataFor(cx, params, owner);
  const password = image.passwordEnabled ? (params.password ?? readablePassword()) : undefined;
  const details = {
    ...flatDetails(params.details),
    ...(keys.length > 0 ? { 'SSH.PublicKey': keys.map((key) => key.publicKey.trim()).join('\n') } : {}),
  };
  const vm = await insertVm(
    cx.tx,
    {
      account_id: owner.accountId,
      domain_id: owner.domainId,
      user_id: cx.caller.userId,
      zone_id: params.zoneId,
      name,
      display_name: params.displayName ?? name,
      service_offering_id: offering.id,
      template_id: params.templateId,
      guest_os_id: image.guestOsId,
      hypervisor: image.hypervisor,
      state: 'Stopped',
      cpus: size.cpus,
      cpu_mhz: size.cpuMhz,
      memory_mib: size.memoryMib,
      user_data: userData,
      user_data_id: params.userDataId ?? null,
      key_pairs: keys.map((key) => key.name),
      group_id: params.group ? await groupByName(cx.tx, { name: params.group, ...owner }) : null,
      ha_enabled: offering.offerHa,
      display: params.displayVm ?? true,
      dynamic_scaling: (params.dynamicScalingEnabled ?? true) && offering.dynamicScaling,
      details: JSON.stringify(details),
      console_password: cx.sealer.seal(randomBytes(6).toString('base64url')),
      password: password === undefined ? null : cx.sealer.seal(password),
      password_id: password === undefined ? null : randomUUID(),
      affinity_group_ids: await groupsForGuest(cx.tx, {
        accountId: owner.accountId,
        ids: params.affinityGroupIds,
        names: params.affinityGroupNames,
      }),
    },
    cx.settings.text('instance.name'),
  );
  return { ...vm, name };
}

async function addCards(
  cx: Cx,
  params: Params,
  { vm, networks }: { vm: { id: number; name: string }; networks: readonly GuestNetwork[] },
): Promise<void> {
  const networkIds = networks.map(({ id }) => id);
  if (await nameTakenIn(cx.tx, { name: vm.name, networkIds, except: vm.id })) {
    fail('invalidParameter', `name: an instance named ${vm.name} exists already in one of these networks`, {
      parameter: 'name',
    });
  }
  const entries = [...(params.ipToNetworkList ?? new Map<number, ReadonlyMap<string, string>>()).values()];
  await addNics(
    cx.tx,
    networks.map((network, index) => ({
      vmId: vm.id,
      network,
      deviceId: index,
      isDefault: index === 0,
      ip: entries[index]?.get('ip') ?? (index === 0 ? params.ipAddress : undefined),
      mac: entries[index]?.get('mac') ?? (index === 0 ? params.macAddress : undefined),
    })),
  );
}

async function keysFor(cx: Cx, params: Params, owner: Owner): Promise<{ name: string; publicKey: string }[]> {
  const names = [...new Set([...(params.keyPairs ?? []), ...(params.keyPair ? [params.keyPair] : [])])];
  if (names.length === 0) return [];
  const keys = await publicKeysOf(cx.tx, { accountId: owner.accountId, names });
  const missing = names.find((name) => !keys.some((key) => key.name === name));
  if (missing !== undefined)
    fail('invalidParameter', `keypair: there is no SSH key pair ${missing} in this account`, { parameter: 'keypairs' });
  return keys;
}

async function userDataFor(cx: Cx, params: Params, owner: Owner): Promise<string | null> {
  if (params.userData !== undefined && params.userDataId !== undefined)
    fail('invalidParameter', 'userdata and userdataid exclude each other', { parameter: 'userdataid' });
  if (params.userDataId !== undefined) {
    const found = await userDataById(cx.tx, params.userDataId);
    if (found.accountId !== owner.accountId)
      fail('permissionDenied', 'userdataid: that user data belongs to another account', { parameter: 'userdataid' });
    return found.data;
  }
  return params.userData === undefined
    ? null
    : checkUserData(params.userData, cx.settings.number('vm.userdata.max.length'));
}

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
/** Base64 of at most `max` bytes; returned in the standard alphabet. */
export function checkUserData(text: string, max: number): string {
  const compact = text.replace(/\s/g, '');
  if (!BASE64.test(compact))
    fail('invalidParameter', 'userdata is not Base64; Base64 text is accepted', { parameter: 'userdata' });
  const bytes = Buffer.from(compact, 'base64');
  if (bytes.length > max)
    fail('invalidParameter', `userdata has ${bytes.length} bytes; at most ${max} are accepted`, {
      parameter: 'userdata',
    });
  return bytes.toString('base64');
}

const LETTERS = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
/** A password people can type: no letters that look alike. */
export const readablePassword = (length = 12): string =>
  [...randomBytes(length)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
