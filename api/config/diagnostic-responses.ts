// What is found by looking for what is not as it should be, as answers show it.
import { f, response } from '../define.ts';

export const diagnosticAreas = [
  'jobs',
  'undos',
  'states',
  'hosts',
  'keepers',
  'capacity',
  'leases',
  'disks',
  'certificates',
  'database',
  'servers',
] as const;
export type DiagnosticArea = (typeof diagnosticAreas)[number];

export const diagnosticResponse = response('diagnostic', {
  area: f.string({ summary: 'what was looked at' }),
  severity: f.string({ summary: 'critical, warning, or ok where nothing was found' }),
  summary: f.string({ summary: 'what is wrong, in a sentence' }),
  advice: f.string({ summary: 'what to do about it' }),
  since: f.date({ summary: 'since when' }),
  resourcetype: f.string({ summary: 'kind of the thing it is about' }),
  resourceid: f.string({ summary: 'id of the thing it is about' }),
  resourcename: f.string({ summary: 'name of the thing it is about' }),
  details: f.map({ summary: 'figures, and of a job its walk so far' }),
});
