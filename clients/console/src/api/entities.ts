// The kinds of things the console knows how to list, show by name and refetch when they change.
// One line each: a new section of the console begins here. Entity names are those of id parameters and change events.
import type { EntityName } from '#api/entities.ts';
import { pageOf, send } from './call.ts';
import type { WireParams } from './call.ts';
import { isAdmin } from './session.ts';
import type { CommandName, NameOf, Page } from './types.ts';

export interface Thing {
  readonly id: string;
  readonly name?: string;
  readonly displaytext?: string;
  readonly [field: string]: unknown;
}

interface Entity {
  readonly list: NameOf<'list'>;
  /** Parameters without which the list does not show everything the caller may see. */
  readonly always?: WireParams;
  /** Fields that tell two things of the same name apart, in a drop-down. */
  readonly hint?: readonly string[];
  /** Field that names it, where that is not `name`. */
  readonly label?: string;
  /** Field that an id parameter wants, where that is not `id`. */
  readonly key?: string;
  /** It has no `listall`. */
  readonly unscoped?: boolean;
}

export const entities: Partial<Record<EntityName | 'asyncjobs', Entity>> = {
  account: { list: 'listAccounts', hint: ['domain'] },
  affinitygroup: { list: 'listAffinityGroups', hint: ['type'] },
  asyncjob: { list: 'listAsyncJobs' },
  cluster: { list: 'listClusters', hint: ['zonename', 'podname'], unscoped: true },
  diskoffering: { list: 'listDiskOfferings', hint: ['displaytext'] },
  domain: { list: 'listDomains', label: 'path' },
  event: { list: 'listEvents', label: 'description' },
  guestos: { list: 'listOsTypes', label: 'description', unscoped: true },
  guestoscategory: { list: 'listOsCategories', unscoped: true },
  host: { list: 'listHosts', always: { type: 'Routing' }, hint: ['zonename', 'state'], unscoped: true },
  imagestore: { list: 'listImageStores', hint: ['zonename'], unscoped: true },
  instancegroup: { list: 'listInstanceGroups' },
  iso: { list: 'listIsos', always: { isofilter: 'executable' }, hint: ['ostypename'] },
  network: { list: 'listNetworks', hint: ['cidr', 'zonename'] },
  networkoffering: { list: 'listNetworkOfferings', hint: ['guestiptype', 'state'], unscoped: true },
  physicalnetwork: { list: 'listPhysicalNetworks', unscoped: true },
  pod: { list: 'listPods', hint: ['zonename'], unscoped: true },
  project: { list: 'listProjects' },
  publicipaddress: { list: 'listPublicIpAddresses', label: 'ipaddress', hint: ['associatednetworkname'] },
  role: { list: 'listRoles', hint: ['type'], unscoped: true },
  router: { list: 'listRouters', hint: ['zonename'] },
  serviceoffering: { list: 'listServiceOfferings', hint: ['displaytext'] },
  sshkeypair: { list: 'listSSHKeyPairs', hint: ['fingerprint'] },
  storagepool: { list: 'listStoragePools', hint: ['zonename', 'type'], unscoped: true },
  systemvm: { list: 'listSystemVms', hint: ['systemvmtype'], unscoped: true },
  template: { list: 'listTemplates', always: { templatefilter: 'executable' }, hint: ['zonename', 'ostypename'] },
  user: { list: 'listUsers', label: 'username', hint: ['account'] },
  userdata: { list: 'listUserData' },
  virtualmachine: { list: 'listVirtualMachines', hint: ['state', 'ipaddress'] },
  volume: { list: 'listVolumes', hint: ['type', 'vmname'] },
  zone: { list: 'listZones', hint: ['networktype'], unscoped: true },
};

export type KnownEntity = keyof typeof entities;
export const entityOf = (name: string): Entity | undefined => (entities as Readonly<Record<string, Entity>>)[name];

/** A page of things of one kind: all that the caller may see, filtered by `params`. */
export async function listThings<T = Thing>(
  entity: string,
  params: WireParams = {},
  signal?: AbortSignal,
): Promise<Page<T>> {
  const known = entityOf(entity);
  if (!known) return { count: 0, items: [] };
  const scope: WireParams = known.unscoped ? {} : { listall: 'true' };
  return pageOf<T>(await send(known.list satisfies CommandName, { ...scope, ...known.always, ...params }, signal));
}

/** The thing with this id, or null when there is none that the caller may see. */
export async function findThing<T = Thing>(entity: string, id: string, signal?: AbortSignal): Promise<T | null> {
  const always: WireParams = entity === 'template' && isAdmin() ? { templatefilter: 'all' } : {};
  return (await listThings<T>(entity, { ...always, id }, signal)).items[0] ?? null;
}

export const nameOf = (entity: string, thing: Thing): string =>
  String(thing[entityOf(entity)?.label ?? 'name'] ?? thing.name ?? thing.displaytext ?? thing.id);

export const hintOf = (entity: string, thing: Thing): string =>
  (entityOf(entity)?.hint ?? [])
    .map((field) => thing[field])
    .filter((value) => typeof value === 'string' && value !== '')
    .join(' · ');
