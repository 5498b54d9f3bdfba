// listEvents and listEventTypes: what was done, by whom, to what; the newest first.
import { listEvents, listEventTypes } from '#api/job/event.ts';
import type { eventResponse } from '#api/job/responses.ts';
import { events, eventLevels, eventStates } from '#api/events.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { shownPath } from '../domain/shown-path.ts';
import { findEvents, type EventView } from './event.store.ts';
import { databaseNowMs } from '#kernel/clock.ts';

export const list = implement(listEvents, async (cx, params) => {
  checkOneOf('level', params.level, eventLevels);
  checkOneOf('state', params.state, eventStates);
  const { rows, count } = await findEvents(cx.tx, {
    scope: cx.scope,
    page: cx.page,
    keyword: cx.keyword,
    id: params.id,
    type: params.type,
    level: params.level,
    state: params.state,
    ...spanOf(params),
    startId: params.startId,
    archived: params.archived ?? (params.id === undefined && params.startId === undefined ? false : undefined),
    resourceUuid: params.resourceId,
    resourceType: params.resourceType,
  });
  return { items: rows.map(eventView), count };
});

function checkOneOf(name: string, value: string | undefined, accepted: readonly string[]): void {
  if (value !== undefined && !accepted.some((one) => one.toLowerCase() === value.toLowerCase()))
    fail('invalidParameter', `${name} is '${value.slice(0, 60)}'; accepted: ${accepted.join(', ')}`, {
      parameter: name,
    });
}

/** From dates, or from `entrytime` to `duration` seconds ago. */
function spanOf({
  startDate,
  endDate,
  entryTime,
  duration,
}: {
  startDate?: Date;
  endDate?: Date;
  entryTime?: number;
  duration?: number;
}): { from?: Date; to?: Date } {
  if (entryTime === undefined || duration === undefined)
    return { ...(startDate ? { from: startDate } : {}), ...(endDate ? { to: endDate } : {}) };
  if (entryTime <= duration)
    fail('invalidParameter', `entrytime is ${entryTime}; more than duration (${duration}) is accepted`, {
      parameter: 'entrytime',
    });
  return { from: new Date(databaseNowMs() - entryTime * 1000), to: new Date(databaseNowMs() - duration * 1000) };
}

const eventView = (event: EventView): Shape<typeof eventResponse> => ({
  id: event.uuid,
  type: event.type,
  state: event.state,
  level: event.level,
  description: event.description,
  username: event.username,
  account: event.account,
  domain: event.domain,
  domainid: event.domainUuid,
  domainpath: event.domainPath === null ? null : shownPath(event.domainPath),
  parentid: event.parentUuid,
  created: event.created,
  archived: event.archived,
  resourceid: event.resourceUuid,
  resourcetype: event.resourceType,
  resourcename: event.resourceName,
});

const TYPES = Object.keys(events).map((name) => ({ name }));
export const listTypes = implement(listEventTypes, async () => ({ items: TYPES, count: TYPES.length }));
