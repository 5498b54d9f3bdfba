// updateResourceLimit and updateResourceCount. Nobody raises their own limits, and none is above that of the domain it is in.
import { updateResourceCount, updateResourceLimit } from '#api/identity/limit.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx } from '../context.ts';
import { kindOf, kinds, ownerFields, showLimits, whose, type Whose } from './list.ts';
import { ownerNames, writeLimit, type OwnerNames } from './limit.store.ts';
import { limitsOf, resourceTypes, type ResourceKind } from './limit.ts';
import { recountUnder } from './recount.ts';

const ADMIN = 1;

export const update = implement(updateResourceLimit, async (cx, params) => {
  const kind = kindOf(params)!;
  if (params.tag !== undefined)
    fail('unsupported', 'tag: limits of tagged resources are not kept by this cloud; leave it out', {
      parameter: 'tag',
    });
  const max = params.max ?? -1;
  if (max < -1)
    fail('invalidParameter', `max is ${max}; 0 or more is accepted, or -1 for no limit`, { parameter: 'max' });
  const owner = await whose(cx, params);
  const ownerId = owner.ownerType === 'a' ? owner.accountId : owner.domainId;
  const names = await ownerNames(cx.tx, { ownerType: owner.ownerType, ownerId });
  checkMaySet(cx, owner, names);
  await checkBelowParent(cx, { kind, max, parentId: owner.ownerType === 'a' ? owner.domainId : names.parentId });
  const { type, unit, name } = resourceTypes[kind];
  await writeLimit(cx.tx, { ownerType: owner.ownerType, ownerId, type, max: max < 0 ? -1 : max * unit });
  await cx.event({
    description: `The limit of ${name} for ${names.account === null ? `domain ${names.domain}` : `account ${names.account}`} is ${max} now`,
    owner: { accountId: owner.accountId || cx.caller.accountId, domainId: owner.domainId },
  });
  return (await showLimits(cx, owner, kind))[0]!;
});

function checkMaySet({ caller }: Cx, owner: Whose, names: OwnerNames): void {
  if (names.level === 0 && owner.ownerType === 'd')
    fail('invalidParameter', 'domainid: the ROOT domain has no limits', { parameter: 'domainid' });
  if (names.accountType === ADMIN)
    fail('invalidParameter', `account: ${names.account} is a root administrator's and has no limits`, {
      parameter: 'account',
    });
  if (caller.isRoot) return;
  const own = owner.ownerType === 'a' ? owner.accountId === caller.accountId : owner.domainId === caller.domainId;
  if (own)
    fail(
      'permissionDenied',
      `Account ${caller.accountName} may not set its own limits or those of its own domain; an administrator above may`,
      { parameter: owner.ownerType === 'a' ? 'account' : 'domainid' },
    );
}

async function checkBelowParent(
  cx: Cx,
  { kind, max, parentId }: { kind: ResourceKind; max: number; parentId: number | null },
): Promise<void> {
  if (parentId === null) return;
  const { max: bound } = (
    await limitsOf(cx.tx, cx.settings, { ownerType: 'd', owner: { accountId: 0, domainId: parentId } })
  )[kind];
  if (bound < 0 || (max >= 0 && max <= bound)) return;
  if (max < 0 && cx.caller.isRoot) return; // no limit of its own: the domain's holds all the same
  const { domain } = await ownerNames(cx.tx, { ownerType: 'd', ownerId: parentId });
  fail(
    'invalidParameter',
    `max is ${max < 0 ? 'without limit' : max}; the domain ${domain} may have ${bound}, and at most that is accepted`,
    { parameter: 'max' },
  );
}

export const recount = implement(
  updateResourceCount,
  async (cx, params) => {
    const kind = kindOf(params);
    const owner = await whose(cx, params);
    const wanted = kinds.filter((one) => kind === undefined || one === kind);
    await recountUnder(
      cx.tx,
      owner.domainId,
      wanted.map((one) => resourceTypes[one].type),
    );
    const [names, limits] = [
      await ownerNames(cx.tx, {
        ownerType: owner.ownerType,
        ownerId: owner.ownerType === 'a' ? owner.accountId : owner.domainId,
      }),
      await limitsOf(cx.tx, cx.settings, { ownerType: owner.ownerType, owner }),
    ];
    const items = wanted.map((one) => ({
      ...ownerFields(names),
      resourcetype: String(resourceTypes[one].type),
      resourcetypename: resourceTypes[one].name,
      resourcecount: Math.round(limits[one].used * resourceTypes[one].unit),
    }));
    return { items, count: items.length };
  },
  undefined,
  { scopesItself: true },
);
