// registerTemplate and registerIso: one transaction checks, counts and records the image with its zones and its copies on
// their image stores, and puts one job in line for each copy. The answer shows it in every zone, not ready yet.
import { registerIso } from '#api/image/iso.ts';
import { registerTemplate } from '#api/image/template.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx, type Owner } from '../context.ts';
import { readDetails } from '../details.ts';
import { reserve } from '../limit/limit.ts';
import { addMissingCopies, dueCopies } from './copies.store.ts';
import { enqueueDownload } from './download.ts';
import { showImages } from './show.ts';
import { checkChecksum, checkUrl, templateFormat, templateHypervisor } from './source.ts';
import { insertImage, liveZones, noGuestOs, offerIn, ownerName, zonesByIds } from './template.store.ts';

type TemplateParams = Values<typeof registerTemplate.params>;
type IsoParams = Values<typeof registerIso.params>;
type Shown = Awaited<ReturnType<typeof showImages>>;
const ALL_ZONES = -1;

export const register = implement(registerTemplate, async (cx, params) => {
  refuseUnsupported(params);
  const owner = await cx.owner(params);
  const { bits = 64 } = params;
  if (bits !== 32 && bits !== 64)
    fail('invalidParameter', `bits is ${bits}; 32 or 64 is accepted`, { parameter: 'bits' });
  if (params.templateTag !== undefined && !cx.caller.isRoot)
    fail('permissionDenied', 'templatetag may be given by root administrators', { parameter: 'templatetag' });
  const items = await record(cx, {
    owner,
    params,
    zones: wantedZones(params),
    columns: {
      type: templateType(params.templateType, cx.caller),
      format: templateFormat(params.format),
      hypervisor: templateHypervisor(params.hypervisor),
      is_iso: false,
      bits,
      password_enabled: params.passwordEnabled ?? false,
      sshkey_enabled: params.sshKeyEnabled ?? false,
      requires_hvm: params.requiresHvm ?? true,
      tag: params.templateTag,
      details: JSON.stringify(readDetails(params.details)),
      guest_os_id: params.osTypeId,
    },
  });
  return { items, count: items.length };
});

export const registerMedia = implement(registerIso, async (cx, params) => {
  if (params.directDownload)
    fail('unsupported', 'directdownload: images are kept on image stores here; leave it out', {
      parameter: 'directdownload',
    });
  if (params.imageStoreUuid !== undefined)
    fail('unsupported', 'imagestoreuuid: an ISO goes to every image store of its zone; leave it out', {
      parameter: 'imagestoreuuid',
    });
  const owner = await cx.owner(params);
  const bootable = params.bootable ?? true;
  if (bootable && params.osTypeId === undefined)
    fail(
      'missingParameter',
      'Unable to execute API command registeriso due to missing parameter ostypeid (a bootable ISO has one)',
      { parameter: 'ostypeid' },
    );
  const items = await record(cx, {
    owner,
    params,
    zones: params.zoneId === ALL_ZONES ? 'all' : [params.zoneId],
    columns: {
      type: 'USER',
      format: 'ISO',
      hypervisor: 'None',
      is_iso: true,
      bootable,
      password_enabled: params.passwordEnabled ?? false,
      guest_os_id: bootable ? params.osTypeId : await noGuestOs(cx.tx),
    },
  });
  return { items, count: items.length };
});

function refuseUnsupported(params: TemplateParams): void {
  const wished = {
    directdownload: params.directDownload,
    deployasis: params.deployAsIs,
    forcks: params.forCks,
    isrouting: params.isRouting,
    externaldetails: params.externalDetails,
  };
  const name = Object.entries(wished).find(([, value]) => value !== undefined && value !== false)?.[0];
  if (name !== undefined) fail('unsupported', `${name} is not done in this cloud; leave it out`, { parameter: name });
}

const TYPES = ['USER', 'BUILTIN'];
function templateType(text: string | undefined, caller: Cx['caller']): string {
  const type = text?.trim().toUpperCase() ?? 'USER';
  const accepted = caller.isRoot ? TYPES : ['USER'];
  if (!accepted.includes(type))
    fail('invalidParameter', `templatetype is '${type.slice(0, 40)}'; accepted: ${accepted.join(', ')}`, {
      parameter: 'templatetype',
    });
  return type;
}

type Zones = 'all' | readonly number[];

