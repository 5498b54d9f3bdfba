// Volumes as an answer: the parts read in batches and put together.
import type { Shape } from '#api/define.ts';
import type { volumeResponse } from '#api/storage/volume-responses.ts';
import type { ResultCx } from '../context.ts';
import { tagsOf, volumeDetails } from './view.store.ts';
import { volumeView } from './volume.view.ts';

type Shown = Shape<typeof volumeResponse>;

export async function showVolumes(
  { tx, caller }: Pick<ResultCx, 'tx' | 'caller'>,
  ids: readonly number[],
): Promise<Shown[]> {
  if (ids.length === 0) return [];
  const volumes = await volumeDetails(tx, ids);
  const tags = Map.groupBy(
    await tagsOf(
      tx,
      volumes.map((volume) => volume.uuid),
    ),
    (tag) => tag.uuid,
  );
  return volumes.map((volume) => volumeView(volume, tags.get(volume.uuid) ?? [], caller));
}

export const showVolume = async (cx: Pick<ResultCx, 'tx' | 'caller'>, id: number): Promise<Shown> =>
  (await showVolumes(cx, [id]))[0]!;
