// attachVolume: to an instance that runs or is stopped. The job looks again at what the request saw, takes the place in the
// instance, makes the file where the volume has none yet, and plugs it in. What fails leaves the volume as it was.
import { attachVolume } from '#api/storage/volume.ts';
import { fail } from '#api/errors.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import type { Settings } from '#kernel/settings.ts';
import { implement, type World } from '../context.ts';
import { hostForPool } from './reach.ts';
import { showVolume } from './show.ts';
import { deleteFile, guestDisk, makeFile, placeVolume, unplaceVolume } from './volume.ts';
import {
  changeVolume,
  hostsOfPools,
  lockGuest,
  lockVolume,
  moveVolume,
  volumeById,
  volumesOf,
  type GuestRow,
  type VolumeRow,
} from './volume.store.ts';

export interface AttachInput {
  id: number;
  vmId: number;
  deviceId?: number;
}

/** What was taken, for the steps that follow and for giving it back. */
interface Taken {
  from: 'Allocated' | 'Ready';
  type: string;
  /** A pool was chosen here. */
  placed: boolean;
  /** Its file is made now. */
  make: boolean;
  /** Where the guest runs, and as what. */
  running: { hostId: number; name: string } | null;
}

export const attachVolumeJob = workflow<AttachInput, { id: number }, World>(
  'volume.attach',
  async (job, input, world) => {
    const { id } = input;
    const taken = await job.tx('take', (tx) => take(tx, world.settings, input), {
      undo: (tx, out) => giveBack(tx, id, out),
    });
    if (taken.make) {
      await job.call(
        'file',
        async (call) => {
          const volume = await volumeById(world.db.read, id);
          await makeFile(world, call, {
            volume,
            hostId: taken.running?.hostId ?? (await hostForPool(world, volume.poolId!)),
          });
          return {};
        },
        { undo: async (call) => deleteFile(world, call, await volumeById(world.db.read, id)) },
      );
    }
    const { running } = taken;
    if (running) {
      await job.call(
        'plug',
        async (call) => {
          await world.drivers.hypervisor.attachDisk(
            running.hostId,
            running.name,
            guestDisk(await volumeById(world.db.read, id)),
            call,
          );
          return {};
        },
        {
          undo: async (call) =>
            world.drivers.hypervisor.detachDisk(
              running.hostId,
              running.name,
              (await volumeById(world.db.read, id)).uuid,
              call,
            ),
        },
      );
    }
    await job.tx('attached', (tx) => settle(tx, id));
    return { id };
  },
);

export const attachLanes = ({ id, vmId }: { id: number; vmId: number }): string[] => [`vm:${vmId}`, `volume:${id}`];

async function take(tx: Tx, settings: Settings, { id, vmId, deviceId }: AttachInput): Promise<Taken> {
  const guest = await lockGuest(tx, vmId);
  const volume = await lockVolume(tx, id);
  const device = await checkAttachable(tx, { volume, guest, deviceId });
  const host = await hostOf(tx, { volume, guest });
  await changeVolume(tx, id, {
    vm_id: vmId,
    device_id: device,
    attached: databaseNow(),
    type: device === 0 ? 'ROOT' : 'DATADISK',
  });
  const placed = volume.poolId === null && host !== undefined;
  if (placed)
    await placeVolume(tx, volume, { hostId: host, overcommit: settings.number('storage.overprovisioning.factor') });
  const make = volume.state === 'Allocated' && host !== undefined;
  if (volume.state === 'Ready') await moveVolume(tx, id, 'AttachRequested');
  else if (make) await moveVolume(tx, id, 'CreateRequested');
  return {
    from: volume.state as Taken['from'],
    type: volume.type,
    placed,
    make,
    running:
      guest.state === 'Running' && guest.hostId !== null ? { hostId: guest.hostId, name: guest.instanceName } : null,
  };
}

async function giveBack(tx: Tx, id: number, { from, type, placed, make }: Taken): Promise<void> {
  if (from === 'Ready' || make) await moveVolume(tx, id, 'OperationFailed');
  await changeVolume(tx, id, { vm_id: null, device_id: null, attached: null, type });
  if (placed) await unplaceVolume(tx, await volumeById(tx, id));
}

async function settle(tx: Tx, id: number): Promise<void> {
  const { state } = await lockVolume(tx, id);
  if (state === 'Attaching' || state === 'Creating') await moveVolume(tx, id, 'OperationSucceeded');
}

