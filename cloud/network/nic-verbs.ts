// listNics, addNicToVirtualMachine, removeNicFromVirtualMachine, updateDefaultNicForVirtualMachine, updateVmNicIp.
// What is decided here is recorded at once; the guest's own lane keeps it from being started or stopped meanwhile.
import {
  addNicToVirtualMachine,
  listNics,
  removeNicFromVirtualMachine,
  updateDefaultNicForVirtualMachine,
  updateVmNicIp,
} from '#api/vm/nic.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import type { Call } from '#kernel/job.ts';
import { workflow } from '#kernel/job.ts';
import { implement, type Cx, type World } from '../context.ts';
import { applyLater, isUnreachable, raiseGeneration } from '../router/router.ts';
import { showVm } from '../vm/show.ts';
import { checkUsable } from './for-guest.ts';
import { guestNics, tapName } from './network.ts';
import { lockNetwork } from './network.store.ts';
import { addNics, anotherAddressFor, endNics } from './nics.ts';
import { changeNic, nicById, nicRow, nicsOf, type NicRow } from './nic.store.ts';
import {
  freeDevice,
  guestNow,
  leadingTo,
  leadOver,
  lockGuest,
  nameTakenIn,
  setDefaultNic,
  type GuestRow,
} from './nic-verbs.store.ts';
import { prepareNetwork, refreshRouters } from './prepare.ts';

export const list = implement(listNics, async (cx, params) => {
  const rows = await nicsOf(cx.tx, params.virtualMachineId);
  const wanted = new Set(
    rows
      .filter(
        (nic) =>
          (params.nicId === undefined || nic.id === params.nicId) &&
          (params.networkId === undefined || nic.networkId === params.networkId),
      )
      .map((nic) => nic.uuid),
  );
  const { nic = [] } = await showVm(cx, params.virtualMachineId);
  const shown = (nic ?? []).filter((one) => wanted.has(one.id as string));
  return { items: shown.slice(cx.page.offset, cx.page.offset + cx.page.limit), count: shown.length };
});

/** A guest whose cards may change now. */
async function guestFor(cx: Cx, vmId: number): Promise<GuestRow> {
  const guest = await lockGuest(cx.tx, vmId);
  if (guest.state !== 'Running' && guest.state !== 'Stopped')
    fail(
      'wrongState',
      `The instance is ${guest.state}; the network cards of one that is Running or Stopped can be changed`,
      { parameter: 'virtualmachineid' },
    );
  return guest;
}
const inLane = (
  guest: GuestRow,
): { lanes: string[]; about: string; owner: { accountId: number; domainId: number } } => ({
  lanes: [`vm:${guest.id}`],
  about: guest.uuid,
  owner: { accountId: guest.accountId, domainId: guest.domainId },
});
const showGuest = async (cx: Parameters<typeof showVm>[0], { vmId }: { vmId: number }) => showVm(cx, vmId);

interface NicInput {
  vmId: number;
  nicId: number;
}

export const plugNic = workflow<NicInput, { vmId: number }, World>('nic.add', async (job, { vmId, nicId }, world) => {
  await job.call('plug in', (call) => plug(world, call, { vmId, nicId }), {
    undo: async (call) => {
      // A host that is lost takes its guests' cards with it.
      await unplug(world, call, { vmId, nicId }).catch((error: unknown) => {
        if (!isUnreachable(error)) throw error;
      });
      await world.db.tx(async (tx) => endNics(tx, await stillThere(tx, nicId)));
      await refreshRouters(world, call, { vmId });
    },
  });
  return { vmId };
});

const stillThere = async (tx: Tx, nicId: number): Promise<NicRow[]> => {
  const nic = await nicRow(tx, nicId);
  return nic.removed ? [] : [nic];
};

/** Also makes what changed of a plugged card take effect. Nothing to do for a guest that does not run. */
export async function plug(world: World, call: Call, { vmId, nicId }: NicInput): Promise<{ plugged: boolean }> {
  const guest = await guestNow(world.db.read, vmId);
  const nic = await nicRow(world.db.read, nicId);
  if (nic.removed || guest.state !== 'Running' || guest.hostId === null) return { plugged: false };
  await prepareNetwork(world, call, { networkId: nic.networkId, hostId: guest.hostId });
  const card = (await guestNics(world.db.read, vmId)).find((one) => one.nicId === nic.uuid)!;
  await world.drivers.hypervisor.attachNic(guest.hostId, guest.instanceName, card, call);
  return { plugged: true };
}

async function unplug(world: World, call: Call, { vmId, nicId }: NicInput): Promise<{ unplugged: boolean }> {
  const guest = await guestNow(world.db.read, vmId);
  if (guest.state !== 'Running' || guest.hostId === null) return { unplugged: false };
  const { mac } = await nicRow(world.db.read, nicId);
  await world.drivers.hypervisor.detachNic(guest.hostId, guest.instanceName, { mac, tap: tapName(nicId) }, call);
  return { unplugged: true };
}

