// findHostsForMigration: the hosts a running instance could move to, with what each that could not lacks.
import { findHostsForMigration } from '#api/infra/host.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { verdicts } from '../placement/placement.ts';
import { moveNeedOf } from '../vm/move-need.ts';
import { hostDetails } from './host.store.ts';
import { hostView } from './show.ts';

/** Where a host does not suit, its details say why under this name. */
const WHY = 'unsuitable';
const NO_ROOM = /too few|too little/;

export const findForMigration = implement(findHostsForMigration, async (cx, { virtualMachineId }) => {
  const need = await moveNeedOf(cx, virtualMachineId);
  if (need === undefined)
    return fail('wrongState', 'The instance does not run; one that is Running can be moved to another host', {
      parameter: 'virtualmachineid',
    });
  const found = await verdicts(cx.tx, need, cx.page);
  const shown = await hostDetails(
    cx.tx,
    found.map(({ id }) => id),
  );
  const why = new Map(found.map((verdict) => [verdict.id, verdict.why]));
  return {
    count: found[0]?.count ?? 0,
    items: shown.map((host) => {
      const view = hostView(host);
      const lacks = why.get(host.id) ?? null;
      return {
        ...view,
        suitableformigration: lacks === null,
        hasenoughcapacity: lacks === null || !NO_ROOM.test(lacks),
        requiresStorageMotion: (need.local?.bytes ?? 0) > 0,
        details: lacks === null ? view.details : { ...view.details, [WHY]: `The host ${lacks}` },
      };
    }),
  };
});
