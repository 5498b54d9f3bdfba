// Raising an alert: something an administrator should look at. One that still stands is not written twice, except of kinds where
// each time is news of its own.
import { alertTypes, type AlertType } from '#api/kinds.ts';
import type { Tx } from '#kernel/db.ts';
import type { Settings } from '#kernel/settings.ts';
import { countAgain, insertAlert } from './raise.store.ts';

export interface Alarm { type: AlertType; subject: string; content?: string; zoneId?: number | null; podId?: number | null; clusterId?: number | null }

export async function raiseAlert(tx: Tx, settings: Settings, alarm: Alarm): Promise<void> {
  const kind: { type: number; again?: true } = alertTypes[alarm.type];
  const alert = { type: kind.type, name: alarm.type, subject: alarm.subject, content: alarm.content ?? alarm.subject, zoneId: alarm.zoneId ?? null, podId: alarm.podId ?? null, clusterId: alarm.clusterId ?? null };
  const again = kind.again ?? settings.list('alert.allowed.repetitive.types').includes(alarm.type);
  if (again || (await countAgain(tx, alert)) === 0) await insertAlert(tx, alert);
}
