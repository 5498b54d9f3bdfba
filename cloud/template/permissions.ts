// Who may use an image besides its owner: everybody, or accounts of the owner's domain by name.
import { listIsoPermissions, updateIsoPermissions } from '#api/image/iso.ts';
import { listTemplatePermissions, updateTemplatePermissions } from '#api/image/template.ts';
import type { Shape, Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import type { templatePermissionsResponse } from '#api/image/responses.ts';
import { done, implement, type Cx } from '../context.ts';
import { accountsNamed, domainUuid, forbid, forbidAll, permit, permittedAccounts } from './permission.store.ts';
import { checkMayPublish } from './register.ts';
import { changeImage, imageById, lockImage, tellImage, type ImageRow } from './template.store.ts';

async function show(cx: Cx, id: number): Promise<Shape<typeof templatePermissionsResponse>> {
  const image = await imageById(cx.tx, id);
  const accounts = await permittedAccounts(cx.tx, id);
  return {
    id: image.uuid,
    ispublic: image.isPublic,
    domainid: await domainUuid(cx.tx, image.domainId),
    ...(accounts.length > 0 ? { account: accounts } : {}),
  };
}

export const listPermissions = implement(listTemplatePermissions, (cx, { id }) => show(cx, id));
export const listMediaPermissions = implement(listIsoPermissions, (cx, { id }) => show(cx, id));

type Params = Values<typeof updateTemplatePermissions.params> | Values<typeof updateIsoPermissions.params>;

async function change(cx: Cx, params: Params): Promise<typeof done> {
  const image = await lockImage(cx.tx, params.id);
  if (image.state !== 'Active') fail('wrongState', `${image.name} is being deleted`, { parameter: 'id' });
  if (params.isFeatured !== undefined && !cx.caller.isRoot)
    fail('permissionDenied', 'isfeatured may be given by root administrators', { parameter: 'isfeatured' });
  checkMayPublish(cx, { isPublic: params.isPublic, accountId: image.accountId });
  await changeAccounts(cx, params, image);
  const isReset = params.op === 'reset';
  await changeImage(cx.tx, image.id, {
    is_public: params.isPublic ?? (isReset ? false : undefined),
    featured: params.isFeatured ?? (isReset ? false : undefined),
    extractable: params.isExtractable ?? (isReset ? false : undefined),
  });
  await tellImage(cx.tx, image);
  await cx.event({
    type: image.isIso ? 'ISO.UPDATE' : 'TEMPLATE.UPDATE',
    description: `Who may use ${image.name} was changed`,
    uuid: image.uuid,
    resourceType: image.isIso ? 'Iso' : 'Template',
    owner: image,
  });
  return done;
}

async function changeAccounts(cx: Cx, { op, accounts }: Params, image: ImageRow): Promise<void> {
  if (op === 'reset') {
    if (accounts)
      fail('invalidParameter', 'accounts is given with op=reset, which withdraws it from all; leave accounts out', {
        parameter: 'accounts',
      });
    await forbidAll(cx.tx, image.id);
    return;
  }
  if (op === undefined && accounts === undefined) return;
  if (op === undefined)
    fail('invalidParameter', 'op is missing: accounts are added or removed; accepted: add, remove', {
      parameter: 'op',
    });
  if (accounts === undefined || accounts.length === 0)
    return fail('invalidParameter', `accounts is missing: op=${op} needs names of accounts`, { parameter: 'accounts' });
  const found = await accountsNamed(cx.tx, { names: accounts, domainId: image.domainId });
  const missing = accounts.find((name) => !found.some((account) => account.name === name.toLowerCase()));
  if (missing !== undefined && op === 'add')
    fail(
      'invalidParameter',
      `accounts: there is no account ${missing} in the domain of the owner; nothing was changed`,
      { parameter: 'accounts' },
    );
  const ids = found.map((account) => account.id).filter((id) => id !== image.accountId);
  await (op === 'add' ? permit : forbid)(cx.tx, image.id, ids);
}

export const updatePermissions = implement(updateTemplatePermissions, (cx, params) => change(cx, params));
export const updateMediaPermissions = implement(updateIsoPermissions, (cx, params) => change(cx, params));
