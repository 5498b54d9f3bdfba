// An image store as an answer.
import type { Shape } from '#api/define.ts';
import type { imageStoreResponse } from '#api/storage/responses.ts';
import type { ResultCx } from '../context.ts';
import { storeDetails } from './image-store.store.ts';

export const showStores = async (
  cx: Pick<ResultCx, 'tx'>,
  ids: readonly number[],
): Promise<Shape<typeof imageStoreResponse>[]> =>
  (await storeDetails(cx.tx, ids)).map((store) => ({
    id: store.uuid,
    name: store.name,
    url: store.url,
    providername: store.provider,
    protocol: store.protocol,
    scope: store.scope,
    readonly: store.readonly,
    zoneid: store.zoneUuid,
    zonename: store.zone,
    disksizetotal: store.totalBytes,
    disksizeused: store.usedBytes,
    hasannotations: store.annotated,
  }));
