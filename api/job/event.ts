// Events: what was done, by whom.
import { command, everyone, p, paging, scoping, success } from '../define.ts';
import { eventResponse, eventTypeResponse } from './responses.ts';

export const listEvents = command('listEvents', {
  summary: 'List events',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.uuid('event'),
    archived: p.boolean({ since: '4.19.0' }),
    duration: p.integer(),
    endDate: p.date({ endOfDay: true }),
    entryTime: p.integer(),
    level: p.string(),
    resourceId: p.string({ since: '4.17.0' }),
    resourceType: p.string({ since: '4.17.0' }),
    startDate: p.date(),
    startId: p.uuid('event'),
    state: p.string({ since: '4.21.0' }),
    type: p.string(),
    ...scoping,
    ...paging,
  },
  returns: eventResponse,
});

export const listEventTypes = command('listEventTypes', {
  summary: 'List the types of events',
  roles: everyone,
  mode: 'list',
  params: {},
  returns: eventTypeResponse,
});

export const archiveEvents = command('archiveEvents', {
  summary: 'Archive events',
  roles: everyone,
  mode: 'sync',
  params: {
    endDate: p.date({ endOfDay: true }),
    ids: p.uuids('event', { access: 'operate' }),
    startDate: p.date(),
    type: p.string(),
  },
  returns: success,
});

export const deleteEvents = command('deleteEvents', {
  summary: 'Delete events',
  roles: everyone,
  mode: 'sync',
  params: {
    endDate: p.date({ endOfDay: true }),
    ids: p.uuids('event', { access: 'operate' }),
    startDate: p.date(),
    type: p.string(),
  },
  returns: success,
});
