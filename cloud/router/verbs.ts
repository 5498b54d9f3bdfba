// listRouters, startRouter, stopRouter, rebootRouter, destroyRouter. A stopped router is not on its host; a destroyed one comes
// back when a guest of its network starts or the network is restarted.
import { destroyRouter, listRouters, rebootRouter, startRouter, stopRouter } from '#api/router/router.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type Cx, type Submitted, type World } from '../context.ts';
import { prepareRouter } from '../network/prepare.ts';
import { endRouter, removeFromHost } from './router.ts';
import { moveRouter, routerById, routerOf, type RouterRow } from './router.store.ts';
import { findRouters } from './router.view.store.ts';
import { routerView, showRouter } from './router.view.ts';

export const list = implement(listRouters, async (cx, params) => {
  const { rows, count } = await findRouters(cx.tx, {
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    zoneId: params.zoneId,
    podId: params.podId,
    clusterId: params.clusterId,
    hostId: params.hostId,
    networkId: params.networkId,
    state: params.state,
    version: params.version,
    arch: params.arch,
    unhealthy: params.healthChecksFailed,
    nothing: params.vpcId !== undefined || params.forVpc === true,
  });
  return { items: rows.map(routerView), count };
});

interface Input {
  routerId: number;
  networkId: number;
}
type Change = (cx: Cx, params: { id: number }) => Promise<Submitted>;

const verb =
  (flow: ReturnType<typeof workflow<Input, { routerId: number }, World>>, check: (router: RouterRow) => void): Change =>
  async (cx, params) => {
    const router = await routerById(cx.tx, params.id);
    check(router);
    return cx.enqueue(
      flow,
      { routerId: router.id, networkId: router.networkId },
      {
        lanes: [`network:${router.networkId}`],
        about: router.uuid,
        owner: { accountId: router.accountId, domainId: router.domainId },
      },
    );
  };
const mustBe =
  (...states: string[]) =>
  (router: RouterRow): void => {
    if (!states.includes(router.state))
      fail(
        'wrongState',
        `The router ${router.name} is ${router.state}; one that is ${states.join(' or ')} is accepted`,
        { parameter: 'id' },
      );
  };
const show = async (cx: { tx: Tx }, { routerId }: { routerId: number }) => showRouter(cx.tx, routerId);

export const startIt = workflow<Input, { routerId: number }, World>('router.start', async (job, input, world) => {
  await job.call('start', async (call) => {
    await prepareRouter(world, call, input.networkId);
    return {};
  });
  return { routerId: input.routerId };
});
export const start = implement(startRouter, verb(startIt, mustBe('Stopped')), show);

export const stopIt = workflow<Input, { routerId: number }, World>('router.stop', async (job, input, world) => {
  const { routerId, networkId } = input;
  await job.tx(
    'stopping',
    async (tx) => {
      if ((await routerById(tx, routerId)).state !== 'Stopped') await moveRouter(tx, routerId, 'StopRequested');
    },
    {
      undo: async (tx) => {
        if ((await routerById(tx, routerId)).state === 'Stopping') await moveRouter(tx, routerId, 'OperationFailed');
      },
    },
  );
  await job.call('remove', async (call) => {
    await removeFromHost(world, call, networkId);
    return {};
  });
  await job.tx('stopped', async (tx) => {
    if ((await routerById(tx, routerId)).state === 'Stopping') await moveRouter(tx, routerId, 'OperationSucceeded');
  });
  return { routerId };
});
export const stop = implement(stopRouter, verb(stopIt, mustBe('Running')), show);

export const rebootIt = workflow<Input, { routerId: number }, World>('router.reboot', async (job, input, world) => {
  await job.call('remove', async (call) => {
    await removeFromHost(world, call, input.networkId);
    return {};
  });
  await job.call('make', async (call) => {
    await prepareRouter(world, call, input.networkId);
    return {};
  });
  return { routerId: input.routerId };
});
export const reboot = implement(rebootRouter, verb(rebootIt, mustBe('Running')), show);

export const destroyIt = workflow<Input, { routerId: number }, World>('router.destroy', async (job, input, world) => {
  await job.call('remove', async (call) => {
    await removeFromHost(world, call, input.networkId);
    return {};
  });
  await job.tx('destroyed', async (tx) => {
    if ((await routerOf(tx, input.networkId))?.id === input.routerId) await endRouter(tx, input.networkId);
  });
  world.poke('networks.tidy');
  return { routerId: input.routerId };
});
export const destroy = implement(destroyRouter, verb(destroyIt, mustBe('Running', 'Stopped', 'Starting')), show);
