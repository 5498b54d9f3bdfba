// Alerts: what needs an operator. Raised by whoever notices, in the transaction in which it is noticed; a kind that still stands
// is raised again in the same row, so that a duty that runs every minute does not write a row every minute.
import { alertTypes, type AlertType } from '#api/kinds.ts';
import type { Tx } from '#kernel/db.ts';
import { tellChange } from '#kernel/move.ts';
import { insertAlert, lockKind, raiseAgain, resolve, standing, standingPlaces, type Place } from './alert.store.ts';

export { deleteOlderAlerts, resolveAlerts } from './alert.store.ts';

export interface Alarm extends Place {
  type: AlertType;
  subject: string;
  content?: string;
}

/** Kinds that are raised anew each time: the same words within this time are still the same alert. */
const SAME_WITHIN_S = 600;
const MAX_SUBJECT = 999;

/** Returns its id. `again`: raised anew although the last one stands; follows from the kind. */
export async function raiseAlert(
  tx: Tx,
  { type: name, subject, content, ...place }: Alarm,
  { again = false } = {},
): Promise<string> {
  const kind: { type: number; again?: true } = alertTypes[name];
  return recordAlert(tx, {
    type: kind.type,
    again: again || kind.again === true,
    name,
    subject,
    content: content ?? null,
    place,
  });
}

/** Also for kinds an operator makes up: any number, any name. */
export async function recordAlert(
  tx: Tx,
  {
    type,
    name,
    again = false,
    subject,
    content,
    place,
  }: { type: number; name: string; again?: boolean; subject: string; content: string | null; place: Place },
): Promise<string> {
  const text = subject.slice(0, MAX_SUBJECT);
  await lockKind(tx, type);
  const same = await standing(tx, { type, place, ...(again ? { subject: text, withinS: SAME_WITHIN_S } : {}) });
  if (same) {
    await raiseAgain(tx, same.id, { subject: text, content });
    return same.uuid;
  }
  const { uuid } = await insertAlert(tx, {
    type,
    name,
    subject: text,
    content,
    zone_id: place.zoneId,
    pod_id: place.podId,
    cluster_id: place.clusterId,
  });
  await tellChange(tx, { entity: 'alert', uuid, accountId: null, domainId: null });
  return uuid;
}

/** What it was about is over; raised again it is a new alert. */
export const clearAlert = async (tx: Tx, { type, ...place }: { type: AlertType } & Place): Promise<void> => {
  await resolve(tx, alertTypes[type].type, place);
};

/** Where it is so now, as far as administrators were told. */
export const placesTold = (tx: Tx, type: AlertType): ReturnType<typeof standingPlaces> =>
  standingPlaces(tx, alertTypes[type].type);
