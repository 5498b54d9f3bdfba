// All sections of the console, in the order of the navigation. Instances have screens of their own; every other section is
// drawn from its entry. A new section is one entry in the file of its area.
import { isAdmin } from '../api/session.ts';
import { infrastructure } from './infrastructure.ts';
import { network } from './network.ts';
import { activity, people } from './people.ts';
import { images, offerings, storage } from './resources.ts';
import type { Group, Section } from './section.ts';

const compute: Group = {
  label: 'nav.compute',
  sections: [{ path: 'instances', entity: 'virtualmachine', label: 'instances.title', icon: 'server', columns: [] }],
};

const groups: readonly Group[] = [compute, storage, network, images, offerings, infrastructure, people, activity];

export const visibleGroups = (): readonly Group[] =>
  groups
    .map((group) => ({ ...group, sections: group.sections.filter(({ adminOnly }) => !adminOnly || isAdmin()) }))
    .filter(({ sections }) => sections.length > 0);

export const sectionAt = (path: string): Section | undefined =>
  groups.flatMap(({ sections }) => sections).find((section) => section.path === path);

export const sectionOf = (entity: string): Section | undefined =>
  groups.flatMap(({ sections }) => sections).find((section) => section.entity === entity);

/** What tells of a thing on its own page first; the rest follows in the order of the answer. */
export const headline = ({ columns }: Section): readonly string[] => [
  'id',
  'name',
  ...columns.map(({ field }) => field),
];