/** `zoneid` or `zoneids`, where -1 alone means all there are and will be. */
function wantedZones({ zoneId, zoneIds }: TemplateParams): Zones {
  if (zoneId !== undefined && zoneIds !== undefined)
    fail('invalidParameter', 'zoneid and zoneids exclude each other', { parameter: 'zoneids' });
  const wanted: readonly number[] = [...new Set(zoneIds ?? (zoneId === undefined ? [] : [zoneId]))];
  if (wanted.length === 0)
    fail(
      'missingParameter',
      'Unable to execute API command registertemplate due to missing parameter zoneid (or zoneids; -1 is all zones)',
      { parameter: 'zoneid' },
    );
  if (!wanted.includes(ALL_ZONES)) return wanted;
  if (wanted.length > 1)
    fail('invalidParameter', 'zoneids has -1 (all zones) beside others; give either', { parameter: 'zoneids' });
  return 'all';
}

interface Recording {
  owner: Owner;
  params: TemplateParams | IsoParams;
  zones: Zones;
  columns: Readonly<Record<string, unknown>>;
}

async function record(cx: Cx, { owner, params, zones, columns }: Recording): Promise<Shown> {
  const url = checkUrl(params.url, cx);
  const checksum = params.checksum === undefined ? undefined : checkChecksum(params.checksum);
  const zoneIds = await zonesFor(cx, { zones, owner });
  const sharing = await sharingOf(cx, params, owner);
  await reserve(cx.tx, cx.settings, owner, { templates: 1 });
  const { id, uuid } = await insertImage(cx.tx, {
    account_id: owner.accountId,
    domain_id: owner.domainId,
    name: params.name,
    display_text: params.displayText ?? params.name,
    url,
    checksum,
    arch: params.arch,
    extractable: params.isExtractable ?? false,
    dynamically_scalable: params.isDynamicallyScalable ?? false,
    cross_zones: zones === 'all',
    ...sharing,
    ...columns,
  });
  const offers = await offerIn(cx.tx, id, zoneIds);
  await addMissingCopies(cx.tx, id);
  for (const copy of await dueCopies(cx.tx, id)) await enqueueDownload(cx.tx, copy);
  cx.tx.afterCommit(() => cx.world.enqueued());
  const what = columns['is_iso'] ? 'ISO' : 'Template';
  await cx.event({
    description: `${what} ${params.name} was registered`,
    uuid,
    owner,
    resourceType: columns['is_iso'] ? 'Iso' : 'Template',
  });
  return showImages(cx, offers);
}

/** The zones by number. All of them is for root's own images; a disabled one is root's to use. */
async function zonesFor(cx: Cx, { zones, owner }: { zones: Zones; owner: Owner }): Promise<number[]> {
  if (zones !== 'all') {
    const found = await zonesByIds(cx.tx, zones);
    const disabled = cx.caller.isRoot ? undefined : found.find((zone) => !zone.enabled);
    if (disabled) fail('permissionDenied', `The zone ${disabled.name} is disabled`, { parameter: 'zoneid' });
    return found.map((zone) => zone.id);
  }
  if (!(await ownerName(cx.tx, owner.accountId)).isRoot)
    fail('invalidParameter', 'zoneid is -1 (all zones), which is for images of root administrators; name a zone', {
      parameter: 'zoneid',
    });
  const all = (await liveZones(cx.tx)).map((zone) => zone.id);
  return all.length > 0
    ? all
    : fail('invalidParameter', 'zoneid is -1 (all zones), but there is no zone yet', { parameter: 'zoneid' });
}

/** Whether others see it. Featuring is root's; making public is the users' where the setting says so. */
async function sharingOf(
  cx: Cx,
  params: Pick<TemplateParams, 'isPublic' | 'isFeatured'>,
  owner: Owner,
): Promise<{ is_public: boolean; featured: boolean }> {
  checkMayPublish(cx, { isPublic: params.isPublic, accountId: owner.accountId });
  return { is_public: params.isPublic ?? false, featured: cx.caller.isRoot && (params.isFeatured ?? false) };
}

export function checkMayPublish(
  cx: Cx,
  { isPublic, accountId }: { isPublic: boolean | undefined; accountId: number },
): void {
  if (
    !isPublic ||
    cx.caller.isRoot ||
    cx.settings.boolean('allow.public.user.templates', { scope: 'Account', id: accountId })
  )
    return;
  fail(
    'permissionDenied',
    'ispublic: this account may not make its images public (setting allow.public.user.templates)',
    { parameter: 'ispublic' },
  );
}
