// What other nouns ask of offerings.
import type { Tx } from '#kernel/db.ts';
import { diskOfferingsByIds, type DiskOfferingRow } from './disk.store.ts';
import { networkOfferingsByIds, type NetworkOfferingRow } from './network.store.ts';
import { serviceOfferingsByIds, type ServiceOfferingRow } from './service.store.ts';

/** One that an id parameter named: it is there. */
export const serviceOffering = async (tx: Tx, id: number): Promise<ServiceOfferingRow> =>
  (await serviceOfferingsByIds(tx, [id]))[0]!;
export const diskOffering = async (tx: Tx, id: number): Promise<DiskOfferingRow> =>
  (await diskOfferingsByIds(tx, [id]))[0]!;
export const networkOffering = async (tx: Tx, id: number): Promise<NetworkOfferingRow> =>
  (await networkOfferingsByIds(tx, [id]))[0]!;
export const networkOfferings = (tx: Tx, ids: readonly number[]): Promise<NetworkOfferingRow[]> =>
  networkOfferingsByIds(tx, ids);
