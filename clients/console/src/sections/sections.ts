// The sections of the console, as data: what is listed, which columns say the most, which commands make new ones.
// Instances have screens of their own; every other section is drawn from its entry here. A new section is one entry.
import { isAdmin } from '../api/session.ts';
import type { KnownEntity } from '../api/entities.ts';
import type { CommandName } from '../api/types.ts';
import type { IconName } from '../parts/icons.tsx';
import type { Plain } from '../words/t.ts';

export type FieldKind = 'text' | 'mono' | 'state' | 'date' | 'bytes' | 'mib' | 'number' | 'yesno';

export interface FieldShown {
  readonly field: string;
  readonly label: Plain;
  readonly kind?: FieldKind;
  readonly rank?: 1 | 2 | 3;
}

export interface Section {
  /** First part of the address. */
  readonly path: string;
  readonly entity: KnownEntity;
  readonly label: Plain;
  readonly icon: IconName;
  readonly columns: readonly FieldShown[];
  /** Command that makes one. */
  readonly create?: CommandName;
  /** Further parameters of the list. */
  readonly params?: Readonly<Record<string, string>>;
  /** Only root administrators have something to see there. */
  readonly adminOnly?: boolean;
}

export interface Group {
  readonly label: Plain;
  readonly sections: readonly Section[];
}

const name: FieldShown = { field: 'name', label: 'col.name' };
const state: FieldShown = { field: 'state', label: 'col.state', kind: 'state' };
const zone: FieldShown = { field: 'zonename', label: 'col.zone', rank: 2 };
const pod: FieldShown = { field: 'podname', label: 'col.pod', rank: 3 };
const account: FieldShown = { field: 'account', label: 'col.account', rank: 3 };
const created: FieldShown = { field: 'created', label: 'col.created', kind: 'date', rank: 3 };
const allocation: FieldShown = { field: 'allocationstate', label: 'col.state', kind: 'state' };

