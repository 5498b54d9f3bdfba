// Settings as the code reads them: a default from the definition, overridden in the database, globally or for one zone,
// cluster, pool, domain or account. Read from memory; the memory is refreshed when another server changes one, and every few seconds.
import type { Db, Tx } from './db.ts';
import { shared, type Freshness } from './fresh.ts';
import { sql } from './sql.ts';

export interface SettingDefinition {
  readonly name: string;
  readonly default: string | null;
  readonly scope: readonly string[];
}

export interface Scoped {
  scope: string;
  id: number;
}

export interface Settings {
  /** The nearest value: of the given scopes in order, else the global one, else the default. */
  text(name: string, ...scopes: Scoped[]): string;
  number(name: string, ...scopes: Scoped[]): number;
  boolean(name: string, ...scopes: Scoped[]): boolean;
  list(name: string, ...scopes: Scoped[]): string[];
  /** Writes it and makes this process see it once the transaction commits. */
  write(tx: Tx, change: { name: string; value: string | null; at?: Scoped }): Promise<void>;
  refresh(): Promise<void>;
  /** Reads them anew if they became stale; needed after `freshness.check()`. */
  ready(): Promise<void> | undefined;
  close(): void;
}

const REFRESH_MS = 3_000;
const placeOf = ({ scope, id }: Scoped): string => (scope === 'global' ? EVERYWHERE : `${scope}:${id}`);
const EVERYWHERE = 'global:0';

/** By name, then by where; most settings are not set anywhere. */
type Values = Map<string, Map<string, string | null>>;
function put(into: Values, name: string, { at, value }: { at: Scoped; value: string | null }): void {
  const places = into.get(name) ?? new Map<string, string | null>();
  into.set(name, places.set(placeOf(at), value));
}

export async function openSettings(
  db: Db,
  definitions: ReadonlyMap<string, SettingDefinition>,
  freshness?: Freshness,
): Promise<Settings> {
  let values: Values = new Map();
  let stale = false;
  freshness?.onStale('setting', () => {
    stale = true;
  });
  const refresh = shared(async () => {
    stale = false;
    try {
      const rows = await db.read.rows<{ name: string; scope: string; scope_id: number; value: string | null }>(
        sql`select name, scope, scope_id, value from setting`,
      );
      const read: Values = new Map();
      for (const row of rows) put(read, row.name, { at: { scope: row.scope, id: row.scope_id }, value: row.value });
      values = read;
    } catch (error) {
      stale = true;
      throw error;
    }
  });
  await refresh();
  const timer = setInterval(() => void refresh().catch(() => {}), REFRESH_MS);
  timer.unref();

  const text = (name: string, ...scopes: Scoped[]): string => {
    const definition = definitions.get(name);
    if (!definition) throw new Error(`no such setting: ${name}`);
    const places = values.get(name);
    if (places) {
      for (const at of scopes) {
        const value = places.get(placeOf(at));
        if (value !== undefined && value !== null) return value;
      }
      const value = places.get(EVERYWHERE);
      if (value !== undefined && value !== null) return value;
    }
    return definition.default ?? '';
  };
  return {
    text,
    refresh,
    ready: () => (stale ? refresh() : undefined),
    number: (name, ...scopes) => Number(text(name, ...scopes)),
    boolean: (name, ...scopes) => text(name, ...scopes).toLowerCase() === 'true',
    list: (name, ...scopes) =>
      text(name, ...scopes)
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean),
    write: async (tx, { name, value, at = { scope: 'global', id: 0 } }) => {
      if (value === null)
        await tx.run(sql`delete from setting where name = ${name} and scope = ${at.scope} and scope_id = ${at.id}`);
      else
        await tx.run(sql`insert into setting(name, scope, scope_id, value) values (${name}, ${at.scope}, ${at.id}, ${value})
        on conflict (name, scope, scope_id) do update set value = excluded.value, updated = now()`);
      tx.afterCommit(() => {
        if (value === null) values.get(name)?.delete(placeOf(at));
        else put(values, name, { at, value });
      });
    },
    close: () => clearInterval(timer),
  };
}
