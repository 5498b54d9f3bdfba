// prepareHostForMaintenance and cancelHostMaintenance. Nothing new is placed on the host from the moment it is asked for; what runs
// on it is moved to other hosts, and only an empty host is in maintenance.
import { cancelHostMaintenance, prepareHostForMaintenance } from '#api/infra/host.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type Cx, type ResultCx, type World } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { emptyHost } from './emptying.ts';
import { localGuests, newestJob } from './emptying.store.ts';
import { hostLoad, lockHost, moveResource } from './host.store.ts';
import { showHosts } from './show.ts';

const LONGEST_S = 24 * 3600;

const show = async (cx: ResultCx, { id }: Recorded) => (await showHosts(cx, [id]))[0]!;

async function checkEmpty(tx: Tx, id: number): Promise<void> {
  const { guests, routers } = await hostLoad(tx, id);
  if (guests + routers > 0)
    fail('resourceInUse', `Something began to run on the host meanwhile: ${guests} instances, ${routers} routers`);
}

export const enterMaintenance = workflow<Recorded, Recorded, World>('host.maintenance', async (job, { id }, world) => {
  job.undoTx('give up', (tx) => giveUp(tx, id));
  const { afterJob } = await job.tx('begin', async (tx) => ({ afterJob: await newestJob(tx) }));
  await job.call('empty', (call) => emptyHost(world, call, { hostId: id, afterJob }), {
    timeoutS: LONGEST_S,
  });
  await job.tx('enter', async (tx) => {
    await lockHost(tx, id);
    await checkEmpty(tx, id);
    await moveResource(tx, id, 'InternalEnterMaintenance');
  });
  world.poke('networks.tidy');
  return { id };
});

async function giveUp(tx: Tx, id: number): Promise<void> {
  if ((await lockHost(tx, id)).resourceState === 'PrepareForMaintenance') await moveResource(tx, id, 'UnableToMigrate');
}

/** Disks that only this host reaches: whether their instances are moved, stopped, or keep it from maintenance, an operator says. */
async function checkLocal(cx: Cx, id: number): Promise<void> {
  if (cx.settings.text('host.maintenance.local.storage.strategy') !== 'Error') return;
  const names = await localGuests(cx.tx, id);
  if (names.length > 0)
    fail(
      'resourceInUse',
      `Disks of ${names.join(', ')} are on storage of this host; stop ${names.length === 1 ? 'it' : 'them'}, or set host.maintenance.local.storage.strategy to Migration or ForceStop`,
      { parameter: 'id' },
    );
}

export const prepare = implement(
  prepareHostForMaintenance,
  async (cx, { id }) => {
    const host = await lockHost(cx.tx, id);
    await checkLocal(cx, id);
    await moveResource(
      cx.tx,
      id,
      host.resourceState === 'ErrorInPrepareForMaintenance' ? 'ErrorsCorrected' : 'AdminAskMaintenance',
    );
    return cx.enqueue(enterMaintenance, { id }, { lanes: [`host:${id}`], about: host.uuid });
  },
  show,
);

export const cancel = implement(
  cancelHostMaintenance,
  async (cx, { id }) => {
    const host = await lockHost(cx.tx, id);
    await moveResource(cx.tx, id, 'AdminCancelMaintenance');
    return cx.enqueue(recorded, { id }, { lanes: [`host:${id}`], about: host.uuid });
  },
  show,
);
