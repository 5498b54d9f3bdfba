// deleteHost: a host that nothing runs on, in maintenance or disabled unless forced. Its agent stays connected and can be added again.
import { deleteHost } from '#api/infra/host.ts';
import { fail } from '#api/errors.ts';
import { done, implement } from '../context.ts';
import { forgetController } from '../out-of-band/configure.ts';
import { endPoolsOfHost } from '../storage-pool/storage-pool.ts';
import { endHost, hostLoad, lockHost, moveResource } from './host.store.ts';
import { moveStatus } from './status.store.ts';

const EMPTIED = ['Maintenance', 'Disabled', 'Error'];

export const remove = implement(deleteHost, async (cx, { id, forced = false, forceDestroyLocalStorage = false }) => {
  const host = await lockHost(cx.tx, id);
  if (!forced && !EMPTIED.includes(host.resourceState))
    fail(
      'wrongState',
      `The host ${host.name} is ${host.resourceState}; put it in maintenance or disable it first, or say forced=true`,
      { parameter: 'id' },
    );
  const load = await hostLoad(cx.tx, id);
  if (load.guests > 0)
    fail(
      'resourceInUse',
      `The host ${host.name} has ${load.guests} instance${load.guests === 1 ? '' : 's'}; stop ${load.guests === 1 ? 'it' : 'them'} first`,
      { parameter: 'id' },
    );
  if (!forced && load.routers > 0)
    fail(
      'resourceInUse',
      `${load.routers} router${load.routers === 1 ? '' : 's'} of networks run on the host ${host.name}; forced=true lets other hosts take over`,
      { parameter: 'id' },
    );
  if (load.localVolumes > 0 && !forceDestroyLocalStorage)
    fail(
      'resourceInUse',
      `Storage of the host ${host.name} holds ${load.localVolumes} volume${load.localVolumes === 1 ? '' : 's'}; delete ${load.localVolumes === 1 ? 'it' : 'them'}, or say forcedestroylocalstorage=true`,
      { parameter: 'id' },
    );
  if (load.localVolumes > 0)
    fail('unsupported', 'forcedestroylocalstorage: volumes are not destroyed with their host here; delete them first', {
      parameter: 'forcedestroylocalstorage',
    });
  await moveResource(cx.tx, id, 'DeleteHost');
  await moveStatus(cx.tx, id, 'Remove');
  await endPoolsOfHost(cx.tx, id);
  await forgetController(cx.tx, id);
  await endHost(cx.tx, id);
  await cx.world.drivers.hosts.release(cx.tx, id);
  return done;
});
