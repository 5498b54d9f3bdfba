// Changes every column of rows to something else and back, one by one: for tests that nothing which is remembered of them becomes
// a lie.
import assert from 'node:assert/strict';
import type { Db } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';

interface Rows {
  table: string;
  where: Sql;
}

/** `check` is called after each change. Returns how many columns could be changed: constraints forbid some. */
export async function changeEach(
  on: Db,
  { table, where }: Rows,
  check: (what: string) => Promise<void>,
): Promise<number> {
  const columns = await on.read.rows<{
    name: string;
    type: string;
  }>(sql`select attname as name, format_type(atttypid, null) as type
    from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped and attidentity = '' and attname <> 'row_version' order by attnum`);
  let changed = 0;
  for (const { name, type } of columns) {
    const value = otherValue(name, type);
    assert.ok(value, `${table}.${name}: what is another ${type}?`);
    if (await changeAndBack(on, { table, where, name, value }, check)) changed += 1;
  }
  return changed;
}

/** Another value of the column's type; undefined: none comes to mind. */
function otherValue(name: string, type: string): string | undefined {
  const others: Record<string, string> = {
    text: `case when ${name} is null then 'x' else ${name} || 'x' end`,
    boolean: `not coalesce(${name}, false)`,
    integer: `coalesce(${name}, 0) + 1`,
    bigint: `coalesce(${name}, 0) + 1`,
    uuid: 'gen_random_uuid()',
    jsonb: `'{"other": "1"}'`,
    'timestamp with time zone': `coalesce(${name}, now()) + interval '1 day'`,
    inet: `coalesce(${name} + 1, '10.9.9.9')`,
    cidr: `'10.9.0.0/16'`,
    'text[]': `'{other}'`,
    'bigint[]': `'{}'`,
    'double precision': `coalesce(${name}, 0) + 1`,
    real: `coalesce(${name}, 0) + 1`,
    numeric: `coalesce(${name}, 0) + 1`,
    smallint: `coalesce(${name}, 0) + 1`,
    'integer[]': `'{7}'`,
  };
  return others[type];
}

async function changeAndBack(
  on: Db,
  { table, where, name, value }: Rows & { name: string; value: string },
  check: (what: string) => Promise<void>,
): Promise<boolean> {
  const [of, column] = [sql.raw(table), sql.raw(name)];
  const before = await on.read.rows<{ id: number; was: string | null }>(
    sql`select id, ${column}::text as was from ${of} where ${where}`,
  );
  try {
    await on.read.run(sql`update ${of} set ${column} = ${sql.raw(value)} where ${where}`);
  } catch {
    return false;
  }
  await check(`${table}.${name} was changed`);
  const { type } = await on.read.one<{ type: string }>(
    sql`select format_type(atttypid, atttypmod) as type from pg_attribute where attrelid = ${table}::regclass and attname = ${name}`,
  );
  for (const { id, was } of before)
    await on.read.run(sql`update ${of} set ${column} = ${was}::text::${sql.raw(type)} where id = ${id}`);
  return true;
}
