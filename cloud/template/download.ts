// The job that brings an image to one store: a host that reaches the store fetches it, checks it and keeps it. How far it is
// stands in the copy's row. What fails gives the bytes back and leaves the reason in the row; the keeper tries again where that
// may help. Invariant: a copy is Ready only while its file is there and its bytes are counted for its owner.
import { fail } from '#api/errors.ts';
import { databaseNowMs } from '#kernel/clock.ts';
import { insertEvent } from '#kernel/event.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow, type Call } from '#kernel/job.ts';
import { enqueue } from '#kernel/queue.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { reserve } from '../limit/limit.ts';
import {
  changeCopy,
  copyById,
  failureOf,
  hostsForStore,
  lockCopy,
  moveCopy,
  showPercent,
  type CopyRow,
} from './copies.store.ts';
import type { Download, Downloaded } from './driver.ts';
import { failureText } from './failure.ts';
import { allowedInternal, allowedPaths } from './source.ts';
import { changeImage, tellImage } from './template.store.ts';

const GIB = 2 ** 30;
/** Longer than a host itself gives a download. */
const FETCH_TIMEOUT_S = 13 * 3600;
const SHOW_EVERY_MS = 500;
/** What stays wrong however often it is tried. */
const LASTING = new Set(['invalidParameter', 'unsupported', 'resourceAllocation']);
const MAX_PAUSE_S = 3600;

export interface DownloadInput {
  copyId: number;
}

export const downloadImage = workflow<DownloadInput, DownloadInput, World>(
  'template.download',
  async (job, { copyId }, world) => {
    const { wanted } = await job.tx('begin', (tx) => begin(tx, copyId), {
      undo: (tx) => writeDownFailure(tx, copyId, job.id),
    });
    if (!wanted) return { copyId };
    const got = await job.call('download', (call) => fetchTo(world, call, copyId), {
      undo: (call) => dropBytes(world, call, copyId),
      timeoutS: FETCH_TIMEOUT_S,
    });
    await job.tx('ready', (tx) => finish(tx, world, { copyId, got }));
    return { copyId };
  },
);

/** A job for the copy, in the caller's transaction; the caller wakes the engine once that is durable. */
export const enqueueDownload = (
  tx: Tx,
  copy: Pick<CopyRow, 'id' | 'templateUuid' | 'accountId' | 'domainId' | 'isIso'>,
): Promise<unknown> =>
  enqueue(
    tx,
    downloadImage,
    { copyId: copy.id },
    {
      lanes: [copyLane(copy.id)],
      userId: SYSTEM.userId,
      accountId: copy.accountId,
      domainId: copy.domainId,
      resourceType: copy.isIso ? 'Iso' : 'Template',
      resourceUuid: copy.templateUuid,
    },
  );

export const copyLane = (copyId: number): string => `image:${copyId}`;

async function begin(tx: Tx, copyId: number): Promise<{ wanted: boolean }> {
  const copy = await lockCopy(tx, copyId);
  if (!copy || copy.unwanted || !['Allocated', 'Creating'].includes(copy.state)) return { wanted: false };
  if (copy.state === 'Allocated') await moveCopy(tx, copyId, 'CreateOnlyRequested');
  await changeCopy(tx, copyId, { download_state: 'DOWNLOAD_IN_PROGRESS', percent: 0, error: null, error_code: null });
  await tell(tx, copy);
  return { wanted: true };
}

async function fetchTo(world: World, call: Call, copyId: number): Promise<Downloaded> {
  const copy = await existing(world, copyId);
  const hostId = await hostFor(world, copy);
  if (hostId === undefined)
    return fail(
      'hostUnavailable',
      `No host that reaches the image store${copy.isIso ? '' : ` and runs ${copy.hypervisor}`} is connected`,
    );
  return world.drivers.image.download(hostId, downloadOf(world, copy), shown(world, call, copy));
}

const downloadOf = ({ settings }: World, copy: CopyRow): Download => ({
  storePath: copy.storePath,
  imageId: copy.templateUuid,
  url: copy.url!,
  format: copy.format as Download['format'],
  checksum: copy.checksum,
  maxBytes: settings.number('max.template.iso.size') * GIB,
  allowedInternal: allowedInternal(settings),
  allowedPaths: allowedPaths(settings),
});

