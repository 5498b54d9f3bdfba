// Raising an alert as the settings say: kinds in `alert.allowed.repetitive.types` are news each time.
import type { Tx } from '#kernel/db.ts';
import type { Settings } from '#kernel/settings.ts';
import { raiseAlert as raise, type Alarm } from './alert.ts';

export type { Alarm } from './alert.ts';

export const raiseAlert = (tx: Tx, settings: Settings, alarm: Alarm): Promise<string> =>
  raise(tx, alarm, { again: settings.list('alert.allowed.repetitive.types').includes(alarm.type) });
