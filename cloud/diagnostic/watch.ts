// Watches what is between two states, and jobs that do not end: past its deadline each raises one alert with the walk so far,
// which is over when the thing has moved on. It repairs nothing: what is repaired is the matter of jobs and other keepers.
import { machines } from '#api/states.ts';
import type { Keeper } from '#kernel/keeper.ts';
import type { Tx } from '#kernel/db.ts';
import { resolveAlerts } from '../alert/alert.ts';
import { raiseAlert } from '../alert/raise.ts';
import type { World } from '../context.ts';
import { jobWalks, type Walk } from '../job/job.ts';
import { deadlineS, duration, MOST, ORPHAN_S } from './finding.ts';
import { noteAlert, noteChanging, noteLateJobs, overdueNow, type Overdue, type Watched } from './watch.store.ts';
import { lateJobs } from './work.store.ts';

const watched: readonly Watched[] = [
  { entity: 'virtualmachine', table: 'vm', column: 'state', states: machines.virtualMachine.transient },
  { entity: 'volume', table: 'volume', column: 'state', states: machines.volume.transient },
  { entity: 'network', table: 'network', column: 'state', states: machines.network.transient },
  { entity: 'storagepool', table: 'storage_pool', column: 'state', states: machines.storagePool.transient },
  { entity: 'host', table: 'host', column: 'resource_state', states: machines.hostResource.transient },
];

export const watchKeeper = (world: World): Keeper => ({
  name: 'diagnostics.watch',
  everyMs: 30_000,
  run: async () => {
    const { db, settings } = world;
    const over: string[] = [];
    for (const one of watched) over.push(...(await db.tx((tx) => noteChanging(tx, one))));
    const late = await lateJobs(db.read, deadlineS(settings), MOST);
    const named = late.map(({ id, uuid, command, kind, since }) => ({ id, uuid, name: command ?? kind, since }));
    over.push(...(await db.tx((tx) => noteLateJobs(tx, named))));
    if (over.length > 0) await resolveAlerts(db.read, over);
    const limits = { deadlineS: deadlineS(settings), orphanS: ORPHAN_S, limit: MOST };
    for (const one of await overdueNow(db.read, limits))
      if (one.alert === null) await db.tx((tx) => alarm(tx, world, one));
  },
});

async function alarm(tx: Tx, { settings }: World, one: Overdue): Promise<void> {
  const { entity, id, uuid, name, state, ageS } = one;
  const jobId = entity === 'asyncjob' ? id : one.jobId;
  const walk = jobId === null ? [] : ((await jobWalks(tx, [jobId])).get(jobId) ?? []);
  const subject =
    entity === 'asyncjob'
      ? `Job ${name} (${uuid}) has not ended for ${duration(ageS)}`
      : `${entity} ${name} (${uuid}) is ${state} since ${duration(ageS)}${jobId === null ? ', and no job works on it' : ''}`;
  const alert = await raiseAlert(tx, settings, {
    type: 'ALERT.MANAGEMENT',
    subject,
    content: walk.length === 0 ? 'It has no steps so far.' : walk.map(stepText).join('\n'),
  });
  await noteAlert(tx, one, alert);
}

const stepText = ({ name, state, started, ended, text }: Walk): string =>
  [`${name}: ${state}`, started?.toISOString(), ended && `until ${ended.toISOString()}`, text]
    .filter(Boolean)
    .join(', ');
