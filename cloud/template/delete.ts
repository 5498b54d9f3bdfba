// deleteTemplate and deleteIso: in one zone or in all. The withdrawal is recorded at once, nothing boots from the image any
// more; the job takes the files away. It only goes forward: what a store would not do now the keeper asks again later.
import { deleteIso } from '#api/image/iso.ts';
import { deleteTemplate } from '#api/image/template.ts';
import { fail } from '#api/errors.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import { workflow, type Call, type Job } from '#kernel/job.ts';
import { enqueue } from '#kernel/queue.ts';
import { implement, type Cx, type Submitted, type World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { release } from '../limit/limit.ts';
import { enqueueEvictions } from '../volume/pool-copy.ts';
import { copiesLeft, copyById, forgetCopy, lockCopy, moveCopy, unwantedCopies } from './copies.store.ts';
import { copyLane, hostFor } from './download.ts';
import { forbidAll } from './permission.store.ts';
import {
  changeImage,
  guestsWith,
  lockImage,
  moveImage,
  offersOf,
  tellImage,
  withdrawFrom,
  type ImageRow,
} from './template.store.ts';

export interface DeleteInput {
  templateId: number;
}

/** Takes away every copy that is not wanted any more, then what is left of the image. */
export const deleteImage = workflow<DeleteInput, DeleteInput, World>(
  'template.delete',
  async (job, { templateId }, world) => {
    const { copyIds } = await job.tx('unwanted', async (tx) => ({
      copyIds: (await unwantedCopies(tx, templateId)).map((copy) => copy.id),
    }));
    for (const copyId of copyIds) await deleteCopy(job, world, copyId);
    await job.tx('gone', (tx) => endImage(tx, world, templateId));
    world.enqueued();
    return { templateId };
  },
);

async function deleteCopy(job: Job, world: World, copyId: number): Promise<void> {
  const { there } = await job.tx(`leave ${copyId}`, (tx) => leave(tx, copyId));
  if (!there) return;
  await job.call(`delete ${copyId}`, (call) => deleteBytes(world, call, copyId));
  await job.tx(`forget ${copyId}`, (tx) => forget(tx, copyId));
}

async function leave(tx: Tx, copyId: number): Promise<{ there: boolean }> {
  const copy = await lockCopy(tx, copyId);
  if (!copy) return { there: false };
  if (copy.state === 'Creating') await moveCopy(tx, copyId, 'OperationFailed'); // its job is gone: this one holds its lane
  if (copy.state !== 'Destroying') await moveCopy(tx, copyId, 'DestroyRequested');
  return { there: true };
}

async function deleteBytes(world: World, call: Call, copyId: number): Promise<Record<string, never>> {
  const copy = await copyById(world.db.read, copyId);
  if (!copy) return {};
  const hostId = await hostFor(world, copy);
  if (hostId === undefined)
    return fail(
      'hostUnavailable',
      'No host that reaches the image store is connected; the files are removed when one is',
    );
  await world.drivers.image.delete(hostId, { storePath: copy.storePath, imageId: copy.templateUuid }, call);
  return {};
}

async function forget(tx: Tx, copyId: number): Promise<void> {
  const copy = await lockCopy(tx, copyId);
  if (copy?.state !== 'Destroying') return;
  await release(tx, copy, { secondaryBytes: copy.physicalBytes ?? 0 });
  await moveCopy(tx, copyId, 'OperationSucceeded');
  await forgetCopy(tx, copyId);
}

/** Out of every zone: its count goes back, and primary storage lets go of it where no volume is cloned from it. */
async function endImage(tx: Tx, { settings }: World, templateId: number): Promise<void> {
  const image = await lockImage(tx, templateId);
  if (image.state !== 'Inactive' || image.removed || (await copiesLeft(tx, templateId)) > 0) return;
  await changeImage(tx, templateId, { removed: databaseNow() });
  await forbidAll(tx, templateId);
  await release(tx, image, { templates: 1 });
  await tellImage(tx, image);
  if (settings.boolean('template.delete.from.primary.storage')) await enqueueEvictions(tx, templateId);
}

export const lanesOf = async (tx: Tx, templateId: number): Promise<string[]> => [
  `template:${templateId}`,
  ...(await unwantedCopies(tx, templateId)).map((copy) => copyLane(copy.id)),
];

/** For the keeper: the removal goes on where it stopped. */
export const enqueueRemoval = async (
  tx: Tx,
  image: Pick<ImageRow, 'id' | 'uuid' | 'accountId' | 'domainId'>,
): Promise<unknown> =>
  enqueue(
    tx,
    deleteImage,
    { templateId: image.id },
    {
      lanes: await lanesOf(tx, image.id),
      userId: SYSTEM.userId,
      accountId: image.accountId,
      domainId: image.domainId,
      resourceUuid: image.uuid,
    },
  );

/** Its owner is going: out of every zone, and the files go. */
export async function withdrawWithOwner(tx: Tx, templateId: number): Promise<void> {
  const image = await lockImage(tx, templateId);
  const offers = await offersOf(tx, templateId);
  await withdrawFrom(
    tx,
    templateId,
    offers.map(({ zoneId }) => zoneId),
  );
  if (image.state === 'Active') await moveImage(tx, templateId, 'DestroyRequested');
  await enqueueRemoval(tx, image);
}

export const remove = implement(deleteTemplate, (cx, params) => withdraw(cx, params));
export const removeMedia = implement(deleteIso, (cx, params) => withdraw(cx, { ...params, forced: false }));

async function withdraw(
  cx: Cx,
  { id, zoneId, forced = false }: { id: number; zoneId?: number; forced?: boolean },
): Promise<Submitted> {
  const image = await lockImage(cx.tx, id);
  const offered = (await offersOf(cx.tx, id)).map((offer) => offer.zoneId);
  if (zoneId !== undefined && !offered.includes(zoneId))
    fail('invalidParameter', `zoneid: ${image.name} is not in that zone`, { parameter: 'zoneid' });
  const zoneIds = zoneId === undefined ? offered : [zoneId];
  const guests = forced ? [] : await guestsWith(cx.tx, id, zoneId);
  if (guests.length > 0) {
    fail(
      'resourceInUse',
      `${image.name} cannot be deleted, instances use it: ${guests.slice(0, 5).join(', ')}${guests.length > 5 ? ' and others' : ''}${image.isIso ? '' : '; forced=true deletes it all the same'}`,
      { parameter: 'id' },
    );
  }
  await withdrawFrom(cx.tx, id, zoneIds);
  if (zoneIds.length === offered.length && image.state === 'Active') await moveImage(cx.tx, id, 'DestroyRequested');
  return cx.enqueue(
    deleteImage,
    { templateId: id },
    { lanes: await lanesOf(cx.tx, id), about: image.uuid, owner: image },
  );
}
