// Management servers.
import { command, p, paging, rootOnly } from '../define.ts';
import { managementServerResponse } from './responses.ts';

export const listManagementServers = command('listManagementServers', {
  summary: 'List management servers',
  roles: rootOnly,
  mode: 'list',
  resource: 'Host',
  params: {
    id: p.uuid('managementserver'),
    name: p.string(),
    peers: p.boolean({ since: '4.20.1.0' }),
    version: p.string({ since: '4.20.3' }),
    ...paging,
  },
  returns: managementServerResponse,
});
