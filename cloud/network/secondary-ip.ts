// addIpToNic and removeIpFromNic: further addresses of a card, which its guard on the host must let through.
import { addIpToNic, removeIpFromNic } from '#api/vm/nic.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type World } from '../context.ts';
import { lockNetwork } from './network.store.ts';
import { anotherAddressFor } from './nics.ts';
import { nicById } from './nic.store.ts';
import { plug, refuseLeadingTo } from './nic-verbs.ts';
import { countSecondaries, deleteSecondary, guestNow, insertSecondary, secondaryById } from './nic-verbs.store.ts';

interface Input {
  id: number;
  vmId: number;
  nicId: number;
}

export const addSecondary = workflow<Input, { id: number }, World>(
  'nic.secondary.add',
  async (job, { id, vmId, nicId }, world) => {
    await job.call('let through', (call) => plug(world, call, { vmId, nicId }), {
      undo: async (call) => {
        await world.db.tx((tx) => deleteSecondary(tx, id));
        await plug(world, call, { vmId, nicId });
      },
    });
    return { id };
  },
);

export const addIp = implement(
  addIpToNic,
  async (cx, params) => {
    const nic = await nicById(cx.tx, params.nicId);
    const guest = await guestNow(cx.tx, nic.vmId);
    if (guest.state !== 'Running' && guest.state !== 'Stopped')
      fail('wrongState', `The instance is ${guest.state}; addresses of one that is Running or Stopped can be added`, {
        parameter: 'nicid',
      });
    const network = await lockNetwork(cx.tx, nic.networkId);
    const most = cx.settings.number('vm.network.nic.max.secondary.ipaddresses');
    if ((await countSecondaries(cx.tx, nic.id)) >= most)
      fail('invalidParameter', `nicid: the network card has ${most} secondary addresses; more are not accepted`, {
        parameter: 'nicid',
      });
    const ip =
      (await anotherAddressFor(cx.tx, network, params.ipAddress)) ??
      fail('invalidParameter', `nicid: the network ${network.name} hands out no addresses`, { parameter: 'nicid' });
    const made = await insertSecondary(cx.tx, {
      nic_id: nic.id,
      network_id: network.id,
      vm_id: guest.id,
      ip,
      account_id: guest.accountId,
      domain_id: guest.domainId,
    });
    return cx.enqueue(
      addSecondary,
      { id: made.id, vmId: guest.id, nicId: nic.id },
      { lanes: [`vm:${guest.id}`], about: made.uuid, owner: { accountId: guest.accountId, domainId: guest.domainId } },
    );
  },
  async (cx, { id }: { id: number }) => {
    const row = await found(cx.tx, id);
    return {
      id: row.uuid,
      ipaddress: row.ip,
      nicid: row.nicUuid,
      networkid: row.networkUuid,
      virtualmachineid: row.vmUuid,
    };
  },
);

const found = async (tx: Tx, id: number) =>
  (await secondaryById(tx, id)) ?? fail('notFound', 'id: that secondary address has been removed', { parameter: 'id' });

export const removeSecondary = workflow<Input, { id: number }, World>(
  'nic.secondary.remove',
  async (job, { id, vmId, nicId }, world) => {
    await job.tx('removed', (tx) => deleteSecondary(tx, id));
    await job.call('let through no more', (call) => plug(world, call, { vmId, nicId }));
    return { id };
  },
);

export const removeIp = implement(removeIpFromNic, async (cx, params) => {
  const row = await found(cx.tx, params.id);
  await refuseLeadingTo(cx.tx, { nicId: row.nicId, ip: row.ip });
  return cx.enqueue(
    removeSecondary,
    { id: row.id, vmId: row.vmId, nicId: row.nicId },
    { lanes: [`vm:${row.vmId}`], about: row.uuid, owner: { accountId: row.accountId, domainId: row.domainId } },
  );
});