export const add = implement(
  addNicToVirtualMachine,
  async (cx, params) => {
    const guest = await guestFor(cx, params.virtualMachineId);
    if (params.dhcpOptions && params.dhcpOptions.size > 0)
      fail('unsupported', 'dhcpoptions: routers of this cloud give out no DHCP options of yours; leave it out', {
        parameter: 'dhcpoptions',
      });
    const network = await checkUsable(cx, {
      id: params.networkId,
      owner: guest,
      zoneId: guest.zoneId,
      parameter: 'networkid',
    });
    const nics = await nicsOf(cx.tx, guest.id);
    if (nics.some((nic) => nic.networkId === params.networkId))
      fail('invalidParameter', 'networkid: the instance has a network card in that network already', {
        parameter: 'networkid',
      });
    if (await nameTakenIn(cx.tx, { networkId: params.networkId, vmId: guest.id }))
      fail('invalidParameter', `networkid: another instance named ${guest.name} is in that network`, {
        parameter: 'networkid',
      });
    const deviceId =
      (await freeDevice(cx.tx, guest.id)) ??
      fail('invalidParameter', 'virtualmachineid: the instance has as many network cards as it can have', {
        parameter: 'virtualmachineid',
      });
    const [nic] = await addNics(cx.tx, [
      {
        vmId: guest.id,
        network,
        deviceId,
        isDefault: nics.length === 0,
        ip: params.ipAddress,
        mac: params.macAddress,
      },
    ]);
    return cx.enqueue(plugNic, { vmId: guest.id, nicId: nic!.id }, inLane(guest));
  },
  showGuest,
);

/** The guest has this card; anything else is a mistake of the caller. */
async function cardOf(
  cx: Cx,
  { virtualMachineId, nicId }: { virtualMachineId: number; nicId: number },
): Promise<NicRow> {
  const nic = await nicById(cx.tx, nicId);
  if (nic.vmId !== virtualMachineId)
    fail('invalidParameter', 'nicid: the instance has no such network card', { parameter: 'nicid' });
  return nic;
}

export const unplugNic = workflow<NicInput, { vmId: number }, World>(
  'nic.remove',
  async (job, { vmId, nicId }, world) => {
    await job.call('unplug', (call) => unplug(world, call, { vmId, nicId }), {
      undo: async (call) => {
        await plug(world, call, { vmId, nicId });
      },
    });
    // From here on it only goes forward: routers that cannot be told now are told later.
    await job.tx('removed', async (tx) => endNics(tx, await stillThere(tx, nicId)));
    await job.call('tell the routers', async (call) => {
      await refreshRouters(world, call, { vmId });
      return {};
    });
    world.poke('networks.tidy');
    return { vmId };
  },
);

export const remove = implement(
  removeNicFromVirtualMachine,
  async (cx, params) => {
    const guest = await guestFor(cx, params.virtualMachineId);
    const nic = await cardOf(cx, params);
    if (nic.isDefault)
      fail(
        'invalidParameter',
        'nicid: that is the default network card; updateDefaultNicForVirtualMachine chooses another one',
        { parameter: 'nicid' },
      );
    await refuseLeadingTo(cx.tx, { nicId: nic.id });
    return cx.enqueue(unplugNic, { vmId: guest.id, nicId: nic.id }, inLane(guest));
  },
  showGuest,
);

export async function refuseLeadingTo(tx: Tx, at: { nicId: number; ip?: string }): Promise<void> {
  const { forwards, staticNats } = await leadingTo(tx, at);
  const parameter = at.ip === undefined ? 'nicid' : 'id';
  if (staticNats > 0)
    fail('resourceInUse', `${parameter}: a public address leads there by static NAT; disable that first`, {
      parameter,
    });
  if (forwards > 0)
    fail(
      'resourceInUse',
      `${parameter}: ${forwards} forwarding rule${forwards === 1 ? ' leads' : 's lead'} there; delete ${forwards === 1 ? 'it' : 'them'} first`,
      { parameter },
    );
}

/** Tells the routers of these networks what was recorded; one that cannot be told now is told by `routers.reconcile`. */
export const tellRouters = workflow<{ vmId: number; networkIds: number[] }, { vmId: number }, World>(
  'nic.tell',
  async (job, { vmId, networkIds }, world) => {
    await job.call('tell the routers', async (call) => {
      for (const networkId of networkIds) await applyLater(world, call, networkId);
      return {};
    });
    return { vmId };
  },
);

export const setDefault = implement(
  updateDefaultNicForVirtualMachine,
  async (cx, params) => {
    const guest = await guestFor(cx, params.virtualMachineId);
    const nic = await cardOf(cx, params);
    if (nic.isDefault)
      fail('invalidParameter', 'nicid: that is the default network card already', { parameter: 'nicid' });
    const networkIds = [
      ...new Set(
        (await nicsOf(cx.tx, guest.id)).filter((one) => one.isDefault || one.id === nic.id).map((one) => one.networkId),
      ),
    ];
    await raiseGeneration(cx.tx, networkIds);
    await setDefaultNic(cx.tx, { vmId: guest.id, nicId: nic.id });
    return cx.enqueue(tellRouters, { vmId: guest.id, networkIds }, inLane(guest));
  },
  showGuest,
);

export const changeIp = implement(
  updateVmNicIp,
  async (cx, params) => {
    const nic = await nicById(cx.tx, params.nicId);
    const guest = await lockGuest(cx.tx, nic.vmId);
    if (guest.state !== 'Stopped')
      fail('wrongState', `The instance is ${guest.state}; addresses of one that is Stopped can be changed`, {
        parameter: 'nicid',
      });
    const network = await lockNetwork(cx.tx, nic.networkId);
    if (nic.ip === null)
      fail('invalidParameter', `nicid: the network ${network.name} hands out no addresses`, { parameter: 'nicid' });
    if (params.ipAddress !== nic.ip) {
      const ip = await anotherAddressFor(cx.tx, network, params.ipAddress);
      await changeNic(cx.tx, nic.id, { ip });
      await leadOver(cx.tx, { nicId: nic.id, from: nic.ip, to: ip! });
      await raiseGeneration(cx.tx, [network.id]);
    }
    return cx.enqueue(tellRouters, { vmId: guest.id, networkIds: [network.id] }, inLane(guest));
  },
  showGuest,
);
