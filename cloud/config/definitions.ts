// The promised settings in the form the kernel reads them.
import { settings } from '#api/settings.ts';
import type { Setting } from '#api/setting.ts';
import type { SettingDefinition } from '#kernel/settings.ts';

export const settingDefinitions: ReadonlyMap<string, SettingDefinition> = new Map(
  Object.entries(settings as Record<string, Setting>).map(([name, setting]) => [
    name,
    { name, default: setting.default === null ? null : String(setting.default), scope: setting.scope },
  ]),
);
