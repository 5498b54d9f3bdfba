// First rows of a new cloud: domain, roles, the system and admin accounts. Their numbers are CloudStack's.
import type { DefaultRole } from '#api/roles.data.ts';
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

export async function seedIdentity(
  tx: Tx,
  { roles, password, endpoint }: { roles: readonly DefaultRole[]; password: string; endpoint: string },
): Promise<{ created: boolean }> {
  await tx.run(sql`select pg_advisory_xact_lock(7702)`);
  if (await tx.first(sql`select 1 from domain where id = 1`)) return { created: false };
  await tx.run(sql`insert into domain(parent_id, name, path, level) values (null, 'ROOT', '/', 0)`);
  for (const role of roles) await seedRole(tx, role);
  await tx.run(
    sql`insert into account(id, name, type, role_id, domain_id) values (1, 'system', 1, 1, 1), (2, 'admin', 1, 1, 1)`,
  );
  // The system user never logs in: its hash is none.
  await tx.run(sql`insert into cloud_user(id, account_id, username, password, first_name, last_name, is_default)
    values (1, 1, 'system', 'none', 'system', 'cloud', true), (2, 2, 'admin', ${password}, 'admin', 'cloud', true)`);
  await tx.run(sql`insert into region(id, name, endpoint) values (1, 'Local', ${endpoint})`);
  return { created: true };
}

async function seedRole(tx: Tx, role: DefaultRole): Promise<void> {
  await tx.run(
    sql`insert into role(id, name, type, description, is_default) values (${role.id}, ${role.name}, ${role.type}, ${role.description}, true)`,
  );
  const rules = role.rules.map((rule) =>
    rule.startsWith('!') ? { rule: rule.slice(1), permission: 'deny' } : { rule, permission: 'allow' },
  );
  await tx.run(sql`insert into role_permission(role_id, rule, permission, sort_order)
    select ${role.id}, * from unnest(${rules.map((one) => one.rule)}::text[], ${rules.map((one) => one.permission)}::text[]) with ordinality`);
}
