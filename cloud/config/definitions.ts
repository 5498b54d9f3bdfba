// The promised settings in the form the kernel reads them.
import { settings, type SettingName } from '#api/settings.ts';
import type { SettingDefinition } from '#kernel/settings.ts';
import { defaultText, definitionOf } from './show.ts';

export const settingDefinitions: ReadonlyMap<string, SettingDefinition> = new Map(
  (Object.keys(settings) as SettingName[]).map((name) => [
    name,
    { name, default: defaultText(name), scope: definitionOf(name).scope },
  ]),
);
