// listDbMetrics: how the database is. PostgreSQL does not count statements and knows no load of its machine, so those two fields
// are left out.
import { listDbMetrics } from '#api/metrics/metrics.ts';
import { implement } from '../context.ts';
import { databaseMetrics } from './database.store.ts';

export const showDatabase = implement(listDbMetrics, async (cx) => {
  const { now, upS, host, tls, ...facts } = await databaseMetrics(cx.tx);
  return {
    collectiontime: now,
    connections: facts.connections,
    hostname: host ?? 'localhost',
    replicas: facts.replicas,
    tlsversions: tls ?? 'none',
    uptime: upS,
    version: facts.version,
    versioncomment: facts.comment,
  };
});
