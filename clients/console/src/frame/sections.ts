// The sections of the console in the order of the navigation. A new section is a line here and a route.
import { isAdmin } from '../api/session.ts';
import type { Plain } from '../words/t.ts';
import type { IconName } from '../parts/icons.tsx';

export interface Section {
  readonly to: '/instances';
  readonly label: Plain;
  readonly icon: IconName;
  /** Only root administrators have something to see there. */
  readonly adminOnly?: boolean;
}

export interface Group {
  readonly label: Plain;
  readonly sections: readonly Section[];
}

const groups: readonly Group[] = [
  { label: 'nav.compute', sections: [{ to: '/instances', label: 'instances.title', icon: 'server' }] },
];

export const visibleGroups = (): readonly Group[] => groups
  .map((group) => ({ ...group, sections: group.sections.filter(({ adminOnly }) => !adminOnly || isAdmin()) }))
  .filter(({ sections }) => sections.length > 0);
