// What a thing used at one time in the past, a list of such times, and how the database is.
import { f, response } from '../define.ts';

export const statsResponse = response('stats', {
  cpuused: f.string(),
  diskiopstotal: f.long(),
  diskioread: f.long(),
  diskiowrite: f.long(),
  diskkbsread: f.long(),
  diskkbswrite: f.long(),
  memoryintfreekbs: f.long(),
  memorykbs: f.long(),
  memorytargetkbs: f.long(),
  networkkbsread: f.long(),
  networkkbswrite: f.long(),
  networkread: f.string(),
  networkwrite: f.string(),
  timestamp: f.date(),
});

export const virtualMachineStatsResponse = response('virtualmachine', {
  id: f.string(),
  name: f.string(),
  displayname: f.string(),
  stats: f.objects(() => statsResponse),
});

export const databaseMetricsResponse = response('dbMetrics', {
  collectiontime: f.date(),
  connections: f.integer({ apiType: 'int' }),
  dbloadaverages: f.numbers({ apiType: 'double[]' }),
  hostname: f.string(),
  queries: f.long(),
  replicas: f.strings({ apiType: 'string[]' }),
  tlsversions: f.string(),
  uptime: f.long(),
  version: f.string(),
  versioncomment: f.string(),
});
