// What the commands of one start, or of one interactive shell, share: settings, catalog, connection. All made when first needed.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect } from '../sdk/client.ts';
import type { Client } from '../sdk/client.ts';
import type { Exchange } from '../sdk/transport.ts';
import { openCatalog, toText } from './catalog.ts';
import type { Catalog } from './catalog.ts';
import { connectOptions, formats, homeFolder, loadSettings, readText, writePrivate } from './settings.ts';
import type { Flags, Settings } from './settings.ts';
import { UsageError } from './world.ts';
import type { World } from './world.ts';

export interface Context {
  readonly world: World;
  readonly flags: Flags;
  readonly settings: Settings;
  readonly format: string;
  catalog(): Promise<Catalog>;
  client(): Client;
  /** Ends the session, if a login was made. */
  close(): Promise<void>;
}

export function openContext(flags: Flags, world: World): Context {
  const settings = loadSettings(flags, world);
  const asked = flags.output ?? settings.core.output!;
  const format = asked === 'default' ? 'json' : asked;
  if (!formats.some((known) => known === format))
    throw new UsageError(`there is no output '${format}'; accepted: ${formats.join(', ')}`);
  let catalog: Promise<Catalog> | undefined;
  let client: Client | undefined;
  return {
    world,
    flags,
    settings,
    format,
    catalog: () => (catalog ??= loadCatalog(settings, world)),
    client: () => (client ??= openClient({ settings, flags, world })),
    close: async () => client?.close(),
  };
}

function openClient({ settings, flags, world }: { settings: Settings; flags: Flags; world: World }): Client {
  // The only way to tell the fetch of Node.js; it warns about it itself.
  if (settings.core.verifycert === 'false') process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const onExchange = (exchange: Exchange): void => world.err(`${describeExchange(exchange)}\n`);
  return connect({ ...connectOptions(settings), ...(flags.debug ? { onExchange } : {}) });
}

const SECRET = /password|secret|token|apikey|privatekey|signature|userdata/i;

function describeExchange({ method, url, command, params, status, tookMs }: Exchange): string {
  const shown = Object.entries(params)
    .map(([name, value]) => ` ${name}=${SECRET.test(name) ? '***' : JSON.stringify(value)}`)
    .join('');
  return `${method} ${url} ${command}${shown} → HTTP ${status} in ${tookMs.toFixed(0)} ms`;
}

export const syncedFile = (settings: Settings, world: World): string =>
  join(
    homeFolder(world),
    'cache',
    `${settings.profile.replace(/[^\w.-]/g, '_')}-${hash(settings.access.url ?? '')}.apis`,
  );

async function loadCatalog(settings: Settings, world: World): Promise<Catalog> {
  return openCatalog(await builtInText(world), readText(syncedFile(settings, world)));
}

// Reading all definitions costs more than all else a command does, so what they say is kept beside the configuration
// for as long as no file of theirs changes. Without a writable home it is merely slower.
async function builtInText(world: World): Promise<string> {
  const file = join(homeFolder(world), 'cache', 'built-in');
  const stamp = hash(definitionsStamp());
  const kept = readText(file);
  if (kept?.startsWith(`${stamp}\n`)) return kept.slice(stamp.length + 1);
  const [{ commands }, { describeDefinitions }] = await Promise.all([
    import('#api/commands.ts'),
    import('./describe.ts'),
  ]);
  const text = toText(describeDefinitions(Object.values(commands)));
  try {
    writePrivate(file, `${stamp}\n${text}`);
  } catch {
    /* the next start reads the definitions again */
  }
  return text;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

// Of a bundle there is only the bundle to look at.
function definitionsStamp(): string {
  const folders = ['../../api/', '../../base/', './'].map((path) => fileURLToPath(new URL(path, import.meta.url)));
  if (!folders.every((folder) => existsSync(folder))) return `${statSync(fileURLToPath(import.meta.url)).mtimeMs}`;
  return folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .sort()
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
        .map((name) => `${folder}${name} ${statSync(join(folder, name)).mtimeMs}`),
    )
    .join('\n');
}
