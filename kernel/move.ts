// The one place that changes a state column: a guarded update along a declared machine, and in the same transaction the
// row that tells watchers. Who lost a race is told so; nobody overwrites.
import type { Tx } from './db.ts';
import { eventInsert, type EventRow } from './event.ts';
import { sql, type Sql } from './sql.ts';

/** state → event → next; with a tag where metering must see the move. The tables are promises and stand in `api/states`. */
export interface Machine<S extends string, E extends string> {
  readonly states: { readonly [K in S]: { readonly [J in string]: S | readonly [S, 'usage'] } };
  readonly eventType?: E;
}

/** Which rows a machine moves: their table, and the entity watchers know them as. */
export interface Moving<S extends string, E extends string> {
  readonly entity: string;
  readonly table: string;
  readonly machine: Machine<S, E>;
  /** The table says nothing of whose a row is: only administrators watch such things. */
  readonly ownerless?: true;
  /** Where the state is kept; `state` unless said: a host has two. */
  readonly column?: string;
}

/** The thing is not in a state in which this may happen to it. */
export class WrongState extends Error {
  override name = 'WrongState';
  readonly entity: string;
  readonly state: string | undefined;
  readonly event: string;
  constructor({ entity, state, event, id }: { entity: string; state: string | undefined; event: string; id: number }) {
    super(
      state === undefined ? `${entity} ${id} does not exist` : `${entity} ${id} is ${state}: ${event} is not possible`,
    );
    this.entity = entity;
    this.state = state;
    this.event = event;
  }
}

/** Moves the row along the events, one after the other; returns its new state. Throws WrongState and changes nothing where the
 * machine has no such way. Watchers are told in the same statement. */
export async function move<S extends string, E extends string>(
  tx: Tx,
  moving: Moving<S, E>,
  id: number,
  ...events: [E, ...E[]]
): Promise<S> {
  return (await moveAll(tx, moving, [id], ...events)).get(id)!;
}

/** Moves all of these rows so by one statement; their new states by id. Throws WrongState where one of them has no such way: the
 * transaction must not be committed then. */
export async function moveAll<S extends string, E extends string>(
  tx: Tx,
  moving: Moving<S, E>,
  ids: readonly number[],
  ...events: [E, ...E[]]
): Promise<Map<number, S>> {
  const { entity, machine, ownerless } = moving;
  const ways = waysOf(machine, events);
  const [table, column] = [sql.raw(moving.table), sql.raw(moving.column ?? 'state')];
  const owner = ownerless ? sql`null::bigint as account_id, null::bigint as domain_id` : sql`t.account_id, t.domain_id`;
  const rows = await tx.rows<{ id: number; state: S }>(sql`
    with moved as (update ${table} t set ${column} = way.next from unnest(${ways.map(([from]) => from)}::text[], ${ways.map(([, to]) => to)}::text[]) as way(state, next)
        where t.id = any(${ids}::bigint[]) and t.${column} = way.state returning t.id, t.${column} as state, t.uuid, ${owner}),
      told as (insert into change(entity, uuid, account_id, domain_id) select ${entity}, uuid, account_id, domain_id from moved)
    select id, state from moved`);
  const moved = new Map(rows.map((row) => [row.id, row.state]));
  const unmoved = ids.find((id) => !moved.has(id));
  if (unmoved !== undefined) {
    const now = await tx.first<{ state: string }>(sql`select ${column} as state from ${table} where id = ${unmoved}`);
    throw new WrongState({ entity, state: now?.state, event: events.join(', '), id: unmoved });
  }
  if (moved.size > 0) tellListeners(tx);
  return moved;
}

/** From which states the events lead to which. */
function waysOf<S extends string, E extends string>(
  { states }: Machine<S, E>,
  events: readonly E[],
): [from: S, to: S][] {
  const next = (state: S | undefined, event: E): S | undefined => {
    const step: S | readonly [S, 'usage'] | undefined = state && states[state][event];
    return step === undefined || typeof step === 'string' ? step : step[0];
  };
  return (Object.keys(states) as S[]).flatMap((from) => {
    const to = events.reduce<S | undefined>(next, from);
    return to === undefined ? [] : [[from, to] as [S, S]];
  });
}

interface Changed {
  entity: string;
  uuid: string;
  accountId: number | null | undefined | '';
  domainId: number | null | undefined | '';
}
const listeners = new Set<() => void>();

/** Called once a transaction that told of a change is durable, in this process: for waking watchers early. */
export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Tells watchers that something about the thing is different now. Account null: only administrators watch it. `event`: what
 * happened, written with it. */
export async function tellChange(tx: Tx, changed: Changed, event?: EventRow): Promise<void> {
  const told = changesInsert([changed]);
  await tx.run(event ? sql`with told as (${told}) ${eventInsert(event)}` : told);
  tellListeners(tx);
}

/** The same of many things, by one statement. */
export async function tellChanges(tx: Tx, changed: readonly Changed[]): Promise<void> {
  if (changed.length === 0) return;
  await tx.run(changesInsert(changed));
  tellListeners(tx);
}

const changesInsert = (changed: readonly Changed[]): Sql =>
  sql`insert into change(entity, uuid, account_id, domain_id) select * from unnest(${changed.map((one) => one.entity)}::text[], ${changed.map((one) => one.uuid)}::uuid[],
    ${changed.map((one) => one.accountId || null)}::bigint[], ${changed.map((one) => one.domainId || null)}::bigint[])`;

const tellListeners = (tx: Tx): void =>
  tx.afterCommit(() => {
    for (const listener of listeners) listener();
  });
