// prepareTemplate: puts a template on primary storage ahead of its first use. It answers at once, the copying goes on.
import { prepareTemplate } from '#api/image/template.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { enqueuePreparing } from '../volume/pool-copy.ts';
import { showImages } from './show.ts';
import { imageInZone } from './for-guest.store.ts';
import { imageById, offersOf } from './template.store.ts';

export const prepare = implement(prepareTemplate, async (cx, { templateId, zoneId, storageId }) => {
  const image = await imageById(cx.tx, templateId);
  if (image.isIso)
    fail('unsupported', `templateid: ${image.name} is an ISO; templates are put on primary storage`, {
      parameter: 'templateid',
    });
  const offer = (await offersOf(cx.tx, templateId)).find((one) => one.zoneId === zoneId);
  const { ready, progress } = await imageInZone(cx.tx, { templateId, zoneId });
  if (!offer || image.state !== 'Active' || !ready)
    fail('invalidParameter', `templateid: the template ${image.name} is not ready in this zone${progress}`, {
      parameter: 'templateid',
    });
  const pools = await enqueuePreparing(cx.tx, { templateId, zoneId, hypervisor: image.hypervisor, poolId: storageId });
  if (pools === 0)
    fail(
      'invalidParameter',
      `${storageId === undefined ? 'zoneid' : 'storageid'}: there is no primary storage of that zone that is up and for ${image.hypervisor}`,
      { parameter: storageId === undefined ? 'zoneid' : 'storageid' },
    );
  cx.tx.afterCommit(() => cx.world.enqueued());
  const items = await showImages(cx, [offer.id]);
  return { items, count: items.length };
});
