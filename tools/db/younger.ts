// What a cloud had that its backup does not: whoever restores over it is told by name what goes. Hosts know some of it still.
import { onDatabase } from '#kernel/archive.ts';

export interface Belonging {
  what: 'instance' | 'network';
  uuid: string;
  name: string;
}

/** Nothing where there is no cloud. */
export const belongings = (url: string): Promise<Belonging[]> =>
  onDatabase(url, async (client) => {
    const there = await client.query(
      `select from pg_tables where schemaname = 'public' and tablename in ('vm', 'network')`,
    );
    if (there.rowCount !== 2) return [];
    const { rows } = await client.query<Belonging>(
      `select 'instance' as what, uuid::text, name from vm where removed is null
       union all select 'network', uuid::text, name from network where removed is null order by 1, 3, 2`,
    );
    return rows;
  });

const MOST = 20;

/** Empty where nothing goes. */
export function inWords(before: readonly Belonging[], after: readonly Belonging[]): string {
  const kept = new Set(after.map(({ uuid }) => uuid));
  const gone = before.filter(({ uuid }) => !kept.has(uuid));
  if (gone.length === 0) return '';
  const of = (what: Belonging['what']): string[] =>
    gone.filter((one) => one.what === what).map(({ name, uuid }) => `${name} (${uuid})`);
  const told = (names: readonly string[]): string =>
    names.length === 0
      ? 'none'
      : `${names.slice(0, MOST).join(', ')}${names.length > MOST ? ` and ${names.length - MOST} more` : ''}`;
  return ` It is older than what was there. Not in it are instances: ${told(of('instance'))}; they go on running and no list shows them. Nor networks: ${told(of('network'))}; their routers are removed from hosts in the first minutes after the start.`;
}
