// Instances whose host was lost and is fenced: they are Stopped, and those that are to be highly available are put in line to be
// started where they fit. The caller has made certain that they run nowhere.
import type { Tx } from '#kernel/db.ts';
import { insertEvent } from '#kernel/event.ts';
import type { Settings } from '#kernel/settings.ts';
import { raiseAlert } from '../alert/raise.ts';
import { SYSTEM } from '../identity/system.ts';
import { releasePlace, startVm } from './start.ts';
import { enqueueForVm, type OwnedVm } from './system-job.ts';
import { changeVm, lockVm, moveVm, wantAnew } from './vm.store.ts';

interface Lost {
  vmId: number;
  hostId: number;
  /** `there`: its disks are on storage of the lost host; it is started again when that is back. */
  restart: 'elsewhere' | 'there' | 'not';
}
const NEXT = {
  elsewhere: ' and is started on another',
  there: ' and is started there again when it is back, as its disks are on it',
  not: '',
} as const;

export async function guestLost(tx: Tx, settings: Settings, { vmId, hostId, restart }: Lost): Promise<void> {
  const vm = await lockVm(tx, vmId);
  if (vm.state !== 'Running' || vm.hostId !== hostId) return;
  await moveVm(tx, vmId, 'AgentReportStopped');
  await releasePlace(tx, vmId);
  if (restart !== 'not') await wantAnew(tx, vmId);
  if (restart === 'elsewhere') await startWanted(tx, vm);
  const text = `Instance ${vm.name} was lost with its host${NEXT[restart]}`;
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
  await alert(tx, settings, { zoneId: vm.zoneId, text });
}

async function alert(tx: Tx, settings: Settings, { zoneId, text }: { zoneId: number; text: string }): Promise<void> {
  if (!settings.boolean('vm.ha.alerts.enabled', { scope: 'Zone', id: zoneId })) return;
  await raiseAlert(tx, settings, { type: 'ALERT.HA.ACTION', subject: text, zoneId, podId: null, clusterId: null });
}

/** It was tried often enough; whoever owns it finds it Stopped, and the alert says why nobody tries any more. */
export async function giveUp(
  tx: Tx,
  settings: Settings,
  vm: OwnedVm & { name: string; zoneId: number; failed: number },
): Promise<void> {
  await changeVm(tx, vm.id, { ha_wanted: null });
  const text = `Instance ${vm.name} could not be started anew in ${vm.failed} attempts and stays Stopped`;
  await alert(tx, settings, { zoneId: vm.zoneId, text });
}

/** In the instance's lane, like any other start. */
export const startWanted = (tx: Tx, vm: OwnedVm): Promise<unknown> => enqueueForVm(tx, startVm, { vmId: vm.id }, vm);
