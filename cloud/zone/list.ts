// listZones: the zones a caller may deploy in; root sees all.
import { listZones } from '#api/infra/zone.ts';
import { capacitiesBy } from '../capacity/capacity.ts';
import { implement } from '../context.ts';
import { findZones } from './zone.store.ts';
import { zoneView } from './zone.view.ts';

export const list = implement(listZones, async (cx, params) => {
  const { rows, count } = await findZones(cx.tx, {
    ...cx, ascending: cx.settings.boolean('sortkey.algorithm'), ids: params.ids ?? (params.id === undefined ? undefined : [params.id]), name: params.name, networkType: params.networkType,
    offeredTo: params.domainId ?? (cx.caller.isRoot ? undefined : cx.caller.domainId), enabledOnly: !cx.caller.isRoot,
    usedBy: params.available === false ? cx.caller.accountId : undefined,
  });
  const capacity = params.showCapacities && cx.caller.isRoot ? await capacitiesBy(cx, { level: 'zone', ids: rows.map(({ id }) => id) }) : undefined;
  return { items: rows.map((zone) => zoneView(zone, cx.caller, { capacity: capacity?.get(zone.id) })), count };
});
