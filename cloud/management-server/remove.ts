// removeManagementServer: forgets a server that is down. One that starts again under the same name is there again.
import { removeManagementServer } from '#api/config/server.ts';
import { fail } from '#api/errors.ts';
import { done, implement } from '../context.ts';
import { silenceS } from './list.ts';
import { lockServer, removeServer, stateOf } from './management-server.store.ts';

export const remove = implement(removeManagementServer, async (cx, { id }) => {
  const server = await lockServer(cx.tx, id);
  const state = stateOf(server, silenceS(cx.settings));
  if (state !== 'Down')
    fail('wrongState', `The management server ${server.name} is ${state}; only one that is Down can be removed`, {
      parameter: 'id',
    });
  await removeServer(cx.tx, id);
  await cx.event({
    description: `The management server ${server.name} was removed`,
    uuid: server.uuid,
    resourceType: 'ManagementServer',
  });
  cx.tx.afterCommit(() => cx.world.tell('servers'));
  return done;
});
