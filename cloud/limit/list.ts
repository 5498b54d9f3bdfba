// listResourceLimits: what an account, or a domain, may have.
import { listResourceLimits } from '#api/identity/limit.ts';
import type { resourceLimitResponse } from '#api/identity/limit-responses.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { domainIsBelow, findAccount } from '../access.ts';
import { implement, type Cx } from '../context.ts';
import { shownPath } from '../domain/shown-path.ts';
import { ownerNames, type OwnerNames } from './limit.store.ts';
import { limitsOf, resourceTypes, type ResourceKind } from './limit.ts';

export const kinds = Object.keys(resourceTypes) as ResourceKind[];
export interface Whose {
  ownerType: 'a' | 'd';
  accountId: number;
  domainId: number;
}

/** An account by name, a domain, or the caller's own account. */
export async function whose(cx: Cx, { account, domainId }: { account?: string; domainId?: number }): Promise<Whose> {
  if (account !== undefined)
    return {
      ownerType: 'a',
      ...(await findAccount(cx.tx, cx.caller, { account, domainId: domainId ?? cx.caller.domainId })),
    };
  if (domainId === undefined) return { ownerType: 'a', accountId: cx.caller.accountId, domainId: cx.caller.domainId };
  if (!cx.caller.isAdmin || !(await domainIsBelow(cx.tx, { domainId, path: cx.caller.domainPath })))
    fail('permissionDenied', `Account ${cx.caller.accountName} may not see or set the limits of that domain`, {
      parameter: 'domainid',
    });
  return { ownerType: 'd', accountId: 0, domainId };
}

/** The kind by CloudStack's number or name; undefined: all. */
export function kindOf({
  resourceType,
  resourceTypeName,
}: {
  resourceType?: number;
  resourceTypeName?: string;
}): ResourceKind | undefined {
  if (resourceType === undefined && resourceTypeName === undefined) return undefined;
  const found = kinds.find(
    (kind) =>
      (resourceType === undefined || resourceTypes[kind].type === resourceType) &&
      (resourceTypeName === undefined || resourceTypes[kind].name === resourceTypeName.toLowerCase()),
  );
  return (
    found ??
    fail(
      'invalidParameter',
      `resourcetype is ${resourceType ?? resourceTypeName}; accepted: ${kinds.map((kind) => `${resourceTypes[kind].type} (${resourceTypes[kind].name})`).join(', ')}`,
      { parameter: 'resourcetype' },
    )
  );
}

export const list = implement(
  listResourceLimits,
  async (cx, params) => {
    if (params.id !== undefined)
      fail(
        'unsupported',
        'id: limits are found by their owner and resourcetype here; give account, domainid or resourcetype',
        { parameter: 'id' },
      );
    const kind = kindOf(params);
    if (params.tag !== undefined) return { items: [], count: 0 };
    const items = await showLimits(cx, await whose(cx, params), kind);
    return { items: items.slice(cx.page.offset, cx.page.offset + cx.page.limit), count: items.length };
  },
  undefined,
  { scopesItself: true },
);

export async function showLimits(
  cx: Cx,
  owner: Whose,
  only?: ResourceKind,
): Promise<Shape<typeof resourceLimitResponse>[]> {
  const names = await ownerNames(cx.tx, {
    ownerType: owner.ownerType,
    ownerId: owner.ownerType === 'a' ? owner.accountId : owner.domainId,
  });
  const limits = await limitsOf(cx.tx, cx.settings, { ownerType: owner.ownerType, owner });
  return kinds
    .filter((kind) => only === undefined || kind === only)
    .map((kind) => ({
      ...ownerFields(names),
      resourcetype: String(resourceTypes[kind].type),
      resourcetypename: resourceTypes[kind].name,
      max: limits[kind].max,
    }));
}

export const ownerFields = (
  names: OwnerNames,
): { account: string | null; domain: string; domainid: string; domainpath: string } => ({
  account: names.account,
  domain: names.domain,
  domainid: names.domainUuid,
  domainpath: shownPath(names.domainPath),
});
