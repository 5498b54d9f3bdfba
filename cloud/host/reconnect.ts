// reconnectHost: drops the link to a host's agent and waits until it has dialled in again.
import { reconnectHost } from '#api/infra/host.ts';
import { fail } from '#api/errors.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type ResultCx, type World } from '../context.ts';
import type { Recorded } from '../recorded.ts';
import { lockHost } from './host.store.ts';
import { showHosts } from './show.ts';
import { hostDisconnected } from './status.ts';
import { statusOf } from './status.store.ts';

const WITHIN_S = 60;
const LOOK_MS = 250;

export const dialAgain = workflow<Recorded, Recorded, World>('host.reconnect', async (job, { id }, world) => {
  const { hosts } = world.drivers;
  const before = await job.tx('drop', async (tx) => {
    await hostDisconnected(tx, id);
    return hosts.generation(tx, id);
  });
  await job.call(
    'dial',
    async ({ signal }) => {
      const isNew = async (): Promise<boolean> => (await hosts.generation(world.db.read, id)) > before;
      if (!(await isNew())) await hosts.reconnect(id);
      while (!(await isNew()) || (await statusOf(world.db.read, id)) !== 'Up') {
        if (signal.aborted) fail('hostUnavailable', `The host has not dialled in again within ${WITHIN_S} seconds`);
        await new Promise((resolve) => {
          setTimeout(resolve, LOOK_MS);
        });
      }
    },
    { timeoutS: WITHIN_S },
  );
  return { id };
});

export const reconnect = implement(
  reconnectHost,
  async (cx, { id }) => {
    const host = await lockHost(cx.tx, id);
    if (!cx.world.drivers.hosts.isConnected(id))
      fail(
        'hostUnavailable',
        `The host ${host.name} is ${host.status} and has no link to drop; start its agent, and it dials in by itself`,
      );
    return cx.enqueue(dialAgain, { id }, { lanes: [`host:${id}`], about: host.uuid });
  },
  async (cx: ResultCx, { id }: Recorded) => (await showHosts(cx, [id]))[0]!,
);
