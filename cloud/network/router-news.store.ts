// What hosts tell of routers, written down.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

/** Counts the repair. Undefined for a router that is none of ours any more. */
export const countRepair = (
  tx: Tx,
  routerUuid: string,
): Promise<{ name: string; accountId: number; domainId: number } | undefined> =>
  tx.first(sql`
  update router set repaired_count = repaired_count + 1 where uuid = ${routerUuid} and removed is null returning name, account_id as "accountId", domain_id as "domainId"`);

/** Only for the guest with that address behind that router, and only if this is still its password: undefined otherwise. */
export const notePasswordTaken = (
  tx: Tx,
  { router, ip, passwordId }: { router: string; ip: string; passwordId: string },
): Promise<{ networkId: number } | undefined> =>
  tx.first(sql`
  update vm set password_taken = ${passwordId} from nic n join router r on r.network_id = n.network_id and r.removed is null
  where r.uuid = ${router} and n.ip = ${ip}::inet and n.removed is null and vm.id = n.vm_id and vm.password_id = ${passwordId} and vm.password_taken is distinct from ${passwordId}
  returning n.network_id as "networkId"`);
