// listPhysicalNetworks, updatePhysicalNetwork, deletePhysicalNetwork, listNetworkIsolationMethods, listGuestVlans.
import {
  deletePhysicalNetwork,
  listGuestVlans,
  listNetworkIsolationMethods,
  listPhysicalNetworks,
  updatePhysicalNetwork,
} from '#api/network/physical.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import type { guestVlanResponse } from '#api/network/responses.ts';
import { implement } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { checkTags, checkVlans, isolationMethods } from './create.ts';
import {
  changePhysicalNetwork,
  findGuestVlans,
  findPhysicalNetworks,
  lockZone,
  physicalNetworkContents,
  physicalNetworksByIds,
  removePhysicalNetwork,
  setVnis,
  takenOutside,
  type GuestVlanRow,
} from './physical-network.store.ts';
import { physicalNetworkView } from './physical-network.view.ts';
import { readVlanRanges, writeVlanRanges } from './vlan-text.ts';

export const list = implement(listPhysicalNetworks, async (cx, params) => {
  const { rows, count } = await findPhysicalNetworks(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    name: params.name,
    zoneId: params.zoneId,
  });
  return { items: rows.map(physicalNetworkView), count };
});

export const update = implement(
  updatePhysicalNetwork,
  async (cx, params) => {
    const [before] = await physicalNetworksByIds(cx.tx, [params.id]);
    checkTags(params.tags);
    if (params.vlan !== undefined) {
      await lockZone(cx.tx, before!.zoneId);
      const ranges = readVlanRanges(params.vlan, { vxlan: true });
      await checkVlans(cx.tx, { zoneId: before!.zoneId, ranges, except: params.id });
      const taken = await takenOutside(cx.tx, params.id, ranges);
      if (taken.length > 0)
        fail(
          'resourceInUse',
          `vlan leaves out ${taken.map(({ vni }) => vni).join(', ')}, which guest networks use; what is in use must stay`,
          { parameter: 'vlan' },
        );
      await setVnis(cx.tx, params.id, ranges);
      await changePhysicalNetwork(cx.tx, params.id, { vlan: writeVlanRanges(ranges) });
    }
    await changePhysicalNetwork(cx.tx, params.id, {
      state: params.state,
      speed: params.networkSpeed,
      tags: params.tags,
    });
    return cx.enqueue(recorded, { id: params.id }, { lanes: [], about: before!.uuid });
  },
  async (cx, { id }: Recorded) => physicalNetworkView((await physicalNetworksByIds(cx.tx, [id]))[0]!),
);

export const remove = implement(deletePhysicalNetwork, async (cx, params) => {
  const [network] = await physicalNetworksByIds(cx.tx, [params.id]);
  await lockZone(cx.tx, network!.zoneId);
  const contents = await physicalNetworkContents(cx.tx, params.id);
  if (contents.length > 0)
    fail(
      'resourceInUse',
      `The physical network cannot be deleted, it still has: ${contents.map(({ kind, n }) => `${n} ${kind}${n === 1 ? '' : 's'}`).join(', ')}`,
      { parameter: 'id' },
    );
  await removePhysicalNetwork(cx.tx, params.id);
  return cx.enqueue(recorded, { id: params.id }, { lanes: [], about: network!.uuid });
});

export const listIsolation = implement(listNetworkIsolationMethods, async (cx) => {
  const items = isolationMethods.map((name) => ({ name }));
  return { items: items.slice(cx.page.offset, cx.page.offset + cx.page.limit), count: items.length };
});

/** A number for each identifier of each physical network, as the list's `id` wants one. */
const VNI_BITS = 2 ** 24;

export const listVlans = implement(listGuestVlans, async (cx, params) => {
  const vnet = params.vnet === undefined ? undefined : Number(params.vnet);
  if (vnet !== undefined && !Number.isInteger(vnet))
    fail('invalidParameter', `vnet is '${params.vnet}'; a whole number is accepted`, { parameter: 'vnet' });
  const named =
    params.id === undefined
      ? undefined
      : { physicalNetworkId: Math.floor(params.id / VNI_BITS), vni: params.id % VNI_BITS };
  const { rows, count } = await findGuestVlans(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    physicalNetworkId: named?.physicalNetworkId ?? params.physicalNetworkId,
    zoneId: params.zoneId,
    vni: named?.vni ?? vnet,
    allocatedOnly: params.allocatedOnly ?? false,
  });
  return { items: rows.map(guestVlanView), count };
});

const guestVlanView = (row: GuestVlanRow): Shape<typeof guestVlanResponse> => ({
  id: row.physicalNetworkId * VNI_BITS + row.vni,
  vlan: String(row.vni),
  allocationstate: row.networkUuid ? 'Allocated' : 'Free',
  taken: row.taken,
  isdedicated: false,
  physicalnetworkid: row.physicalNetworkUuid,
  physicalnetworkname: row.physicalNetworkName,
  zoneid: row.zoneUuid,
  zonename: row.zoneName,
  account: row.account,
  domainid: row.domainUuid,
  domain: row.domain,
  domainpath: row.domainPath,
  network: row.networkUuid ? [{ id: row.networkUuid, name: row.networkName, displaytext: row.networkText }] : null,
});
