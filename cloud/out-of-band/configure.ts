// configureOutOfBandManagement: how a host's controller is reached. It is not asked anything: whether it answers is seen when it is
// enabled. Invariant: its password is kept sealed and shown to nobody.
import { configureOutOfBandManagement } from '#api/infra/out-of-band.ts';
import { fail } from '#api/errors.ts';
import type { Values } from '#api/define.ts';
import type { Tx } from '#kernel/db.ts';
import { implement } from '../context.ts';
import type { Controller } from './driver.ts';
import { dropController, jobsAt, keepController, lockNamed } from './out-of-band.store.ts';
import { PASSWORD_JOB } from './password.ts';
import { readAddress, readPort, readText } from './read.ts';
import { showController } from './show.ts';

type Params = Values<typeof configureOutOfBandManagement.params>;

export const configure = implement(configureOutOfBandManagement, async (cx, params) => {
  const { power } = cx.world.drivers;
  const controller = readController(params, power.names);
  power.check(controller);
  const host = await lockNamed(cx.tx, params.hostId);
  if (await jobsAt(cx.tx, { uuid: host.uuid, kind: PASSWORD_JOB }))
    fail('concurrentOperation', 'hostid: the password of its controller is being changed; wait for that job', {
      parameter: 'hostid',
    });
  const sealed = { ...controller, password: cx.sealer.seal(controller.password) };
  await keepController(cx.tx, { hostId: params.hostId, ...sealed });
  await cx.event({
    type: 'HOST.OOBM.CONFIGURE',
    description: `Out-of-band management of the host ${host.name} was configured: ${controller.driver}, ${controller.address}:${controller.port}`,
    uuid: host.uuid,
    resourceType: 'Host',
    tells: 'host',
  });
  return showController(cx, params.hostId, {
    description: 'Out-of-band management successfully configured for the host',
  });
});

function readController(params: Params, names: readonly string[]): Controller {
  const driver = names.find((name) => name === params.driver.toLowerCase());
  if (driver === undefined)
    return fail('invalidParameter', `driver is '${params.driver.slice(0, 40)}'; accepted: ${names.join(', ')}`, {
      parameter: 'driver',
    });
  return {
    driver,
    address: readAddress(params.address),
    port: readPort(params.port),
    username: readText(params.username, 'username'),
    password: readText(params.password, 'password'),
  };
}

/** The host is gone for good. */
export const forgetController = async (tx: Tx, hostId: number): Promise<void> =>
  void (await dropController(tx, hostId));
