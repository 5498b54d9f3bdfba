// associateIpAddress and disassociateIpAddress. An address that was given back is nobody's until its router has let go of it.
import { associateIpAddress, disassociateIpAddress } from '#api/network/address.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow, type Call } from '#kernel/job.ts';
import { implement, type Cx, type Owner, type World } from '../context.ts';
import { isIpv4 } from '../network/address-rules.ts';
import { networksForGuest } from '../network/network.ts';
import { lockedNetwork } from '../network/look.ts';
import { applyChange, applyLater, raiseGeneration } from '../router/router.ts';
import { endRulesOfAddress } from '../rule/rule.ts';
import { freeAddressOf, takeAddress, takeNamed } from './address.ts';
import {
  addressByText,
  addressesOf,
  changeAddress,
  lockAddress,
  moveAddress,
  type AddressRow,
} from './address.store.ts';
import { showAddress } from './address.view.ts';

interface Address {
  id: number;
  networkId: number;
}

export const associateIt = workflow<Address & { since: string }, { id: number }, World>(
  'address.associate',
  async (job, input, world) => {
    const { id, networkId } = input;
    await job.call('tell the router', async (call) => ({ told: await applyChange(world, call, networkId) }), {
      undo: async (call) => {
        await world.db.tx((tx) => takeBack(tx, input));
        await applyLater(world, call, networkId);
      },
    });
    return { id };
  },
);

/** Unless it is somebody's for another reason by now: this may be done twice. */
async function takeBack(tx: Tx, { id, networkId, since }: Address & { since: string }): Promise<void> {
  await raiseGeneration(tx, [networkId]);
  const address = await lockAddress(tx, id);
  if (address.networkId === networkId && address.allocated?.toISOString() === since) await freeAddressOf(tx, address);
}

export const associate = implement(
  associateIpAddress,
  async (cx, params) => {
    if (params.isPortable)
      fail('unsupported', 'isportable: this cloud has no portable addresses; leave it out', {
        parameter: 'isportable',
      });
    const { networkId, owner } = await networkFor(cx, params);
    const network = await lockedNetwork(cx.tx, networkId);
    if (network.deleting)
      fail('wrongState', `networkid: the network ${network.name} is being deleted`, { parameter: 'networkid' });
    if (
      network.guestType !== 'Isolated' ||
      !['SourceNat', 'StaticNat', 'PortForwarding', 'Lb'].some((service) => network.services.includes(service))
    ) {
      fail('invalidParameter', `networkid: the network ${network.name} has no service that uses public addresses`, {
        parameter: 'networkid',
      });
    }
    // As the first one of a network that has not been implemented yet, it is what guests leave by.
    const sourceNat =
      network.services.includes('SourceNat') &&
      !(await addressesOf(cx.tx, networkId)).some((address) => address.sourceNat);
    const wanted = { zoneId: network.zoneId, networkId, owner, sourceNat };
    const id =
      params.ipAddress === undefined
        ? await takeAddress(cx.tx, cx.settings, wanted)
        : await takeNamed(cx.tx, cx.settings, { ...wanted, address: params.ipAddress, parameter: 'ipaddress' });
    if (params.forDisplay !== undefined) await changeAddress(cx.tx, id, { display: params.forDisplay });
    await raiseGeneration(cx.tx, [networkId]);
    const { uuid, allocated } = await lockAddress(cx.tx, id);
    return cx.enqueue(
      associateIt,
      { id, networkId, since: allocated!.toISOString() },
      { lanes: [`network:${networkId}`], about: uuid, owner },
    );
  },
  async (cx, { id }: { id: number }) => showAddress(cx.tx, id),
);

