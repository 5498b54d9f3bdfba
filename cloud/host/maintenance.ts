// prepareHostForMaintenance and cancelHostMaintenance. Guests are not moved away: there is no live migration yet, so a host that
// anything runs on is refused, by name of what runs.
import { cancelHostMaintenance, prepareHostForMaintenance } from '#api/infra/host.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type ResultCx, type World } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { hostLoad, lockHost, moveResource } from './host.store.ts';
import { showHosts } from './show.ts';

const show = async (cx: ResultCx, { id }: Recorded) => (await showHosts(cx, [id]))[0]!;

async function checkEmpty(tx: Tx, id: number): Promise<void> {
  const { guests, routers } = await hostLoad(tx, id);
  const what = [
    guests > 0 ? `${guests} instance${guests === 1 ? '' : 's'}` : '',
    routers > 0 ? `${routers} router${routers === 1 ? '' : 's'} of networks` : '',
  ]
    .filter(Boolean)
    .join(' and ');
  if (what)
    fail(
      'resourceInUse',
      `The host still runs ${what}, which are not moved by themselves yet; stop or move them first`,
      { parameter: 'id' },
    );
}

/** From here on nothing is placed on the host; what began to start before is found by the second look. */
export const enterMaintenance = workflow<Recorded, Recorded, World>('host.maintenance', async (job, { id }, world) => {
  await job.call('prepare', async () => ({}), { undo: () => world.db.tx((tx) => backOut(tx, id)) });
  await job.tx('enter', async (tx) => {
    await lockHost(tx, id);
    await checkEmpty(tx, id);
    await moveResource(tx, id, 'InternalEnterMaintenance');
  });
  return { id };
});

/** May be done twice. */
async function backOut(tx: Tx, id: number): Promise<void> {
  if ((await lockHost(tx, id)).resourceState === 'PrepareForMaintenance') await moveResource(tx, id, 'UnableToMigrate');
}

export const prepare = implement(
  prepareHostForMaintenance,
  async (cx, { id }) => {
    const host = await lockHost(cx.tx, id);
    await checkEmpty(cx.tx, id);
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
