// listSystemVms: there are none. Screens go through the servers and images through hosts' agents, so this cloud has no console
// proxy and no secondary-storage VM to show; clients that ask get an empty list.
import { listSystemVms } from '#api/router/router.ts';
import { implement } from '../context.ts';

export const listSystem = implement(listSystemVms, async () => ({ items: [], count: 0 }));
