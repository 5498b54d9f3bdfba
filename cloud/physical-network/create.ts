// createPhysicalNetwork: where guest networks of a zone run. They are kept apart by VXLAN; each identifier of `vlan` is a row that
// a network takes. The virtual router is there from the beginning, switched off until it is configured.
import { createPhysicalNetwork } from '#api/network/physical.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { implement } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import {
  insertPhysicalNetwork,
  lockZone,
  otherVlans,
  physicalNetworkNameTaken,
  physicalNetworksByIds,
  setVnis,
} from './physical-network.store.ts';
import { physicalNetworkView } from './physical-network.view.ts';
import { addVirtualRouter } from './provider.ts';
import { readVlanRanges, rangesOverlap, writeVlanRanges, type VniRange } from './vlan-text.ts';

export const isolationMethods = ['VXLAN'] as const;

export const create = implement(
  createPhysicalNetwork,
  async (cx, params) => {
    const zone = await lockZone(cx.tx, params.zoneId);
    const other = params.isolationMethods?.find((method) => method.toUpperCase() !== 'VXLAN');
    if (other !== undefined)
      fail(
        'unsupported',
        `isolationmethods is '${other}'; guest networks of this cloud are kept apart by ${isolationMethods.join(', ')}`,
        { parameter: 'isolationmethods' },
      );
    if (params.broadcastDomainRange === 'POD')
      fail('invalidParameter', `broadcastdomainrange is POD; in the Advanced zone ${zone.name} ZONE is accepted`, {
        parameter: 'broadcastdomainrange',
      });
    checkTags(params.tags);
    if (await physicalNetworkNameTaken(cx.tx, { zoneId: params.zoneId, name: params.name }))
      fail('invalidParameter', `name: there is a physical network ${params.name} in the zone already`, {
        parameter: 'name',
      });
    const ranges = params.vlan === undefined ? [] : readVlanRanges(params.vlan, { vxlan: true });
    await checkVlans(cx.tx, { zoneId: params.zoneId, ranges });
    const { id } = await insertPhysicalNetwork(cx.tx, {
      zone_id: params.zoneId,
      name: params.name,
      vlan: writeVlanRanges(ranges) || undefined,
      isolation_methods: isolationMethods,
      broadcast_domain_range: 'ZONE',
      speed: params.networkSpeed,
      tags: params.tags ?? [],
      domain_id: params.domainId,
    });
    await setVnis(cx.tx, id, ranges);
    await addVirtualRouter(cx.tx, id);
    const [network] = await physicalNetworksByIds(cx.tx, [id]);
    return cx.enqueue(recorded, { id }, { lanes: [], about: network!.uuid });
  },
  async (cx, { id }: Recorded) => physicalNetworkView((await physicalNetworksByIds(cx.tx, [id]))[0]!),
);

export function checkTags(tags: readonly string[] | undefined): void {
  if (tags && tags.length > 1)
    fail('invalidParameter', `tags names ${tags.length} tags; a physical network has one at most`, {
      parameter: 'tags',
    });
}

/** An identifier belongs to one physical network of a zone. */
export async function checkVlans(
  tx: Tx,
  { zoneId, ranges, except }: { zoneId: number; ranges: readonly VniRange[]; except?: number },
): Promise<void> {
  for (const other of await otherVlans(tx, { zoneId, except })) {
    const shared = rangesOverlap(ranges, readVlanRanges(other.vlan, { vxlan: true }));
    if (shared)
      fail(
        'invalidParameter',
        `vlan has ${writeVlanRanges([shared])}, which the physical network ${other.name} of the zone has too`,
        { parameter: 'vlan' },
      );
  }
}
