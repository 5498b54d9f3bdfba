// updateImageStore and deleteImageStore, and what others ask of image stores.
import { deleteImageStore, updateImageStore } from '#api/storage/imagestore.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { done, implement } from '../context.ts';
import {
  changeStore,
  endStore,
  imagesIn,
  noteStoreMeasured as noteMeasured,
  storeDetails,
  storeNamed,
  storesToMeasure as toMeasure,
  type StoreToMeasure,
} from './image-store.store.ts';
import { showStores } from './show.ts';

export const update = implement(updateImageStore, async (cx, params) => {
  const [before] = await storeDetails(cx.tx, [params.id]);
  if (params.name !== undefined && (await storeNamed(cx.tx, { name: params.name, except: params.id })))
    fail('invalidParameter', `name: there is an image store ${params.name} already`, { parameter: 'name' });
  if (params.capacityBytes !== undefined && params.capacityBytes < before!.usedBytes)
    fail(
      'invalidParameter',
      `capacitybytes is ${params.capacityBytes}; at least what is used (${before!.usedBytes}) is accepted`,
      { parameter: 'capacitybytes' },
    );
  await changeStore(cx.tx, params.id, {
    name: params.name,
    readonly: params.readOnly,
    limit_bytes: params.capacityBytes,
    total_bytes:
      params.capacityBytes === undefined
        ? undefined
        : before!.limitBytes === null
          ? Math.min(params.capacityBytes, before!.totalBytes)
          : params.capacityBytes,
  });
  if (params.capacityBytes !== undefined) cx.tx.afterCommit(() => cx.world.poke('storage.capacity')); // measured anew against the new bound
  await cx.event({
    description: `Image store ${params.name ?? before!.name} was changed`,
    uuid: before!.uuid,
    resourceType: 'ImageStore',
  });
  return (await showStores(cx, [params.id]))[0]!;
});

/** The files of images that failed are nobody's any more and stay in the folder. */
export const remove = implement(deleteImageStore, async (cx, { id }) => {
  const n = await imagesIn(cx.tx, id);
  if (n > 0)
    fail(
      'resourceInUse',
      `The image store cannot be deleted, it holds ${n} template${n === 1 ? '' : 's'} or ISO${n === 1 ? '' : 's'}; delete or copy ${n === 1 ? 'it' : 'them'} first`,
      { parameter: 'id' },
    );
  await endStore(cx.tx, id);
  return done;
});

export const storesToMeasure = (tx: Tx): Promise<StoreToMeasure[]> => toMeasure(tx);
export const noteStoreMeasured = (
  tx: Tx,
  id: number,
  measured: { totalBytes: number; usedBytes: number },
): Promise<number> => noteMeasured(tx, id, measured);
