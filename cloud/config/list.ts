// listConfigurations and listConfigurationGroups: what can be set, and what is.
import { listConfigurationGroups, listConfigurations } from '#api/config/setting.ts';
import { fail } from '#api/errors.ts';
import type { SettingName } from '#api/settings.ts';
import { implement, type Caller } from '../context.ts';
import { definitionOf, isHidden, placeOf, settingNames, settingView, type Place, type PlaceParams } from './show.ts';

interface Filter {
  name?: string;
  category?: string;
  group?: string;
  subGroup?: string;
  parent?: string;
  keyword?: string;
}

export const list = implement(listConfigurations, async (cx, params) => {
  const place = placeFor(cx.caller, params);
  const found = settingNames.filter(
    (name) => !isHidden(name) && isOf(name, place) && matches(name, { ...params, keyword: cx.keyword }),
  );
  const order = found.sort((a, b) => Number(b === params.name) - Number(a === params.name) || (a < b ? -1 : 1));
  return {
    items: order
      .slice(cx.page.offset, cx.page.offset + cx.page.limit)
      .map((name) => settingView(cx.settings, name, place)),
    count: order.length,
  };
});

/** Where a caller reads and sets settings. Domain administrators: in their domains and accounts only. */
export function placeFor(caller: Caller, params: PlaceParams): Place {
  const place = placeOf(params);
  if (caller.isRoot) return place;
  if (place.scope === 'Global') return placeOf({ domainId: caller.domainId });
  if (place.scope !== 'Domain' && place.scope !== 'Account')
    fail(
      'permissionDenied',
      `Account ${caller.accountName} may see and change settings of domains and accounts only; accepted: domainid, accountid`,
      { parameter: 'domainid' },
    );
  return place;
}

export const isOf = (name: SettingName, { scope }: Place): boolean =>
  scope === 'Global' || definitionOf(name).scope.includes(scope);

const contains = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());
const same = (text: string, other: string): boolean => text.toLowerCase() === other.toLowerCase();

function matches(name: SettingName, { name: wanted, category, group, subGroup, parent, keyword }: Filter): boolean {
  const setting = definitionOf(name);
  return (
    (wanted === undefined || contains(name, wanted)) &&
    (category === undefined || same(setting.category, category)) &&
    (group === undefined || same(setting.group, group)) &&
    (subGroup === undefined || same(setting.subgroup, subGroup)) &&
    parent === undefined &&
    (keyword === undefined || contains(name, keyword) || contains(setting.summary, keyword))
  );
}

export const listGroups = implement(listConfigurationGroups, async (cx, { group: wanted }) => {
  const groups = new Map<string, Set<string>>();
  for (const name of settingNames.filter((one) => !isHidden(one))) {
    const { group, subgroup } = definitionOf(name);
    groups.set(group, (groups.get(group) ?? new Set()).add(subgroup));
  }
  const all = [...groups].map(([name, subgroups], index) => ({
    name,
    precedence: index + 1,
    subgroup: [...subgroups].map((sub, place) => ({ name: sub, precedence: place + 1 })),
  }));
  const found = all.filter(
    ({ name }) =>
      (wanted === undefined || same(name, wanted)) && (cx.keyword === undefined || contains(name, cx.keyword)),
  );
  return { items: found.slice(cx.page.offset, cx.page.offset + cx.page.limit), count: found.length };
});
