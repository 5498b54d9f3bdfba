// listInfrastructure: how many of everything. What this cloud does not have counts nothing.
import { listInfrastructure } from '#api/metrics/metrics.ts';
import { implement } from '../context.ts';
import { inventory } from './load.store.ts';

export const countAll = implement(listInfrastructure, async (cx) => ({
  ...(await inventory(cx.tx)),
  systemvms: 0,
  ilbvms: 0,
  objectstores: 0,
  backuprepositories: 0,
}));
