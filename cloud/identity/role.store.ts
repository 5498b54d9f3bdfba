// What every server keeps of roles in memory: who is enabled, and their rules in order.
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export const loadRoleStates = (tx: Tx): Promise<{ id: number; enabled: boolean }[]> =>
  tx.rows(sql`select id, state = 'enabled' as enabled from role where removed is null`);

export const loadRoleRules = (tx: Tx): Promise<{ roleId: number; rule: string; permission: string }[]> =>
  tx.rows(
    sql`select role_id as "roleId", rule, permission from role_permission p where exists (select 1 from role r where r.id = p.role_id and r.removed is null) order by role_id, sort_order, id`,
  );
