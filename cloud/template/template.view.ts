// How an image looks in an answer: itself, the zone it is shown in, and how far its copies in that zone are.
import type { Shape } from '#api/define.ts';
import type { templateResponse } from '#api/image/responses.ts';
import type { Caller } from '../context.ts';
import { shownPath } from '../domain/shown-path.ts';
import { failureText } from './failure.ts';
import type { CopyDetail, OfferDetail, TagDetail } from './view.store.ts';

export interface ImageParts {
  offer: OfferDetail;
  /** Of its zone, the best first. */
  copies: readonly CopyDetail[];
  tags: readonly TagDetail[];
}

/** Where it comes from and how far it is, is for its owner and administrators. */
export function imageView(
  { offer, copies, tags }: ImageParts,
  caller: Pick<Caller, 'isRoot' | 'isAdmin' | 'accountId' | 'domainPath'>,
): Shape<typeof templateResponse> {
  const [best] = copies;
  return {
    ...ownWords(offer),
    isready: best?.state === 'Ready',
    size: best?.sizeBytes ?? offer.sizeBytes,
    physicalsize: best?.physicalBytes ?? offer.physicalBytes,
    checksum: offer.checksum ?? digest(best),
    hasannotations: caller.isRoot ? offer.annotatedForAdmins : offer.annotated,
    tags: tags.map((tag) => tagView(tag, offer.uuid)),
    ...(isInsider(offer, caller)
      ? {
          status: statusText(best, caller),
          url: offer.url,
          downloaddetails: copies.map((copy) => progressView(copy, caller)),
          ...(offer.jobUuid ? { jobid: offer.jobUuid, jobstatus: 0 } : {}),
        }
      : {}),
  };
}

const isInsider = (
  offer: OfferDetail,
  caller: Pick<Caller, 'isRoot' | 'isAdmin' | 'accountId' | 'domainPath'>,
): boolean =>
  caller.isRoot ||
  caller.accountId === offer.accountId ||
  (caller.isAdmin && offer.domainPath.startsWith(caller.domainPath));

const tagView = (tag: TagDetail, uuid: string) => ({
  key: tag.key,
  value: tag.value,
  resourcetype: tag.type,
  resourceid: uuid,
  account: tag.account,
  domain: tag.domain,
  domainid: tag.domainUuid,
});

function ownWords(offer: OfferDetail): Shape<typeof templateResponse> {
  return {
    id: offer.uuid,
    name: offer.name,
    displaytext: offer.displayText,
    account: offer.account,
    accountid: offer.accountUuid,
    domain: offer.domain,
    domainid: offer.domainUuid,
    domainpath: shownPath(offer.domainPath),
    arch: offer.arch,
    bits: offer.bits,
    bootable: offer.bootable,
    created: offer.created,
    crossZones: offer.crossZones,
    deployasis: offer.deployAsIs,
    details: offer.details,
    directdownload: false,
    forcks: false,
    format: offer.format,
    hypervisor: offer.hypervisor,
    isdynamicallyscalable: offer.dynamicallyScalable,
    isextractable: offer.extractable,
    isfeatured: offer.featured,
    ispublic: offer.isPublic,
    ostypeid: offer.guestOsUuid,
    ostypename: offer.guestOs,
    passwordenabled: offer.passwordEnabled,
    sshkeyenabled: offer.sshkeyEnabled,
    requireshvm: offer.requiresHvm,
    sourcetemplateid: offer.sourceUuid,
    templatetag: offer.tag,
    templatetype: offer.type,
    zoneid: offer.zoneUuid,
    zonename: offer.zone,
    removed: offer.removed,
    userdataid: offer.userDataUuid,
    userdataname: offer.userDataName,
    userdataparams: offer.userDataParams,
    userdatapolicy: offer.userDataPolicy,
  };
}

const digest = (copy: CopyDetail | undefined): string | undefined =>
  copy?.sha256 ? `{SHA-256}${copy.sha256}` : undefined;

/** CloudStack's words, which clients compare: «Download Complete», «12% Downloaded». */
export function statusText(copy: CopyDetail | undefined, caller: Pick<Caller, 'isRoot'>): string {
  if (!copy) return 'Waiting for an image store in the zone';
  if (copy.state === 'Ready') return 'Download Complete';
  if (copy.state === 'Destroying') return 'Destroying';
  if (copy.error !== null) return failureText({ code: copy.errorCode, text: copy.error }, caller);
  if (copy.downloadState !== 'DOWNLOAD_IN_PROGRESS') return 'Processing';
  return copy.percent >= 100 ? 'Installing Template' : `${copy.percent}% Downloaded`;
}

/** Names of image stores are the operator's. */
const progressView = (copy: CopyDetail, caller: Pick<Caller, 'isRoot'>): Record<string, unknown> => ({
  ...(caller.isRoot ? { datastore: copy.store, datastoreId: copy.storeUuid, datastoreRole: 'Image' } : {}),
  downloadPercent: String(copy.percent),
  downloadState: copy.downloadState,
});
