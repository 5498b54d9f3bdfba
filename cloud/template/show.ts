// Images as an answer, by the ids of their offers: the parts read in batches and put together.
import type { Shape } from '#api/define.ts';
import type { templateResponse } from '#api/image/responses.ts';
import type { ResultCx } from '../context.ts';
import { imageView } from './template.view.ts';
import { offersOf } from './template.store.ts';
import { copyDetails, offerDetails, tagsOf } from './view.store.ts';

type Shown = Shape<typeof templateResponse>;

export async function showImages(
  { tx, caller }: Pick<ResultCx, 'tx' | 'caller'>,
  offerIds: readonly number[],
): Promise<Shown[]> {
  if (offerIds.length === 0) return [];
  const offers = await offerDetails(tx, offerIds);
  const copies = Map.groupBy(
    await copyDetails(tx, [...new Set(offers.map((offer) => offer.templateId))]),
    (copy) => copy.templateId,
  );
  const tags = Map.groupBy(await tagsOf(tx, [...new Set(offers.map((offer) => offer.uuid))]), (tag) => tag.uuid);
  return offers.map((offer) =>
    imageView(
      {
        offer,
        tags: tags.get(offer.uuid) ?? [],
        copies: (copies.get(offer.templateId) ?? []).filter(
          (copy) => copy.zoneId === null || copy.zoneId === offer.zoneId,
        ),
      },
      caller,
    ),
  );
}

/** The image in the first of its zones. */
export async function showImage(cx: Pick<ResultCx, 'tx' | 'caller'>, templateId: number): Promise<Shown> {
  const [first] = await offersOf(cx.tx, templateId);
  const [shown] = first ? await showImages(cx, [first.id]) : [];
  return shown ?? {};
}
