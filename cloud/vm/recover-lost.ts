// Instances whose host was lost and is fenced: they are Stopped, and those that are to be highly available are put in line to be
// started where they fit. The caller has made certain that they run nowhere.
import type { Tx } from '#kernel/db.ts';
import { insertEvent } from '#kernel/event.ts';
import type { Settings } from '#kernel/settings.ts';
import { raiseAlert } from '../alert/raise.ts';
import { SYSTEM } from '../identity/system.ts';
import { releasePlace, startVm } from './start.ts';
import { enqueueForVm, type OwnedVm } from './system-job.ts';
import { changeVm, lockVm, moveVm } from './vm.store.ts';

interface Lost {
  vmId: number;
  hostId: number;
  restart: boolean;
}

export async function guestLost(tx: Tx, settings: Settings, { vmId, hostId, restart }: Lost): Promise<void> {
  const vm = await lockVm(tx, vmId);
  if (vm.state !== 'Running' || vm.hostId !== hostId) return;
  await moveVm(tx, vmId, 'AgentReportStopped');
  await releasePlace(tx, vmId);
  if (restart) {
    await changeVm(tx, vmId, { ha_wanted: new Date() });
    await startWanted(tx, vm);
  }
  const text = `Instance ${vm.name} was lost with its host${restart ? ' and is started on another' : ''}`;
  await insertEvent(tx, {
    type: 'VM.STOP',
    state: 'Completed',
    level: 'ERROR',
    description: text,
    userId: SYSTEM.userId,
    accountId: vm.accountId,
    domainId: vm.domainId,
    startId: null,
    resourceType: 'VirtualMachine',
    resourceUuid: vm.uuid,
  });
  await raiseAlert(tx, settings, {
    type: 'ALERT.HA.ACTION',
    subject: text,
    zoneId: vm.zoneId,
    podId: null,
    clusterId: null,
  });
}

/** In the instance's lane, like any other start. */
export const startWanted = (tx: Tx, vm: OwnedVm): Promise<unknown> => enqueueForVm(tx, startVm, { vmId: vm.id }, vm);
