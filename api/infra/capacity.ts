// Capacity: how full the hardware is.
import { command, p, paging } from '../define.ts';
import { capacityResponse } from './responses.ts';

export const listCapacity = command('listCapacity', {
  summary: 'List used and total capacity of zones, pods and clusters',
  roles: ['Admin', 'ResourceAdmin'],
  mode: 'list',
  params: {
    clusterId: p.uuid('cluster', { since: '3.0.0' }),
    fetchLatest: p.boolean({ since: '3.0.0' }),
    podId: p.uuid('pod'),
    sortBy: p.string({ since: '3.0.0' }),
    tag: p.string({ since: '4.20.0' }),
    type: p.integer(),
    zoneId: p.uuid('zone'),
    ...paging,
  },
  returns: capacityResponse,
});