/** Where the volume is to be reached: where the guest runs, or a host that reaches its other disks too. Undefined: it was never anywhere, its disks are made when it starts. */
async function hostOf(tx: Tx, { volume, guest }: { volume: VolumeRow; guest: GuestRow }): Promise<number | undefined> {
  const own = volume.poolId === null ? [] : [volume.poolId];
  if (guest.state === 'Running' && guest.hostId !== null) {
    if (own.length > 0 && (await hostsOfPools(tx, own, guest.hostId))[0]?.id !== guest.hostId)
      fail(
        'invalidParameter',
        `The volume ${volume.name} lies on storage that the host of ${guest.name} does not reach`,
        { parameter: 'id' },
      );
    return guest.hostId;
  }
  const others = (await volumesOf(tx, guest.id)).flatMap((disk) => (disk.poolId === null ? [] : [disk.poolId]));
  if (others.length === 0 && own.length === 0) return undefined;
  const [host] = await hostsOfPools(tx, [...new Set([...own, ...others])], guest.lastHostId ?? 0);
  if (!host && own.length > 0 && others.length > 0)
    fail(
      'invalidParameter',
      `No host that is up reaches both the volume ${volume.name} and the disks of ${guest.name}`,
      { parameter: 'id' },
    );
  return host?.id;
}

// ---- what may be attached where

/** Device 3 is the drive for ISOs. */
const CD_DEVICE = 3;
const MAX_DATA_VOLUMES = 8;
const MAX_DEVICE = MAX_DATA_VOLUMES + 1;

interface Attaching {
  volume: VolumeRow;
  guest: GuestRow;
  deviceId: number | undefined;
}

/** Refuses, or says as which device. */
export async function checkAttachable(tx: Tx, { volume, guest, deviceId }: Attaching): Promise<number> {
  if (volume.vmId !== null)
    fail('invalidParameter', `The volume ${volume.name} is attached to an instance already; detach it first`, {
      parameter: 'id',
    });
  if (!['Allocated', 'Ready'].includes(volume.state))
    fail('wrongState', `The volume ${volume.name} is ${volume.state}; one that is Allocated or Ready can be attached`, {
      parameter: 'id',
    });
  if (!['Running', 'Stopped'].includes(guest.state))
    fail(
      'wrongState',
      `The instance ${guest.name} is ${guest.state}; a volume is attached to one that is Running or Stopped`,
      { parameter: 'virtualmachineid' },
    );
  if (volume.zoneId !== guest.zoneId)
    fail('invalidParameter', `The volume ${volume.name} and the instance ${guest.name} are in different zones`, {
      parameter: 'virtualmachineid',
    });
  if (volume.accountId !== guest.accountId)
    fail('permissionDenied', `The volume ${volume.name} and the instance ${guest.name} belong to different accounts`, {
      parameter: 'virtualmachineid',
    });
  return chooseDevice(await volumesOf(tx, guest.id), { volume, guest, deviceId });
}

function chooseDevice(disks: readonly VolumeRow[], { guest, deviceId }: Attaching): number {
  const taken = new Set(disks.map((disk) => disk.deviceId));
  if (deviceId === 0) {
    if (taken.has(0))
      fail('invalidParameter', `deviceid is 0, but ${guest.name} has a root disk`, { parameter: 'deviceid' });
    if (guest.state !== 'Stopped')
      fail(
        'invalidParameter',
        `deviceid is 0: a root disk is attached to an instance that is Stopped; ${guest.name} is ${guest.state}`,
        { parameter: 'deviceid' },
      );
    return 0;
  }
  if (disks.filter((disk) => disk.deviceId !== 0).length >= MAX_DATA_VOLUMES)
    fail('invalidParameter', `${guest.name} has ${MAX_DATA_VOLUMES} data disks already, which is all it can have`, {
      parameter: 'virtualmachineid',
    });
  const free = Array.from({ length: MAX_DEVICE }, (_, index) => index + 1).filter(
    (device) => device !== CD_DEVICE && !taken.has(device),
  );
  if (deviceId === undefined) return free[0]!;
  if (!free.includes(deviceId))
    fail(
      'invalidParameter',
      `deviceid is ${deviceId}${deviceId === CD_DEVICE ? ', which is the drive for ISOs' : taken.has(deviceId) ? ', which is taken' : ''}; free are: ${free.join(', ')}`,
      { parameter: 'deviceid' },
    );
  return deviceId;
}

export const attach = implement(
  attachVolume,
  async (cx, params) => {
    const guest = await lockGuest(cx.tx, params.virtualMachineId);
    const volume = await lockVolume(cx.tx, params.id);
    await checkAttachable(cx.tx, { volume, guest, deviceId: params.deviceId });
    const input = { id: volume.id, vmId: guest.id, deviceId: params.deviceId };
    return cx.enqueue(attachVolumeJob, input, { lanes: attachLanes(input), about: volume.uuid, owner: volume });
  },
  (cx, { id }: { id: number }) => showVolume(cx, id),
);
