// What a new cloud has before anyone logs in: the ROOT domain, the system and admin accounts, roles, a region, offerings,
// guest OS types. Run at every start; what exists is left as it is.
import { defaultRoles } from '#api/roles.data.ts';
import type { Db } from '#kernel/db.ts';
import { seedGuestOs } from './guest-os/seed.store.ts';
import { seedHypervisors } from './host/seed.store.ts';
import { seedIdentity } from './identity/seed.store.ts';
import { hashPassword } from './identity/password.ts';
import { seedOfferings } from './offering/seed.store.ts';

export interface SeedOptions {
  adminPassword: string;
  endpoint: string;
}

/** `created`: this cloud is new, so `adminPassword` is the administrator's. */
export async function seed(db: Db, { adminPassword, endpoint }: SeedOptions): Promise<{ created: boolean }> {
  const password = await hashPassword(adminPassword);
  return db.tx(async (tx) => {
    const made = await seedIdentity(tx, { roles: defaultRoles, password, endpoint });
    await seedOfferings(tx);
    await seedGuestOs(tx);
    await seedHypervisors(tx);
    return made;
  });
}
