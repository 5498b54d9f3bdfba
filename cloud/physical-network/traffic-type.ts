// Verbs of traffic types: which kind of traffic runs on a physical network, and the bridge it has on hosts. Guest traffic needs no
// bridge of the operator's: it runs over VXLAN between the hosts' own addresses.
import {
  addTrafficType,
  deleteTrafficType,
  listTrafficTypeImplementors,
  listTrafficTypes,
  updateTrafficType,
} from '#api/network/physical.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import type { trafficTypeResponse } from '#api/network/provider-responses.ts';
import type { Tx } from '#kernel/db.ts';
import { implement } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { physicalNetworksByIds } from './physical-network.store.ts';
import {
  changeTrafficType,
  deleteTrafficTypeRow,
  findTrafficTypes,
  hostsWithoutBridge,
  insertTrafficType,
  publicLabel,
  trafficContents,
  trafficInZone,
  trafficTypesByIds,
  type TrafficTypeRow,
} from './traffic-type.store.ts';

/** The bridge of public traffic where the operator names none. */
const PUBLIC_BRIDGE = 'pub';
const BRIDGE = /^[a-z][a-z0-9-]{1,14}$/;

const view = (row: TrafficTypeRow): Shape<typeof trafficTypeResponse> => ({
  id: row.uuid,
  physicalnetworkid: row.physicalNetworkUuid,
  traffictype: row.type,
  kvmnetworklabel: row.kvmLabel,
  vlan: row.vlan,
  isolationmethods: row.isolationMethods.join(','),
  xennetworklabel: row.labels['xen'],
  vmwarenetworklabel: row.labels['vmware'],
  hypervnetworklabel: row.labels['hyperv'],
  ovm3networklabel: row.labels['ovm3'],
});
const show = async (cx: { tx: Tx }, { id }: Recorded) => view((await trafficTypesByIds(cx.tx, [id]))[0]!);

interface Labels {
  xenNetworkLabel?: string;
  vmwareNetworkLabel?: string;
  hypervNetworkLabel?: string;
  ovm3NetworkLabel?: string;
}
/** Labels for hypervisors that do not run here are kept for whoever looks. */
const otherLabels = (params: Labels): Record<string, string> =>
  Object.fromEntries(
    Object.entries({
      xen: params.xenNetworkLabel,
      vmware: params.vmwareNetworkLabel,
      hyperv: params.hypervNetworkLabel,
      ovm3: params.ovm3NetworkLabel,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

async function checkLabel(
  tx: Tx,
  { label, type, zoneId }: { label: string | undefined; type: string; zoneId: number },
): Promise<string | undefined> {
  const bridge = label ?? (type === 'Public' ? PUBLIC_BRIDGE : undefined);
  if (bridge === undefined) return undefined;
  if (!BRIDGE.test(bridge))
    fail(
      'invalidParameter',
      `kvmnetworklabel is '${bridge.slice(0, 40)}'; the name of a bridge is accepted: 2 to 15 lower-case letters, digits and hyphens`,
      { parameter: 'kvmnetworklabel' },
    );
  const without = type === 'Public' ? await hostsWithoutBridge(tx, { zoneId, bridge }) : [];
  if (without.length > 0)
    fail(
      'invalidParameter',
      `kvmnetworklabel is ${bridge}, a bridge that these hosts of the zone do not have: ${without.map(({ name }) => name).join(', ')}`,
      { parameter: 'kvmnetworklabel' },
    );
  return bridge;
}

export const add = implement(
  addTrafficType,
  async (cx, params) => {
    const [network] = await physicalNetworksByIds(cx.tx, [params.physicalNetworkId]);
    if (params.isolationMethod !== undefined && params.isolationMethod.toUpperCase() !== 'VXLAN')
      fail(
        'unsupported',
        `isolationmethod is '${params.isolationMethod}'; guest networks of this cloud are kept apart by VXLAN`,
        { parameter: 'isolationmethod' },
      );
    const there = await trafficInZone(cx.tx, { zoneId: network!.zoneId, type: params.trafficType });
    const here = there.some((one) => one.physicalNetworkId === params.physicalNetworkId);
    if (here)
      fail('invalidParameter', `traffictype: ${params.trafficType} traffic runs on the physical network already`, {
        parameter: 'traffictype',
      });
    if (params.trafficType !== 'Guest' && there.length > 0)
      fail(
        'invalidParameter',
        `traffictype: ${params.trafficType} traffic of the zone runs on the physical network ${there[0]!.name}; it can run on one only`,
        { parameter: 'traffictype' },
      );
    const bridge = await checkLabel(cx.tx, {
      label: params.kvmNetworkLabel,
      type: params.trafficType,
      zoneId: network!.zoneId,
    });
    const { id, uuid } = await insertTrafficType(cx.tx, {
      physical_network_id: params.physicalNetworkId,
      type: params.trafficType,
      kvm_label: bridge,
      vlan: params.vlan,
      labels: JSON.stringify(otherLabels(params)),
    });
    return cx.enqueue(recorded, { id }, { lanes: [], about: uuid });
  },
  show,
);

export const list = implement(listTrafficTypes, async (cx, params) => {
  const { rows, count } = await findTrafficTypes(cx.tx, {
    page: cx.page,
    keyword: cx.keyword,
    physicalNetworkId: params.physicalNetworkId,
  });
  return { items: rows.map(view), count };
});

export const update = implement(
  updateTrafficType,
  async (cx, params) => {
    const [before] = await trafficTypesByIds(cx.tx, [params.id]);
    const bridge =
      params.kvmNetworkLabel === undefined
        ? undefined
        : await checkLabel(cx.tx, { label: params.kvmNetworkLabel, type: before!.type, zoneId: before!.zoneId });
    await changeTrafficType(cx.tx, params.id, {
      kvm_label: bridge,
      labels: JSON.stringify({ ...before!.labels, ...otherLabels(params) }),
    });
    return cx.enqueue(recorded, { id: params.id }, { lanes: [], about: before!.uuid });
  },
  show,
);

export const remove = implement(deleteTrafficType, async (cx, params) => {
  const [type] = await trafficTypesByIds(cx.tx, [params.id]);
  const { kind, n } = await trafficContents(cx.tx, type!);
  if (n > 0)
    fail(
      'resourceInUse',
      `The traffic type cannot be deleted, the physical network still has ${n} ${kind}${n === 1 ? '' : 's'}`,
      { parameter: 'id' },
    );
  await deleteTrafficTypeRow(cx.tx, params.id);
  return cx.enqueue(recorded, { id: params.id }, { lanes: [], about: type!.uuid });
});

/** Under the names clients know. */
const implementors: Readonly<Record<string, string>> = {
  Guest: 'VxlanGuestNetworkGuru',
  Public: 'PublicNetworkGuru',
  Management: 'PodBasedNetworkGuru',
  Storage: 'StorageNetworkGuru',
};

export const listImplementors = implement(listTrafficTypeImplementors, async (cx, params) => {
  const items = Object.entries(implementors)
    .filter(([type]) => params.trafficType === undefined || type.toLowerCase() === params.trafficType.toLowerCase())
    .map(([traffictype, traffictypeimplementor]) => ({ traffictype, traffictypeimplementor }));
  return { items: items.slice(cx.page.offset, cx.page.offset + cx.page.limit), count: items.length };
});

/** The bridge that public traffic of a zone has on its hosts; undefined while the zone has no public traffic. */
export const publicBridge = (tx: Tx, zoneId: number): Promise<string | undefined> => publicLabel(tx, zoneId);
