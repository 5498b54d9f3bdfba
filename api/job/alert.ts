// Alerts: what needs an operator.
import { command, p, paging, rootOnly, success } from '../define.ts';
import { alertResponse, alertTypeResponse } from './responses.ts';

export const listAlerts = command('listAlerts', {
  summary: 'List alerts',
  roles: ['Admin', 'ResourceAdmin'],
  mode: 'list',
  params: {
    id: p.uuid('alert'),
    name: p.string({ since: '4.3' }),
    type: p.string(),
    ...paging,
  },
  returns: alertResponse,
});

export const listAlertTypes = command('listAlertTypes', {
  summary: 'List the types of alerts',
  roles: rootOnly,
  mode: 'list',
  params: {},
  returns: alertTypeResponse,
});

export const generateAlert = command('generateAlert', {
  summary: 'Raise an alert',
  roles: rootOnly,
  mode: 'async',
  since: '4.3',
  event: 'ALERT.GENERATE',
  javaClass: 'admin.alert.GenerateAlertCmd',
  params: {
    name: p.string({ required: true }),
    description: p.string({ required: true, maxLength: 999 }),
    type: p.integer({ required: true, apiType: 'short' }),
    podId: p.uuid('pod'),
    zoneId: p.uuid('zone'),
  },
  returns: success,
});

export const archiveAlerts = command('archiveAlerts', {
  summary: 'Archive alerts',
  roles: rootOnly,
  mode: 'sync',
  params: {
    endDate: p.date({ endOfDay: true }),
    ids: p.uuids('alert', { access: 'operate' }),
    startDate: p.date(),
    type: p.string(),
  },
  returns: success,
});

export const deleteAlerts = command('deleteAlerts', {
  summary: 'Delete alerts',
  roles: rootOnly,
  mode: 'sync',
  params: {
    endDate: p.date({ endOfDay: true }),
    ids: p.uuids('alert', { access: 'operate' }),
    startDate: p.date(),
    type: p.string(),
  },
  returns: success,
});
