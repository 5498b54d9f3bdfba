// Who may act on whose things, whose rows a list shows, and for whom something is made. Every verb's rights come from here.
import type { EntityName } from '#api/entities.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { pathBelow, type Scope } from '#kernel/list.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import type { Caller, Owner } from './context.ts';
import { entities, type Entity } from './entities.ts';

export interface Found {
  id: number;
  accountId: number | null;
  domainId: number | null;
  removed: boolean;
}

const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);

/** Finds what `value` (a uuid or an internal number) names, in the first of the kinds that has it. What is removed is found
 * where `removed` asks for it: a list answers an id that is gone with nothing, a verb refuses it. */
export async function findEntity(
  tx: Tx,
  kinds: readonly EntityName[],
  value: string,
  { removed = false } = {},
): Promise<{ kind: EntityName; found: Found } | undefined> {
  const key = isUuid(value)
    ? sql`t.uuid = ${value}`
    : /^[1-9]\d{0,17}$/.test(value)
      ? sql`t.id = ${Number(value)}`
      : undefined;
  if (!key) return undefined;
  for (const kind of kinds) {
    const entity = entities[kind];
    if (entity.ownership === 'unsupported') continue;
    const found = await tx.first<Found>(sql`select t.id, ${ownerColumns(entity)} from ${sql.raw(entity.table)} t
      where ${key} ${entity.where ? sql`and ${sql.raw(entity.where)}` : sql.empty} ${removed || neverRemoved.has(entity.table) ? sql.empty : sql`and t.removed is null`}`);
    if (found) return { kind, found };
  }
  return undefined;
}

/** Kinds of things whose every change of what `findEntity` finds is told in `stale`, by the name it has there: what was found
 * may be remembered. */
export const staleKinds: Partial<Record<EntityName, string>> = {
  account: 'account',
  affinitygroup: 'affinity_group',
  diskoffering: 'disk_offering',
  domain: 'domain',
  guestos: 'guest_os',
  host: 'host',
  instancegroup: 'instance_group',
  iso: 'template',
  network: 'network',
  serviceoffering: 'service_offering',
  template: 'template',
  userdata: 'user_data',
  virtualmachine: 'vm',
  zone: 'zone',
};

/** Tables whose rows are deleted for good. */
const neverRemoved = new Set([
  'alert',
  'event',
  'guest_os_category',
  'ssh_keypair',
  'traffic_type',
  'public_ip',
  'nic_secondary_ip',
  'role_permission',
  'region',
  'one_time_token',
  'management_server',
  'hypervisor_capability',
]);

function ownerColumns(entity: Entity): Sql {
  if (entity.ownership === 'infrastructure') return sql.raw('null::bigint as "accountId", null::bigint as "domainId"');
  if (entity.ownership === 'shared' && entity.table !== 'template')
    return sql.raw('null::bigint as "accountId", null::bigint as "domainId"');
  return sql.raw(`${entity.account ?? 't.account_id'} as "accountId", ${entity.domain ?? 't.domain_id'} as "domainId"`);
}

interface Asked {
  kind: EntityName;
  found: Found;
  access: 'use' | 'operate';
  parameter: string;
  /** The command is for whoever manages infrastructure, and the caller is one of them: what they may use they may change. */
  manages?: boolean;
}

/** May the caller do something to it (`operate`) or have it used for them (`use`)? Throws permissionDenied. */
export async function checkAccess(
  tx: Tx,
  caller: Caller,
  { kind, found, access, parameter, manages = false }: Asked,
): Promise<void> {
  if (caller.isRoot) return;
  const entity = entities[kind];
  if (
    (access === 'use' || manages) &&
    entity.usable !== undefined &&
    (await mayUse(tx, caller, { entity, id: found.id }))
  )
    return;
  if (entity.ownership === 'infrastructure') {
    if (access === 'use' || manages) return;
  } else if (
    (entity.ownership === 'owned' || access === 'operate') &&
    found.domainId !== null &&
    (await ownsOrAdministers(tx, caller, { accountId: found.accountId ?? 0, domainId: found.domainId }))
  )
    return;
  fail(
    'permissionDenied',
    `Account ${caller.accountName} may not ${access === 'use' ? 'use' : 'act on'} the ${entity.label} given as ${parameter}`,
    { parameter },
  );
}

async function mayUse(tx: Tx, caller: Caller, { entity, id }: { entity: Entity; id: number }): Promise<boolean> {
  const [before = '', ...rest] = (entity.usable ?? 'false').split(/(?=\$account|\$domain)/);
  const condition = sql.join(
    [
      sql.raw(before),
      ...rest.flatMap((part) => {
        const [name] = /^\$(account|domain)/.exec(part)!;
        return [
          sql`${name === '$account' ? caller.accountId : caller.domainId}::bigint`,
          sql.raw(part.slice(name.length)),
        ];
      }),
    ],
    '',
  );
  return (
    (await tx.first(sql`select 1 from ${sql.raw(entity.table)} t where t.id = ${id} and ${condition}`)) !== undefined
  );
}

