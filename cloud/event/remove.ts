// archiveEvents and deleteEvents: those named, or of a type or time; of one's own, or of the domains one administers.
import { archiveEvents, deleteEvents } from '#api/job/event.ts';
import { fail } from '#api/errors.ts';
import type { Scope } from '#kernel/list.ts';
import { done, implement, type Caller } from '../context.ts';
import { archiveChosen, deleteChosen, type Chosen } from './event.store.ts';

interface Params {
  ids?: readonly number[];
  type?: string;
  startDate?: Date;
  endDate?: Date;
}

const mine = (caller: Caller): Scope =>
  caller.isRoot
    ? { kind: 'all' }
    : caller.isAdmin
      ? { kind: 'tree', path: caller.domainPath }
      : { kind: 'account', accountId: caller.accountId };

/** Something must narrow it down: a call without a word must not empty the book. */
export function checkChoice({ ids, type, startDate, endDate }: Params): void {
  if (ids === undefined && type === undefined && endDate === undefined)
    fail('missingParameter', 'ids, type or enddate must be given', { parameter: 'ids' });
  if (startDate && endDate && startDate > endDate)
    fail('invalidParameter', 'startdate is after enddate', { parameter: 'startdate' });
}

function choose(caller: Caller, params: Params): Chosen {
  checkChoice(params);
  return { scope: mine(caller), ids: params.ids, type: params.type, from: params.startDate, to: params.endDate };
}

export const archive = implement(archiveEvents, async (cx, params) => {
  await archiveChosen(cx.tx, choose(cx.caller, params));
  return done;
});

export const remove = implement(deleteEvents, async (cx, params) => {
  await deleteChosen(cx.tx, choose(cx.caller, params));
  return done;
});
