// What a pushed change does to the cache: the one thing is fetched again where it is known, a list where it is not.
// Changes are gathered for a moment, so that a burst (a hundred instances starting) costs a few requests and not hundreds.
import { cache, listKey, oneKey } from '../api/queries.ts';
import { findThing } from '../api/entities.ts';
import type { Thing } from '../api/entities.ts';
import type { WireParams } from '../api/call.ts';
import type { Page } from '../api/types.ts';

const GATHER_MS = 120;
/** More changed things than this in one list: the list is asked for instead. */
const FEW = 4;
const PAGING = new Set(['page', 'pagesize']);

const gathered = new Map<string, Set<string>>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** A change event: something about this thing is different from before. */
export function noteChange(entity: string, id: string): void {
  const ids = gathered.get(entity) ?? new Set();
  gathered.set(entity, ids.add(id));
  timer ??= setTimeout(flush, GATHER_MS);
}

function flush(): void {
  timer = undefined;
  for (const [entity, ids] of gathered) void applyChanges(entity, ids);
  gathered.clear();
}

async function applyChanges(entity: string, ids: ReadonlySet<string>): Promise<void> {
  for (const id of ids) {
    void cache.invalidateQueries({ queryKey: oneKey(entity, id), exact: true });
    void cache.invalidateQueries({
      predicate: ({ queryKey }) => queryKey[0] === 'list' && queryKey[1] !== entity && mentions(queryKey[2], id),
    });
  }
  const known = listsOf(entity)
    .flatMap(([, page]) => page.items)
    .filter(({ id }) => ids.has(id))
    .map(({ id }) => id);
  const changed = [...new Set(known)];
  const fresh = changed.length <= FEW ? await refetch(entity, changed) : new Map<string, Thing | null>();
  for (const [params, page] of listsOf(entity)) patchList({ entity, params, page, ids, fresh });
}

const listsOf = (entity: string): readonly [WireParams, Page<Thing>][] =>
  cache
    .getQueriesData<Page<Thing>>({ queryKey: listKey(entity) })
    .filter((found): found is [(typeof found)[0], Page<Thing>] => found[1] !== undefined)
    .map(([key, page]) => [key[2] as WireParams, page]);

/** The lists of what belongs to a thing (its volumes, its events) have its id among their parameters. */
const mentions = (params: unknown, id: string): boolean =>
  typeof params === 'object' && params !== null && Object.values(params).includes(id);

async function refetch(entity: string, ids: readonly string[]): Promise<Map<string, Thing | null>> {
  const found = await Promise.all(
    ids.map(async (id) => [id, await findThing(entity, id).catch(() => undefined)] as const),
  );
  return new Map(found.filter((entry): entry is [string, Thing | null] => entry[1] !== undefined));
}

interface Patch {
  entity: string;
  params: WireParams;
  page: Page<Thing>;
  ids: ReadonlySet<string>;
  fresh: ReadonlyMap<string, Thing | null>;
}

/** In place where the change can only concern a row that is shown; otherwise the server says what the list is now. */
function patchList({ entity, params, page, ids, fresh }: Patch): void {
  const shown = new Set(page.items.map(({ id }) => id));
  const filtered = Object.keys(params).some((name) => !PAGING.has(name));
  const certain = !filtered && [...ids].every((id) => shown.has(id) && fresh.get(id));
  if (!certain) return void cache.invalidateQueries({ queryKey: listKey(entity, params), exact: true });
  cache.setQueryData<Page<Thing>>(listKey(entity, params), {
    ...page,
    items: page.items.map((item) => fresh.get(item.id) ?? item),
  });
}
