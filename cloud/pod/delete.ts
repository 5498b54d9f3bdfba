// deletePod: only an empty one.
import { deletePod } from '#api/infra/pod.ts';
import { fail } from '#api/errors.ts';
import { done, implement } from '../context.ts';
import { podContents, podsByIds, removePod } from './pod.store.ts';

export const remove = implement(deletePod, async (cx, params) => {
  const contents = await podContents(cx.tx, params.id);
  if (contents.length > 0)
    fail(
      'resourceInUse',
      `The pod cannot be deleted, it still has: ${contents.map(({ kind, n }) => `${n} ${kind}${n === 1 ? '' : 's'}`).join(', ')}`,
      { parameter: 'id' },
    );
  const [pod] = await podsByIds(cx.tx, [params.id]);
  await removePod(cx.tx, params.id);
  await cx.event({ description: `Pod ${pod!.name} was deleted`, uuid: pod!.uuid });
  return done;
});