/** The one named, or the account's own in the zone; the address belongs to whom the network belongs to. */
async function networkFor(
  cx: Cx,
  params: { networkId?: number; zoneId?: number; account?: string; domainId?: number; projectId?: number },
): Promise<{ networkId: number; owner: Owner }> {
  if (params.networkId !== undefined) {
    const network = await lockedNetwork(cx.tx, params.networkId);
    if (params.zoneId !== undefined && params.zoneId !== network.zoneId)
      fail('invalidParameter', `networkid: the network ${network.name} is not in the zone given as zoneid`, {
        parameter: 'networkid',
      });
    return { networkId: network.id, owner: { accountId: network.accountId, domainId: network.domainId } };
  }
  const zoneId =
    params.zoneId ??
    fail(
      'missingParameter',
      'networkid is missing; the network the address is for is needed, or a zone in which the account has one',
      { parameter: 'networkid' },
    );
  const owner = await cx.owner(params);
  const [network] = await networksForGuest(cx, { networkIds: [], owner, zoneId });
  return { networkId: network!.id, owner };
}

export const disassociateIt = workflow<Address, { id: number }, World>(
  'address.disassociate',
  async (job, { id, networkId }, world) => {
    const { told } = await job.call('tell the router', async (call) => ({ told: await letGo(world, call, networkId) }));
    if (told)
      await job.tx('free', async (tx) => {
        const address = await lockAddress(tx, id);
        if (address.state === 'Releasing') await freeAddressOf(tx, address);
      });
    return { id };
  },
);

/** Nobody has the address any more, also where there is no router now. Otherwise `routers.reconcile` frees it later. */
async function letGo(world: World, call: Call, networkId: number): Promise<boolean> {
  try {
    await applyChange(world, call, networkId);
    return true;
  } catch (error) {
    if (call.signal.aborted) throw error;
    world.log.warn({ err: error, network: networkId }, 'address.not-let-go');
    world.poke('routers.reconcile');
    return false;
  }
}

export const disassociate = implement(disassociateIpAddress, async (cx, params) => {
  const address = await named(cx, params);
  if (address.sourceNat)
    fail(
      'invalidParameter',
      `id: ${address.address} is the address the network's guests leave by; it is released with the network`,
      { parameter: 'id' },
    );
  if (address.system) fail('invalidParameter', `id: ${address.address} is the platform's own`, { parameter: 'id' });
  if (address.state === 'Reserved')
    fail('wrongState', `${address.address} is reserved; releaseIpAddress gives it back`, { parameter: 'id' });
  if (address.state !== 'Allocated' || address.networkId === null)
    fail('wrongState', `${address.address} is ${address.state}; one that is Allocated can be released`, {
      parameter: 'id',
    });
  await raiseGeneration(cx.tx, [address.networkId]);
  await endRulesOfAddress(cx.tx, address.id);
  await changeAddress(cx.tx, address.id, { static_nat_vm_id: null, static_nat_nic_id: null, static_nat_ip: null });
  await moveAddress(cx.tx, address.id, 'ReleaseRequested');
  return cx.enqueue(
    disassociateIt,
    { id: address.id, networkId: address.networkId },
    { lanes: [`network:${address.networkId}`], about: address.uuid, owner: ownerOf(address) },
  );
});

const ownerOf = (address: AddressRow): Owner => ({ accountId: address.accountId!, domainId: address.domainId! });

async function named(cx: Cx, params: { id?: number; ipAddress?: string }): Promise<AddressRow> {
  if (params.id !== undefined) return lockAddress(cx.tx, params.id);
  if (params.ipAddress === undefined)
    return fail('missingParameter', 'id is missing; the id of a public address, or ipaddress, is needed', {
      parameter: 'id',
    });
  const unknown = (): never =>
    fail('notFound', `ipaddress: there is no public address ${params.ipAddress!.slice(0, 40)} of yours`, {
      parameter: 'ipaddress',
    });
  const found = isIpv4(params.ipAddress)
    ? await addressByText(cx.tx, { zoneId: undefined, address: params.ipAddress })
    : undefined;
  if (!found || found.accountId === null) return unknown();
  await cx.mayActFor(ownerOf(found), 'that public address');
  return found;
}
