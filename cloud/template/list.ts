// listTemplates and listIsos: one row for each zone an image is offered in.
import { listIsos } from '#api/image/iso.ts';
import { listTemplates } from '#api/image/template.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx, type Listing } from '../context.ts';
import { findOffers, type ImageFilter, type ImageQuery, type Looker } from './list.store.ts';
import { showImages } from './show.ts';

type Shown = Awaited<ReturnType<typeof showImages>>[number];

export const list = implement(listTemplates, async (cx, params) => {
  if (params.isVnf || params.forCks) return { items: [], count: 0 }; // this cloud has none of these
  return find(cx, {
    ...params,
    narrowed: isNarrowed(params),
    isIso: false,
    filter: params.templateFilter,
    type: params.templateType,
    parentId: params.parentTemplateId,
    ids: params.ids ?? (params.id === undefined ? undefined : [params.id]),
  });
});

export const listMedia = implement(listIsos, (cx, { hypervisor: _none, ...params }) =>
  find(cx, {
    ...params,
    narrowed: isNarrowed(params),
    isIso: true,
    filter: params.isoFilter ?? 'selfexecutable',
    ids: params.id === undefined ? undefined : [params.id],
  }),
);

const isNarrowed = ({
  account,
  domainId,
  projectId,
}: {
  account?: string;
  domainId?: number;
  projectId?: number;
}): boolean => account !== undefined || domainId !== undefined || projectId !== undefined;

type Wanted = Omit<ImageQuery, 'scope' | 'page' | 'looker' | 'keyword' | 'tags' | 'ascending'> & {
  filter: ImageFilter;
};

async function find(cx: Cx, wanted: Wanted): Promise<Listing<Shown>> {
  if (wanted.filter === 'all' && !cx.caller.isAdmin)
    fail(
      'permissionDenied',
      'The filter all is for administrators; accepted: featured, community, self, selfexecutable, sharedexecutable, executable',
      { parameter: wanted.isIso ? 'isofilter' : 'templatefilter' },
    );
  const { scope, page, keyword, tags, settings } = cx;
  const { ids, count } = await findOffers(cx.tx, {
    ...wanted,
    scope,
    page,
    keyword,
    tags,
    looker: lookerOf(cx),
    showRemoved: wanted.showRemoved === true && cx.caller.isAdmin,
    ascending: settings.boolean('sortkey.algorithm'),
  });
  return { items: await showImages(cx, ids), count };
}

const lookerOf = ({ caller }: Cx): Looker => ({
  accountId: caller.accountId,
  isRoot: caller.isRoot,
  path: caller.isAdmin ? caller.domainPath : undefined,
});
