// listVlanIpRanges, updateVlanIpRange, deleteVlanIpRange. What is in use stays.
import { deleteVlanIpRange, listVlanIpRanges, updateVlanIpRange } from '#api/network/range.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { done, implement } from '../context.ts';
import { checkAddresses, rangeNetwork, readVlan } from './layout.ts';
import {
  addressesTaken,
  changeRange,
  deleteAddresses,
  findRanges,
  insertAddresses,
  rangesByIds,
  removeRange,
  taggedRange,
} from './public-range.store.ts';
import { rangeView } from './view.ts';

export const list = implement(listVlanIpRanges, async (cx, params) => {
  const owner = params.account === undefined ? undefined : await cx.owner(params);
  const { rows, count } = await findRanges(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    forVirtualNetwork: params.forVirtualNetwork,
    networkId: params.networkId,
    physicalNetworkId: params.physicalNetworkId,
    podId: params.podId,
    zoneId: params.zoneId,
    vlan: params.vlan === undefined ? undefined : readVlan(params.vlan),
    accountId: owner?.accountId,
    domainId: owner ? undefined : params.domainId,
  });
  return { items: rows.map(rangeView), count };
});

export const update = implement(updateVlanIpRange, async (cx, params) => {
  for (const name of ['startIpv6', 'endIpv6', 'ip6Cidr', 'ip6Gateway'] as const) {
    if (params[name] !== undefined)
      fail('unsupported', `${name.toLowerCase()}: networks of this cloud are IPv4; leave it out`, {
        parameter: name.toLowerCase(),
      });
  }
  const [before] = await rangesByIds(cx.tx, [params.id]);
  const gateway = params.gateway ?? before!.gateway;
  const netmask = params.netmask ?? before!.netmask;
  const network = rangeNetwork(gateway, netmask);
  const bounds = { startIp: params.startIp ?? before!.startIp, endIp: params.endIp ?? before!.endIp };
  await checkAddresses(cx.tx, bounds, {
    zoneId: before!.zoneId,
    network,
    gateway,
    vlan: before!.vlan,
    except: params.id,
  });
  const sameKind =
    gateway === before!.gateway &&
    netmask === before!.netmask &&
    (params.forSystemVms ?? before!.forSystemVms) === before!.forSystemVms;
  const taken = await addressesTaken(cx.tx, params.id, sameKind ? bounds : undefined);
  if (taken.n > 0)
    fail(
      'resourceInUse',
      `${taken.n} address${taken.n === 1 ? '' : 'es'} of the range ${taken.n === 1 ? 'is' : 'are'} in use (${taken.first}${taken.n === 1 ? '' : ', …'}) and must stay as ${taken.n === 1 ? 'it is' : 'they are'}`,
      { parameter: 'id' },
    );
  await changeRange(cx.tx, params.id, {
    gateway,
    netmask,
    cidr: network.text,
    start_ip: bounds.startIp,
    end_ip: bounds.endIp,
    for_system_vms: params.forSystemVms,
  });
  if (before!.forVirtualNetwork) {
    await deleteAddresses(cx.tx, params.id);
    await insertAddresses(cx.tx, { id: params.id, zoneId: before!.zoneId });
  }
  const [range] = await rangesByIds(cx.tx, [params.id]);
  await cx.event({
    description: `Address range ${range!.startIp} to ${range!.endIp} was changed`,
    uuid: range!.uuid,
    resourceType: 'Vlan',
  });
  return rangeView(range!);
});

export const remove = implement(deleteVlanIpRange, async (cx, params) => {
  const [range] = await rangesByIds(cx.tx, [params.id]);
  const taken = await addressesTaken(cx.tx, params.id);
  if (taken.n > 0)
    fail(
      'resourceInUse',
      `The range cannot be deleted, ${taken.n} address${taken.n === 1 ? '' : 'es'} of it ${taken.n === 1 ? 'is' : 'are'} in use`,
      { parameter: 'id' },
    );
  await deleteAddresses(cx.tx, params.id, { all: true });
  await removeRange(cx.tx, params.id);
  await cx.event({
    description: `Address range ${range!.startIp} to ${range!.endIp} was deleted`,
    uuid: range!.uuid,
    resourceType: 'Vlan',
  });
  return done;
});

/** VLAN of public ranges of the zone that KVM hosts could not carry. */
export const taggedVlan = async (tx: Tx, zoneId: number): Promise<string | undefined> =>
  (await taggedRange(tx, zoneId))?.vlan;