/** Progress is also kept in the row, now and then. */
function shown(world: World, call: Call, copy: CopyRow): Call {
  let nextAt = 0;
  return {
    ...call,
    progress: (percent, text) => {
      call.progress(percent, text);
      if (databaseNowMs() < nextAt) return;
      nextAt = databaseNowMs() + SHOW_EVERY_MS;
      showPercent(world.db.read, copy, Math.round(percent)).catch(() => {}); // the next one may come through
    },
  };
}

/** The bytes go; where no host can be asked the next attempt replaces them, or the image's removal takes them along. */
async function dropBytes(world: World, call: Call, copyId: number): Promise<void> {
  const copy = await existing(world, copyId);
  const hostId = await hostFor(world, copy);
  if (hostId !== undefined)
    await world.drivers.image.delete(hostId, { storePath: copy.storePath, imageId: copy.templateUuid }, call);
}

async function existing(world: World, copyId: number): Promise<CopyRow> {
  return (await copyById(world.db.read, copyId)) ?? fail('notFound', 'The image was removed from the store');
}

/** A connected host that reaches the copy's store. */
export async function hostFor(
  world: World,
  copy: Pick<CopyRow, 'zoneId' | 'hypervisor' | 'isIso'>,
): Promise<number | undefined> {
  return (await hostsForStore(world.db.read, copy)).find((host) => world.drivers.hosts.isConnected(host.id))?.id;
}

async function finish(tx: Tx, world: World, { copyId, got }: { copyId: number; got: Downloaded }): Promise<void> {
  const copy = (await lockCopy(tx, copyId))!;
  await reserve(tx, world.settings, copy, { secondaryBytes: got.physicalBytes });
  await moveCopy(tx, copyId, 'OperationSucceeded');
  await changeCopy(tx, copyId, {
    download_state: 'DOWNLOADED',
    percent: 100,
    error: null,
    error_code: null,
    retry_at: null,
    size_bytes: got.virtualBytes,
    physical_bytes: got.physicalBytes,
    sha256: got.sha256,
  });
  await changeImage(tx, copy.templateId, { size_bytes: got.virtualBytes, physical_bytes: got.physicalBytes });
  await tell(tx, copy);
  await note(tx, copy, { type: 'TEMPLATE.DOWNLOAD.SUCCESS', description: `${copy.name} was downloaded` });
}

async function writeDownFailure(tx: Tx, copyId: number, jobId: number): Promise<void> {
  const copy = await lockCopy(tx, copyId);
  if (copy?.state !== 'Creating') return;
  const { code, text } = (await failureOf(tx, jobId)) ?? { code: 'internal', text: 'the download was interrupted' };
  const attempts = copy.attempts + 1;
  const pauseS = Math.min(MAX_PAUSE_S, 15 * 2 ** attempts);
  await moveCopy(tx, copyId, 'OperationFailed');
  await changeCopy(tx, copyId, {
    download_state: 'DOWNLOAD_ERROR',
    percent: 0,
    error: text,
    error_code: code,
    attempts,
    retry_at: LASTING.has(code) ? null : new Date(databaseNowMs() + pauseS * 1000),
  });
  await tell(tx, copy);
  await note(tx, copy, {
    type: 'TEMPLATE.DOWNLOAD.FAILED',
    level: 'ERROR',
    description: `${copy.name} could not be downloaded: ${failureText({ code, text }, { isRoot: false })}`,
  });
}

const tell = (tx: Tx, copy: CopyRow): Promise<void> =>
  tellImage(tx, { uuid: copy.templateUuid, accountId: copy.accountId, domainId: copy.domainId });

const note = (tx: Tx, copy: CopyRow, event: { type: string; description: string; level?: 'ERROR' }): Promise<number> =>
  insertEvent(tx, {
    ...event,
    state: 'Completed',
    userId: SYSTEM.userId,
    accountId: copy.accountId,
    domainId: copy.domainId,
    startId: null,
    resourceType: copy.isIso ? 'Iso' : 'Template',
    resourceUuid: copy.templateUuid,
  });