const groups: readonly Group[] = [
  { label: 'nav.compute', sections: [{ path: 'instances', entity: 'virtualmachine', label: 'instances.title', icon: 'server', columns: [] }] },
  {
    label: 'nav.storage',
    sections: [{ path: 'volumes', entity: 'volume', label: 'section.volumes', icon: 'disk', create: 'createVolume', columns: [name, state, { field: 'type', label: 'col.type' }, { field: 'size', label: 'col.size', kind: 'bytes' }, { field: 'vmdisplayname', label: 'instances.one', rank: 2 }, { field: 'storage', label: 'col.storage', rank: 3 }, zone, created] }],
  },
  {
    label: 'nav.network',
    sections: [
      { path: 'networks', entity: 'network', label: 'section.networks', icon: 'network', create: 'createNetwork', columns: [name, state, { field: 'type', label: 'col.type' }, { field: 'cidr', label: 'col.cidr', kind: 'mono' }, zone, { field: 'vlan', label: 'col.vlan', rank: 3 }, account] },
      { path: 'addresses', entity: 'publicipaddress', label: 'section.addresses', icon: 'globe', create: 'associateIpAddress', columns: [{ field: 'ipaddress', label: 'col.address', kind: 'mono' }, state, { field: 'issourcenat', label: 'col.sourceNat', kind: 'yesno' }, { field: 'associatednetworkname', label: 'deploy.network', rank: 2 }, { field: 'virtualmachinename', label: 'instances.one', rank: 2 }, zone, account] },
      { path: 'routers', entity: 'router', label: 'section.routers', icon: 'network', adminOnly: true, columns: [name, state, { field: 'publicip', label: 'col.address', kind: 'mono' }, { field: 'guestnetworkname', label: 'deploy.network', rank: 2 }, zone, { field: 'hostname', label: 'col.host', rank: 3 }, account] },
    ],
  },
  {
    label: 'nav.images',
    sections: [
      { path: 'templates', entity: 'template', label: 'section.templates', icon: 'image', create: 'registerTemplate', columns: [name, { field: 'isready', label: 'col.ready', kind: 'yesno' }, { field: 'status', label: 'col.status', rank: 2 }, { field: 'ostypename', label: 'instance.os', rank: 2 }, { field: 'size', label: 'col.size', kind: 'bytes' }, zone, account] },
      { path: 'isos', entity: 'iso', label: 'section.isos', icon: 'image', create: 'registerIso', columns: [name, { field: 'isready', label: 'col.ready', kind: 'yesno' }, { field: 'ostypename', label: 'instance.os', rank: 2 }, { field: 'size', label: 'col.size', kind: 'bytes' }, zone, account] },
    ],
  },
  {
    label: 'nav.offerings',
    sections: [
      { path: 'compute-offerings', entity: 'serviceoffering', label: 'section.computeOfferings', icon: 'sliders', create: 'createServiceOffering', columns: [name, { field: 'cpunumber', label: 'col.cpus', kind: 'number' }, { field: 'cpuspeed', label: 'col.mhz', kind: 'number', rank: 2 }, { field: 'memory', label: 'instance.memory', kind: 'mib' }, { field: 'displaytext', label: 'col.description', rank: 3 }, created] },
      { path: 'disk-offerings', entity: 'diskoffering', label: 'section.diskOfferings', icon: 'sliders', create: 'createDiskOffering', columns: [name, { field: 'disksize', label: 'col.gib', kind: 'number' }, { field: 'iscustomized', label: 'col.custom', kind: 'yesno' }, { field: 'displaytext', label: 'col.description', rank: 2 }, created] },
      { path: 'network-offerings', entity: 'networkoffering', label: 'section.networkOfferings', icon: 'sliders', create: 'createNetworkOffering', adminOnly: true, columns: [name, state, { field: 'guestiptype', label: 'col.type' }, { field: 'availability', label: 'col.availability', rank: 2 }, { field: 'displaytext', label: 'col.description', rank: 3 }, created] },
    ],
  },
  {
    label: 'nav.infrastructure',
    sections: [
      { path: 'zones', entity: 'zone', label: 'section.zones', icon: 'globe', create: 'createZone', adminOnly: true, columns: [name, allocation, { field: 'networktype', label: 'col.type' }, { field: 'dns1', label: 'col.dns', kind: 'mono', rank: 2 }, { field: 'internaldns1', label: 'col.internalDns', kind: 'mono', rank: 3 }] },
      { path: 'pods', entity: 'pod', label: 'section.pods', icon: 'host', create: 'createPod', adminOnly: true, columns: [name, allocation, { field: 'gateway', label: 'col.gateway', kind: 'mono', rank: 2 }, zone] },
      { path: 'clusters', entity: 'cluster', label: 'section.clusters', icon: 'host', create: 'addCluster', adminOnly: true, columns: [name, allocation, { field: 'hypervisortype', label: 'instance.hypervisor' }, pod, zone] },
      { path: 'hosts', entity: 'host', label: 'section.hosts', icon: 'host', create: 'addHost', adminOnly: true, columns: [name, state, { field: 'resourcestate', label: 'col.resourceState', kind: 'state', rank: 2 }, { field: 'ipaddress', label: 'col.address', kind: 'mono' }, { field: 'cpunumber', label: 'col.cpus', kind: 'number', rank: 2 }, { field: 'memorytotal', label: 'instance.memory', kind: 'bytes', rank: 2 }, { field: 'clustername', label: 'col.cluster', rank: 3 }, zone] },
      { path: 'primary-storage', entity: 'storagepool', label: 'section.primaryStorage', icon: 'disk', create: 'createStoragePool', adminOnly: true, columns: [name, state, { field: 'type', label: 'col.type' }, { field: 'disksizetotal', label: 'col.size', kind: 'bytes' }, { field: 'disksizeallocated', label: 'col.allocated', kind: 'bytes', rank: 2 }, { field: 'scope', label: 'col.scope', rank: 3 }, zone] },
      { path: 'secondary-storage', entity: 'imagestore', label: 'section.secondaryStorage', icon: 'disk', create: 'addImageStore', adminOnly: true, columns: [name, { field: 'providername', label: 'col.provider' }, { field: 'url', label: 'col.url', kind: 'mono' }, { field: 'disksizetotal', label: 'col.size', kind: 'bytes', rank: 2 }, zone] },
    ],
  },
  {
    label: 'nav.people',
    sections: [
      { path: 'accounts', entity: 'account', label: 'section.accounts', icon: 'user', create: 'createAccount', adminOnly: true, columns: [name, state, { field: 'rolename', label: 'account.role' }, { field: 'vmtotal', label: 'instances.title', kind: 'number', rank: 2 }, { field: 'domain', label: 'login.domain', rank: 2 }, created] },
      { path: 'users', entity: 'user', label: 'section.users', icon: 'user', create: 'createUser', adminOnly: true, columns: [{ field: 'username', label: 'login.user' }, state, { field: 'email', label: 'col.email', rank: 2 }, { field: 'account', label: 'col.account' }, { field: 'rolename', label: 'account.role', rank: 2 }, created] },
      { path: 'domains', entity: 'domain', label: 'section.domains', icon: 'user', create: 'createDomain', adminOnly: true, columns: [name, state, { field: 'path', label: 'col.path', kind: 'mono' }, { field: 'vmtotal', label: 'instances.title', kind: 'number', rank: 2 }] },
    ],
  },
  {
    label: 'nav.activity',
    sections: [{ path: 'events', entity: 'event', label: 'section.events', icon: 'pulse', columns: [{ field: 'description', label: 'col.description' }, { field: 'type', label: 'col.type', kind: 'mono', rank: 2 }, { field: 'level', label: 'col.level', rank: 3 }, { field: 'state', label: 'col.state', rank: 3 }, { field: 'username', label: 'col.user' }, { field: 'created', label: 'col.created', kind: 'date' }] }],
  },
];

export const visibleGroups = (): readonly Group[] => groups
  .map((group) => ({ ...group, sections: group.sections.filter(({ adminOnly }) => !adminOnly || isAdmin()) }))
  .filter(({ sections }) => sections.length > 0);

export const sectionAt = (path: string): Section | undefined => groups.flatMap(({ sections }) => sections).find((section) => section.path === path);

export const sectionOf = (entity: string): Section | undefined => groups.flatMap(({ sections }) => sections).find((section) => section.entity === entity);

/** What tells of a thing on its own page first; the rest follows in the order of the answer. */
export const headline = ({ columns }: Section): readonly string[] => ['id', 'name', ...columns.map(({ field }) => field)];
