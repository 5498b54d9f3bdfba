// Destroy, recover, expunge. A destroyed instance can be taken back until it is expunged; expunging gives back everything it
// had and cannot be undone, so it only goes forward.
import { destroyVirtualMachine, expungeVirtualMachine, recoverVirtualMachine } from '#api/vm/lifecycle.ts';
import { fail } from '#api/errors.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Job } from '#kernel/job.ts';
import { workflow } from '#kernel/job.ts';
import type { Keeper } from '#kernel/keeper.ts';
import { implement, type Cx, type World } from '../context.ts';
import { release, reserve } from '../limit/limit.ts';
import { freeNics, refreshRouters } from '../network/network.ts';
import { destroyAttached, discardVolumes, removeRootVolumes } from '../volume/volume.ts';
import { showVm } from './show.ts';
import { stopSteps } from './stop.ts';
import { enqueueForVm } from './system-job.ts';
import { changeVm, dueForExpunge, forgetTags, lockVm, moveVm, vmById } from './vm.store.ts';

interface DestroyInput {
  vmId: number;
  expunge: boolean;
  volumeIds: number[];
}

export const destroyVm = workflow<DestroyInput, { vmId: number }, World>(
  'vm.destroy',
  async (job, { vmId, expunge, volumeIds }, world) => {
    const { running } = await job.tx('look', async (tx) => ({ running: (await lockVm(tx, vmId)).state === 'Running' }));
    if (running) await stopSteps(job, { vmId, force: true }, world);
    const { state } = await job.tx('destroyed', async (tx) => {
      const vm = await lockVm(tx, vmId);
      if (vm.state === 'Destroyed' || vm.state === 'Expunging') return { state: vm.state };
      // What failed to deploy has given its counts back already.
      if (vm.state !== 'Error') await release(tx, vm, { instances: 1, cpus: vm.cpus, memoryMib: vm.memoryMib });
      await changeVm(tx, vmId, { destroyed: databaseNow() });
      await destroyAttached(tx, { vmId, volumeIds });
      return { state: await moveVm(tx, vmId, 'DestroyRequested') };
    });
    if (expunge || state === 'Expunging') await expungeSteps(job, vmId, world);
    world.poke('volumes.expunge');
    return { vmId };
  },
);

export const expungeVm = workflow<{ vmId: number }, { vmId: number }, World>(
  'vm.expunge',
  async (job, { vmId }, world) => {
    await expungeSteps(job, vmId, world);
    return { vmId };
  },
);

async function expungeSteps(job: Job, vmId: number, world: World): Promise<void> {
  await job.tx('expunging', async (tx) => {
    const { state } = await lockVm(tx, vmId);
    if (state !== 'Expunging') await moveVm(tx, vmId, 'ExpungeOperation');
  });
  await job.call('delete disks', async (call) => {
    await discardVolumes(world, call, { vmId, only: 'root' });
    return {};
  });
  await job.tx('give back', async (tx) => {
    await removeRootVolumes(tx, vmId);
    await freeNics(tx, vmId);
  });
  await job.call('tell the routers', async (call) => {
    await refreshRouters(world, call, { vmId });
    return {};
  });
  await job.tx('expunged', async (tx) => {
    await moveVm(tx, vmId, 'OperationSucceeded');
    await forgetTags(tx, vmId);
    await changeVm(tx, vmId, { removed: databaseNow(), password: null, console_password: null, user_data: null });
  });
  world.poke('networks.tidy');
}

const mayExpunge = (cx: Cx): boolean =>
  cx.caller.isRoot ||
  cx.settings.boolean('allow.user.expunge.recover.vm', { scope: 'Account', id: cx.caller.accountId });

export const destroy = implement(
  destroyVirtualMachine,
  async (cx, params) => {
    const vm = await lockVm(cx.tx, params.id);
    if (vm.deleteProtection)
      fail(
        'invalidParameter',
        `The instance ${vm.name} is protected against deletion; set deleteprotection to false first`,
        { parameter: 'id' },
      );
    if (params.expunge && !mayExpunge(cx))
      fail(
        'permissionDenied',
        'expunge: this account may not expunge instances; without it the instance is expunged by itself later',
        { parameter: 'expunge' },
      );
    if (!['Running', 'Stopped', 'Error', 'Destroyed', 'BackupError', 'RestoreError'].includes(vm.state))
      fail('wrongState', `The instance is ${vm.state}; one that is Running or Stopped can be destroyed`, {
        parameter: 'id',
      });
    return cx.enqueue(
      destroyVm,
      { vmId: vm.id, expunge: params.expunge ?? false, volumeIds: params.volumeIds ?? [] },
      { lanes: [`vm:${vm.id}`], about: vm.uuid, owner: vm },
    );
  },
  async (cx, { vmId }: { vmId: number }) => showVm(cx, vmId),
);

export const recover = implement(recoverVirtualMachine, async (cx, params) => {
  if (!mayExpunge(cx))
    fail('permissionDenied', 'This account may not recover instances; ask an administrator', { parameter: 'id' });
  const vm = await lockVm(cx.tx, params.id);
  if (vm.state !== 'Destroyed')
    fail('wrongState', `The instance is ${vm.state}; one that is Destroyed can be recovered`, { parameter: 'id' });
  await reserve(cx.tx, cx.settings, vm, { instances: 1, cpus: vm.cpus, memoryMib: vm.memoryMib });
  await moveVm(cx.tx, vm.id, 'RecoveryRequested');
  await changeVm(cx.tx, vm.id, { destroyed: null });
  await cx.event({ description: `Instance ${vm.name} was recovered`, uuid: vm.uuid, owner: vm });
  return showVm(cx, vm.id);
});

export const expunge = implement(expungeVirtualMachine, async (cx, params) => {
  if (!mayExpunge(cx))
    fail('permissionDenied', 'This account may not expunge instances; they are expunged by themselves later', {
      parameter: 'id',
    });
  const vm = await lockVm(cx.tx, params.id);
  if (!['Destroyed', 'Expunging', 'Error'].includes(vm.state))
    fail('wrongState', `The instance is ${vm.state}; one that is Destroyed can be expunged`, { parameter: 'id' });
  return cx.enqueue(expungeVm, { vmId: vm.id }, { lanes: [`vm:${vm.id}`], about: vm.uuid, owner: vm });
});

/** Expunges what was destroyed longer than expunge.delay ago. A lane keeps two jobs for one guest from meeting. */
export const expungeKeeper = (world: World): Keeper => ({
  name: 'vms.expunge',
  everyMs: 60_000,
  run: async () => {
    for (const vm of await dueForExpunge(world.db.read, world.settings.number('expunge.delay'))) {
      await world.db.tx(async (tx) => {
        const { state } = await vmById(tx, vm.id);
        if (state !== 'Destroyed' && state !== 'Error' && state !== 'Expunging') return;
        if (state !== 'Expunging') await moveVm(tx, vm.id, 'ExpungeOperation');
        await enqueueForVm(tx, expungeVm, { vmId: vm.id }, vm);
      });
    }
    world.enqueued();
  },
});
