// detachVolume: by its id, or by the instance and the device. A root disk only from an instance that does not run.
import { detachVolume } from '#api/storage/volume.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type Cx, type World } from '../context.ts';
import { attachLanes } from './attach.ts';
import { showVolume } from './show.ts';
import { detachRow, guestDisk } from './volume.ts';
import { lockGuest, lockVolume, volumeById, volumesOf, type GuestRow, type VolumeRow } from './volume.store.ts';

export interface DetachInput {
  id: number;
  vmId: number;
}

export const detachVolumeJob = workflow<DetachInput, { id: number }, World>(
  'volume.detach',
  async (job, { id, vmId }, world) => {
    const { running } = await job.tx('look', (tx) => look(tx, { id, vmId }));
    if (running) {
      const { hypervisor } = world.drivers;
      await job.call(
        'unplug',
        async (call) => {
          await hypervisor.detachDisk(running.hostId, running.name, (await volumeById(world.db.read, id)).uuid, call);
          return {};
        },
        {
          undo: async (call) =>
            hypervisor.attachDisk(running.hostId, running.name, guestDisk(await volumeById(world.db.read, id)), call),
        },
      );
    }
    await job.tx('detached', async (tx) => detachRow(tx, await lockVolume(tx, id)));
    return { id };
  },
);

async function look(tx: Tx, { id, vmId }: DetachInput): Promise<{ running: { hostId: number; name: string } | null }> {
  const guest = await lockGuest(tx, vmId);
  checkDetachable({ volume: await lockVolume(tx, id), guest });
  return {
    running:
      guest.state === 'Running' && guest.hostId !== null ? { hostId: guest.hostId, name: guest.instanceName } : null,
  };
}

function checkDetachable({ volume, guest }: { volume: VolumeRow; guest: GuestRow }): void {
  if (volume.vmId !== guest.id)
    fail('invalidParameter', `The volume ${volume.name} is not attached to ${guest.name} any more`, {
      parameter: 'id',
    });
  if (!['Running', 'Stopped', 'Destroyed'].includes(guest.state))
    fail(
      'wrongState',
      `The instance ${guest.name} is ${guest.state}; a volume is detached from one that is Running, Stopped or Destroyed`,
      { parameter: 'id' },
    );
  if (volume.deviceId === 0 && guest.state === 'Running')
    fail('invalidParameter', `The volume ${volume.name} is the root disk of ${guest.name}, which runs; stop it first`, {
      parameter: 'id',
    });
  if (!['Allocated', 'Ready'].includes(volume.state))
    fail('wrongState', `The volume ${volume.name} is ${volume.state}; one that is Allocated or Ready can be detached`, {
      parameter: 'id',
    });
}

export const detach = implement(
  detachVolume,
  async (cx, params) => {
    const { id, vmId } = await named(cx, params);
    const guest = await lockGuest(cx.tx, vmId);
    const volume = await lockVolume(cx.tx, id);
    checkDetachable({ volume, guest });
    return cx.enqueue(
      detachVolumeJob,
      { id, vmId },
      { lanes: attachLanes({ id, vmId }), about: volume.uuid, owner: volume },
    );
  },
  (cx, { id }: { id: number }) => showVolume(cx, id),
);

interface Named {
  id?: number;
  virtualMachineId?: number;
  deviceId?: number;
}

async function named(cx: Cx, { id, virtualMachineId, deviceId }: Named): Promise<DetachInput> {
  if (id === undefined) {
    if (virtualMachineId === undefined || deviceId === undefined)
      return fail(
        'missingParameter',
        'Unable to execute API command detachvolume due to missing parameter id (or virtualmachineid and deviceid)',
        { parameter: 'id' },
      );
    const found = (await volumesOf(cx.tx, virtualMachineId)).find((volume) => volume.deviceId === deviceId);
    return {
      id:
        found?.id ??
        fail('invalidParameter', `deviceid is ${deviceId}; the instance has no disk there`, { parameter: 'deviceid' }),
      vmId: virtualMachineId,
    };
  }
  const volume = await volumeById(cx.tx, id);
  if (volume.vmId === null)
    return fail('invalidParameter', `The volume ${volume.name} is not attached to an instance`, { parameter: 'id' });
  if (virtualMachineId !== undefined && virtualMachineId !== volume.vmId)
    fail('invalidParameter', `The volume ${volume.name} is attached to another instance than virtualmachineid names`, {
      parameter: 'virtualmachineid',
    });
  if (deviceId !== undefined && deviceId !== volume.deviceId)
    fail('invalidParameter', `deviceid is ${deviceId}; the volume ${volume.name} is device ${volume.deviceId}`, {
      parameter: 'deviceid',
    });
  return { id, vmId: volume.vmId };
}
