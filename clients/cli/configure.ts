// The commands about this client itself: settings, and what else a server can do.
import { describeTold } from './describe.ts';
import { toText } from './catalog.ts';
import type { Context } from './context.ts';
import { syncedFile } from './context.ts';
import { saveSetting, settingKeys, writePrivate } from './settings.ts';
import { UsageError } from './world.ts';

/** CloudMonkey's names for the same thing. */
const aliases: Readonly<Record<string, string>> = { display: 'output', asyncapi: 'asyncblock' };
const SECRETS = ['password', 'secretkey', 'apikey'];

export function runSet([asked, ...rest]: readonly string[], { settings, world }: Context): void {
  if (asked === undefined) return world.out(describeSettings(settings));
  const key = aliases[asked] ?? asked;
  if (!settingKeys.includes(key))
    throw new UsageError(`there is no setting '${asked}'; accepted: ${settingKeys.join(', ')}`);
  if (rest.length === 0) throw new UsageError(`set ${asked} to what? 'nephos set' shows the settings`);
  const section = saveSetting(settings, key, rest.join(' '));
  if (section !== 'core' && section !== settings.profile)
    world.err(`noted in profile ${section}; in use is ${settings.profile}\n`);
}

function describeSettings({ core, profile, access, file }: Context['settings']): string {
  const shown = (section: Record<string, string>): string =>
    Object.entries(section)
      .map(([key, value]) => `${key} = ${SECRETS.includes(key) && value ? '***' : value}\n`)
      .join('');
  return `[core]\n${shown({ ...core, profile })}\n[${profile}]\n${shown(access)}\n; ${file}\n`;
}

export async function runSync(context: Context): Promise<void> {
  const { settings, world } = context;
  const { api } = await context.client().request('listApis');
  if (!Array.isArray(api)) throw new Error(`${settings.access.url} lists no commands`);
  const known = new Set((await context.catalog()).names);
  const verbs = describeTold(api as Parameters<typeof describeTold>[0]);
  writePrivate(syncedFile(settings, world), toText(verbs));
  const news = verbs.filter(({ name }) => !known.has(name)).length;
  world.err(`${verbs.length} commands at ${settings.access.url}, ${news} of them new here\n`);
}
