// deleteZone: only an empty one.
import { deleteZone } from '#api/infra/zone.ts';
import { fail } from '#api/errors.ts';
import { done, implement } from '../context.ts';
import { removeZone, zoneContents, zonesByIds } from './zone.store.ts';

export const remove = implement(deleteZone, async (cx, params) => {
  const contents = await zoneContents(cx.tx, params.id);
  if (contents.length > 0)
    fail(
      'resourceInUse',
      `The zone cannot be deleted, it still has: ${contents.map(({ kind, n }) => `${n} ${kind}${n === 1 ? '' : 's'}`).join(', ')}`,
      { parameter: 'id' },
    );
  const [zone] = await zonesByIds(cx.tx, [params.id]);
  await removeZone(cx.tx, params.id);
  await cx.event({
    type: 'ZONE.DELETE',
    description: `Zone ${zone!.name} was deleted`,
    uuid: zone!.uuid,
    resourceType: 'Zone',
  });
  return done;
});
