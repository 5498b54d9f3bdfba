// The thing that a tag, a detail or a comment is put on: named by a word for its kind and an id, found and checked like any id.
import type { EntityName } from '#api/entities.ts';
import { fail, notFoundText } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { checkAccess, findEntity } from '../access.ts';
import type { Caller, Owner } from '../context.ts';
import { entities } from '../entities.ts';
import { uuidOf } from './resource.store.ts';

/** CloudStack's words for kinds of things that tags and details can be on. */
export const resourceKinds: Readonly<Record<string, EntityName>> = {
  UserVm: 'virtualmachine',
  Template: 'template',
  ISO: 'iso',
  Volume: 'volume',
  Network: 'network',
  Nic: 'nic',
  PublicIpAddress: 'publicipaddress',
  PortForwardingRule: 'portforwardingrule',
  FirewallRule: 'firewallrule',
  Account: 'account',
  User: 'user',
  Domain: 'domain',
  Zone: 'zone',
  ServiceOffering: 'serviceoffering',
  DiskOffering: 'diskoffering',
  NetworkOffering: 'networkoffering',
  Storage: 'storagepool',
  ImageStore: 'imagestore',
  Host: 'host',
  Cluster: 'cluster',
  Pod: 'pod',
  AffinityGroup: 'affinitygroup',
  InstanceGroup: 'instancegroup',
  SSHKeyPair: 'sshkeypair',
  UserData: 'userdata',
};

/** The kind in CloudStack's own spelling. */
export function kindNamed(text: string, kinds: Readonly<Record<string, EntityName>>, parameter: string): string {
  const found = Object.keys(kinds).find((kind) => kind.toLowerCase() === text.trim().toLowerCase());
  return (
    found ??
    fail('invalidParameter', `${parameter} is '${text.slice(0, 60)}'; accepted: ${Object.keys(kinds).join(', ')}`, {
      parameter,
    })
  );
}

export interface Resource {
  kind: string;
  entity: EntityName;
  table: string;
  id: number;
  uuid: string;
  owner: Owner;
}
export interface Named {
  kinds: Readonly<Record<string, EntityName>>;
  kind: string;
  value: string;
  parameter: string;
  command: string;
  access: 'use' | 'operate';
}

export async function findResource(
  { tx, caller }: { tx: Tx; caller: Caller },
  { kinds, kind, value, parameter, command, access }: Named,
): Promise<Resource> {
  const names: EntityName[] = kinds[kind] === 'firewallrule' ? ['firewallrule', 'egressrule'] : [kinds[kind]!];
  const named = await findEntity(tx, names, value.trim());
  if (!named) return fail('notFound', notFoundText(command, parameter, value.slice(0, 60)), { parameter });
  await checkAccess(tx, caller, { ...named, access, parameter });
  const { found } = named;
  const { table } = entities[named.kind];
  return {
    kind,
    entity: named.kind,
    table,
    id: found.id,
    uuid: await uuidOf(tx, table, found.id),
    owner: { accountId: found.accountId ?? caller.accountId, domainId: found.domainId ?? caller.domainId },
  };
}