/** The caller's own, or below the domain the caller administers. */
export async function ownsOrAdministers(tx: Tx, caller: Caller, owner: Owner): Promise<boolean> {
  if (caller.isRoot || owner.accountId === caller.accountId) return true;
  return caller.isAdmin && domainIsBelow(tx, { domainId: owner.domainId, path: caller.domainPath });
}

export async function domainIsBelow(tx: Tx, { domainId, path }: { domainId: number; path: string }): Promise<boolean> {
  return (
    (await tx.first(sql`select 1 from domain where id = ${domainId} and removed is null and ${pathBelow(path)}`)) !==
    undefined
  );
}

interface OwnerParams {
  account?: string;
  domainId?: number;
  projectId?: number;
}

/** Account and domain parameters → for whom. The caller's own account without them. */
export async function resolveOwner(
  tx: Tx,
  caller: Caller,
  { account, domainId, projectId }: OwnerParams,
): Promise<Owner> {
  if (projectId !== undefined && projectId !== -1)
    fail('notFound', 'projectid: there are no projects in this cloud', { parameter: 'projectid' });
  if (!account) {
    if (domainId !== undefined && domainId !== caller.domainId)
      fail('invalidParameter', 'domainid is given without account; both are needed to name an account', {
        parameter: 'account',
      });
    return { accountId: caller.accountId, domainId: caller.domainId };
  }
  return findAccount(tx, caller, { account, domainId: domainId ?? caller.domainId });
}

/** A live account by name and domain; refused alike when it is not there and when it is none of the caller's business. */
export async function findAccount(
  tx: Tx,
  caller: Caller,
  { account, domainId }: { account: string; domainId: number },
): Promise<Owner> {
  const row = await tx.first<{
    accountId: number;
    domainId: number;
    state: string;
  }>(sql`select id as "accountId", domain_id as "domainId", state from account
    where lower(name) = ${account.toLowerCase()} and domain_id = ${domainId} and removed is null`);
  if (!row || !(await ownsOrAdministers(tx, caller, row))) {
    if (!row && caller.isRoot)
      fail('invalidParameter', `account: there is no account ${account} in that domain`, { parameter: 'account' });
    fail('permissionDenied', `Account ${caller.accountName} may not act for account ${account}`, {
      parameter: 'account',
    });
  }
  return row;
}

interface ScopeParams extends OwnerParams {
  listAll?: boolean;
  isRecursive?: boolean;
  id?: number;
}

/** Whose rows a list shows: the scoping rules of CloudStack's list commands. */
export async function resolveScope(tx: Tx, caller: Caller, params: ScopeParams): Promise<Scope> {
  const { account, domainId, projectId, listAll = false, isRecursive = false } = params;
  if (projectId !== undefined) {
    if (account) fail('invalidParameter', 'account and projectid exclude each other', { parameter: 'projectid' });
    if (projectId !== -1)
      fail('notFound', 'projectid: there are no projects in this cloud', { parameter: 'projectid' });
    if (!listAll) return { kind: 'none' };
  }
  if (account)
    return {
      kind: 'account',
      accountId: (await findAccount(tx, caller, { account, domainId: domainId ?? caller.domainId })).accountId,
    };
  if (domainId !== undefined) return domainScope(tx, caller, { domainId, isRecursive, listAll });
  if (caller.isRoot && (listAll || params.id !== undefined)) return { kind: 'all' };
  if (caller.isAdmin && (listAll || params.id !== undefined)) return { kind: 'tree', path: caller.domainPath };
  return { kind: 'account', accountId: caller.accountId };
}

async function domainScope(
  tx: Tx,
  caller: Caller,
  { domainId, isRecursive }: { domainId: number; isRecursive: boolean; listAll: boolean },
): Promise<Scope> {
  if (!caller.isAdmin) {
    if (domainId !== caller.domainId)
      fail('permissionDenied', `Account ${caller.accountName} may not list what belongs to that domain`, {
        parameter: 'domainid',
      });
    return { kind: 'account', accountId: caller.accountId };
  }
  if (!caller.isRoot && !(await domainIsBelow(tx, { domainId, path: caller.domainPath }))) {
    fail('permissionDenied', `Account ${caller.accountName} may not list what belongs to that domain`, {
      parameter: 'domainid',
    });
  }
  if (!isRecursive) return { kind: 'domain', domainId };
  const { path } = await tx.one<{ path: string }>(sql`select path from domain where id = ${domainId}`);
  return { kind: 'tree', path };
}
