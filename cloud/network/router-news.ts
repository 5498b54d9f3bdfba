// What a host tells of a router without being asked: that it put something right, that a guest has its password.
import type { Db } from '#kernel/db.ts';
import { insertEvent } from '#kernel/event.ts';
import { SYSTEM } from '../identity/system.ts';
import { raiseGeneration } from '../router/router.ts';
import { countRepair, notePasswordTaken } from './router-news.store.ts';

export async function routerRepaired(db: Db, { router, what }: { router: string; what: string }): Promise<void> {
  await db.tx(async (tx) => {
    const known = await countRepair(tx, router);
    if (!known) return;
    await insertEvent(tx, {
      type: 'ROUTER.HA',
      state: 'Completed',
      level: 'WARN',
      description: `Router ${known.name} repaired: ${what}`,
      userId: SYSTEM.userId,
      accountId: known.accountId,
      domainId: known.domainId,
      startId: null,
      resourceType: 'VirtualRouter',
      resourceUuid: router,
    });
  });
}

/** The password stays known, sealed; routers only offer it no more. */
export async function passwordTaken(db: Db, news: { router: string; ip: string; passwordId: string }): Promise<void> {
  await db.tx(async (tx) => {
    const taken = await notePasswordTaken(tx, news);
    if (taken) await raiseGeneration(tx, [taken.networkId]);
  });
}
