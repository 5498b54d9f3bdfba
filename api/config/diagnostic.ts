// What is not as it should be in the cloud. The command is ours: CloudStack has none that says it.
import { command, p, paging, rootOnly } from '../define.ts';
import { diagnosticAreas, diagnosticResponse } from './diagnostic-responses.ts';

export const listDiagnostics = command('listDiagnostics', {
  summary: 'Look for what is stuck, silent, late, full or expiring, and say what to do about it',
  roles: rootOnly,
  mode: 'list',
  own: true,
  params: {
    area: p.string({ oneOf: diagnosticAreas, summary: 'look at this only' }),
    ...paging,
  },
  returns: diagnosticResponse,
});
