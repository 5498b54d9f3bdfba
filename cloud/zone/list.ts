// listZones and listZonesMetrics: the zones a caller may deploy in; root sees all, and how busy they are.
import { listZonesMetrics } from '#api/metrics/metrics.ts';
import { listZones } from '#api/infra/zone.ts';
import { capacitiesBy } from '../capacity/capacity.ts';
import { loadView, sharesOf, thresholds } from '../capacity/load.ts';
import { clustersBy, loadsBy } from '../capacity/loads.ts';
import { implement, type Cx } from '../context.ts';
import { findZones, zonesMadeOf, type ZoneQuery, type ZoneRow } from './zone.store.ts';
import { zoneView } from './zone.view.ts';

interface Wanted {
  id?: number;
  ids?: readonly number[];
  name?: string;
  networkType?: string;
  domainId?: number;
  available?: boolean;
  storageAccessGroup?: string;
}

async function wantedZones(cx: Cx, params: Wanted): Promise<{ rows: ZoneRow[]; count: number }> {
  if (params.storageAccessGroup !== undefined) return { rows: [], count: 0 }; // no zone has any
  const query: ZoneQuery = {
    page: cx.page,
    keyword: cx.keyword,
    tags: cx.tags,
    ascending: cx.settings.boolean('sortkey.algorithm'),
    ids: params.ids ?? (params.id === undefined ? undefined : [params.id]),
    name: params.name,
    networkType: params.networkType,
    offeredTo: params.domainId ?? (cx.caller.isRoot ? undefined : cx.caller.domainId),
    enabledOnly: !cx.caller.isRoot,
    usedBy: params.available === false ? cx.caller.accountId : undefined,
  };
  const read = (): Promise<{ rows: ZoneRow[]; count: number }> => findZones(cx.tx, query);
  const of = zonesMadeOf(query);
  return of ? cx.found({ key: `zones ${JSON.stringify(query)}`, of, read }) : read();
}

export const list = implement(listZones, async (cx, params) => {
  const { rows, count } = await wantedZones(cx, params);
  const capacity =
    params.showCapacities && cx.caller.isRoot
      ? await capacitiesBy(cx, { level: 'zone', ids: rows.map(({ id }) => id) })
      : undefined;
  return { items: rows.map((zone) => zoneView(zone, cx.caller, { capacity: capacity?.get(zone.id) })), count };
});

export const listMetrics = implement(listZonesMetrics, async (cx, params) => {
  const { rows, count } = await wantedZones(cx, params);
  const ids = rows.map(({ id }) => id);
  const [capacity, loads, clusters] = [
    await capacitiesBy(cx, { level: 'zone', ids }),
    await loadsBy(cx.tx, 'zone', ids),
    await clustersBy(cx.tx, ids),
  ];
  return {
    items: rows.map((zone) => ({
      ...zoneView(zone, cx.caller, { capacity: capacity.get(zone.id) }),
      state: zone.allocationState,
      ...loadView(loads.get(zone.id)),
      ...thresholds(sharesOf(loads.get(zone.id)), cx.settings),
      clusters: `${clusters.get(zone.id)?.enabled ?? 0} / ${clusters.get(zone.id)?.clusters ?? 0}`,
    })),
    count,
  };
});
