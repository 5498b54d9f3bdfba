// Events: what happened, by whom, to what. A row in the transaction in which it happened.
import type { Tx } from './db.ts';
import { sql, type Sql } from './sql.ts';

export interface EventRow {
  type: string;
  state: 'Created' | 'Scheduled' | 'Started' | 'Completed';
  level?: 'INFO' | 'WARN' | 'ERROR';
  description: string;
  userId: number;
  accountId: number;
  domainId: number;
  /** The event that began what this one continues. */
  startId: number | null;
  resourceType: string | null;
  resourceUuid: string | null;
}

const columnsOf = (event: Omit<EventRow, 'type'>) => ({
  state: event.state,
  level: event.level ?? 'INFO',
  description: event.description.slice(0, 1_024),
  user_id: event.userId,
  account_id: event.accountId,
  domain_id: event.domainId,
  start_id: event.startId,
  resource_type: event.resourceType,
  resource_uuid: event.resourceUuid,
});

/** As part of another statement; it returns the event's id. */
export const eventInsert = (event: EventRow): Sql =>
  sql`insert into event ${sql.row({ type: event.type, ...columnsOf(event) })} returning id`;

/** Returns the event's id, for the events that follow it. */
export const insertEvent = async (tx: Tx, event: EventRow): Promise<number> =>
  (await tx.one<{ id: number }>(eventInsert(event))).id;

/** The next event of the line that `startId` began, of the same type; none where that one was purged meanwhile. */
export const continueEvent = (tx: Tx, event: Omit<EventRow, 'type'> & { startId: number }): Promise<number> => {
  const [names, values] = [Object.keys(columnsOf(event)), Object.values(columnsOf(event))];
  return tx.run(sql`insert into event(type, ${sql.join(names.map((name) => sql.raw(name)))})
    select begun.type, ${sql.join(values.map((value) => sql`${value}`))} from event begun where begun.id = ${event.startId}`);
};
