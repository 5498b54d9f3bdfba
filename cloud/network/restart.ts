// restartNetwork: the router is told everything anew, or with `cleanup` taken down and made again.
import { restartNetwork } from '#api/network/network.ts';
import { fail } from '#api/errors.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type World } from '../context.ts';
import { removeFromHost } from '../router/router.ts';
import { changeNetwork, lockNetwork } from './network.store.ts';
import { prepareRouter } from './prepare.ts';

export const restartIt = workflow<{ networkId: number; cleanup: boolean }, { networkId: number }, World>(
  'network.restart',
  async (job, { networkId, cleanup }, world) => {
    if (cleanup)
      await job.call('remove the router', async (call) => {
        await removeFromHost(world, call, networkId);
        return {};
      });
    await job.call('make the router', async (call) => {
      await prepareRouter(world, call, networkId);
      return {};
    });
    await job.tx('restarted', (tx) => changeNetwork(tx, networkId, { restart_required: false }));
    return { networkId };
  },
);

export const restart = implement(restartNetwork, async (cx, params) => {
  const network = await lockNetwork(cx.tx, params.id);
  if (params.makeRedundant)
    fail('unsupported', 'makeredundant: routers of this cloud are not redundant; leave it out', {
      parameter: 'makeredundant',
    });
  if (network.deleting) fail('wrongState', `The network ${network.name} is being deleted`, { parameter: 'id' });
  if (network.state !== 'Implemented' && network.state !== 'Setup')
    fail('wrongState', `The network ${network.name} is ${network.state}; one that is Implemented can be restarted`, {
      parameter: 'id',
    });
  return cx.enqueue(
    restartIt,
    { networkId: network.id, cleanup: params.cleanup ?? false },
    { lanes: [`network:${network.id}`], about: network.uuid, owner: network },
  );
});
