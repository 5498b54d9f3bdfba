// stopVirtualMachine and rebootVirtualMachine: gracefully first, then by force.
import { rebootVirtualMachine, stopVirtualMachine } from '#api/vm/lifecycle.ts';
import { fail } from '#api/errors.ts';
import type { Job } from '#kernel/job.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type World } from '../context.ts';
import { releasePlace } from './start.ts';
import { showVm } from './show.ts';
import { lockVm, moveVm, vmById } from './vm.store.ts';

const GRACE_S = 30;
export interface StopInput {
  vmId: number;
  force: boolean;
}

/** From Running to Stopped. A guest that is gone already is only written down. */
export async function stopSteps(job: Job, { vmId, force }: StopInput, world: World): Promise<void> {
  const { hostId, name } = await job.tx(
    'stopping',
    async (tx) => {
      const vm = await lockVm(tx, vmId);
      await moveVm(tx, vmId, 'StopRequested');
      return { hostId: vm.hostId, name: vm.instanceName };
    },
    { undo: (tx) => undoStopping(tx, vmId) },
  );
  if (hostId !== null) {
    await job.call(
      'shut down',
      async (call) => {
        await world.drivers.hypervisor.stop(hostId, name, { force, graceS: force ? 0 : GRACE_S }, call);
        return {};
      },
      { timeoutS: GRACE_S + 60 },
    );
  }
  await job.tx('stopped', async (tx) => {
    await releasePlace(tx, vmId);
    const { state } = await lockVm(tx, vmId);
    // The agent's report may have been quicker.
    if (state === 'Stopping') await moveVm(tx, vmId, 'OperationSucceeded');
  });
  world.poke('networks.tidy');
}

async function undoStopping(tx: Parameters<typeof lockVm>[0], vmId: number): Promise<void> {
  if ((await lockVm(tx, vmId)).state === 'Stopping') await moveVm(tx, vmId, 'OperationFailed');
}

export const stopVm = workflow<StopInput, { vmId: number }, World>('vm.stop', async (job, input, world) => {
  await stopSteps(job, input, world);
  return { vmId: input.vmId };
});

export const rebootVm = workflow<StopInput, { vmId: number }, World>(
  'vm.reboot',
  async (job, { vmId, force }, world) => {
    await job.call(
      'reboot',
      async (call) => {
        const vm = await vmById(world.db.read, vmId);
        if (vm.state !== 'Running' || vm.hostId === null)
          return fail('wrongState', `The instance is ${vm.state}; one that is Running can be rebooted`);
        await world.drivers.hypervisor.reboot(vm.hostId, vm.instanceName, { force, graceS: force ? 0 : GRACE_S }, call);
        return {};
      },
      { timeoutS: GRACE_S + 90 },
    );
    return { vmId };
  },
);

export const stop = implement(
  stopVirtualMachine,
  async (cx, params) => {
    const vm = await lockVm(cx.tx, params.id);
    if (!['Running', 'Stopped', 'Stopping'].includes(vm.state))
      fail('wrongState', `The instance is ${vm.state}; one that is Running can be stopped`, { parameter: 'id' });
    return cx.enqueue(
      stopVm,
      { vmId: vm.id, force: params.forced ?? false },
      { lanes: [`vm:${vm.id}`], about: vm.uuid, owner: vm },
    );
  },
  async (cx, { vmId }: { vmId: number }) => showVm(cx, vmId),
);

export const reboot = implement(
  rebootVirtualMachine,
  async (cx, params) => {
    const vm = await lockVm(cx.tx, params.id);
    if (vm.state !== 'Running')
      fail('wrongState', `The instance is ${vm.state}; one that is Running can be rebooted`, { parameter: 'id' });
    return cx.enqueue(
      rebootVm,
      { vmId: vm.id, force: params.forced ?? false },
      { lanes: [`vm:${vm.id}`], about: vm.uuid, owner: vm },
    );
  },
  async (cx, { vmId }: { vmId: number }) => showVm(cx, vmId),
);
