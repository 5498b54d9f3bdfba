// Which server, as whom, and how to answer: from flags, the environment, our configuration, CloudMonkey's, or the local cloud.
// Invariant: a file that holds secrets is written whole, readable by its owner only.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConnectOptions } from '../sdk/transport.ts';
import { UsageError } from './world.ts';
import type { World } from './world.ts';

export interface Flags {
  output?: string;
  profile?: string;
  url?: string;
  apikey?: string;
  secretkey?: string;
  config?: string;
  debug?: boolean;
  version?: boolean;
  help?: boolean;
  'no-wait'?: boolean;
}
type Section = Record<string, string>;
export interface Settings {
  /** Where `set` writes. */
  readonly file: string;
  readonly sections: Record<string, Section>;
  readonly core: Section;
  /** Name of the profile in use; it may come from the environment or the local cloud and lie in no file. */
  readonly profile: string;
  readonly access: Section;
}

export const formats = ['json', 'table', 'text', 'csv', 'column', 'yaml', 'jsonl'] as const;
const coreDefaults: Section = {
  prompt: '🐱',
  asyncblock: 'true',
  timeout: '1800',
  output: 'json',
  verifycert: 'true',
  profile: 'localcloud',
  autocomplete: 'true',
};
const freshServer: Section = {
  url: 'http://localhost:8080/client/api',
  username: 'admin',
  password: 'password',
  domain: '/',
};
const profileKeys = ['url', 'username', 'password', 'domain', 'apikey', 'secretkey', 'signature'];

const truths = ['true', 'false'];
const accepted: Readonly<Record<string, readonly string[]>> = {
  output: [...formats, 'default'],
  asyncblock: truths,
  verifycert: truths,
  autocomplete: truths,
  signature: ['v3', 'legacy'],
};
export const settingKeys = [...Object.keys(coreDefaults), ...profileKeys];

export const homeFolder = (world: World): string => join(world.home, '.nephos');

export function loadSettings(flags: Flags, world: World): Settings {
  const file = flags.config ?? join(homeFolder(world), 'config');
  const text = readText(file) ?? (flags.config ? undefined : readText(join(world.home, '.cmk', 'config')));
  if (text === undefined && flags.config) throw new UsageError(`there is no configuration ${flags.config}`);
  const sections = parseIni(text ?? '');
  const core = { ...coreDefaults, ...sections.core };
  const { profile, access } = chooseAccess({ flags, world, sections, core });
  if (flags.url) access.url = flags.url;
  if (flags.apikey || flags.secretkey)
    Object.assign(access, { apikey: flags.apikey ?? access.apikey, secretkey: flags.secretkey ?? access.secretkey });
  return { file, sections, core, profile, access };
}

interface Sources {
  flags: Flags;
  world: World;
  sections: Record<string, Section>;
  core: Section;
}

function chooseAccess({ flags, world, sections, core }: Sources): { profile: string; access: Section } {
  const named = Object.keys(sections).filter((name) => name !== 'core');
  if (flags.profile) {
    if (!named.includes(flags.profile))
      throw new UsageError(`there is no profile '${flags.profile}'; there are: ${named.join(', ') || '(none)'}`);
    return { profile: flags.profile, access: { ...sections[flags.profile] } };
  }
  const environment = fromEnvironment(world);
  const configured = sections[core.profile!];
  if (environment.url || environment.apikey)
    return { profile: 'environment', access: { ...freshServer, ...configured, ...environment } };
  if (configured) return { profile: core.profile!, access: { ...configured } };
  const local = fromLocalCloud(world);
  return local ? { profile: 'cloud', access: local } : { profile: core.profile!, access: { ...freshServer } };
}

function fromEnvironment({ env }: World): Section {
  const first = (...names: string[]): string | undefined =>
    names.map((name) => env[`CLOUDSTACK_${name}`]).find((value) => value);
  const url = first('API_URL', 'ENDPOINT');
  const apikey = first('API_KEY', 'KEY');
  const secretkey = first('SECRET_KEY', 'SECRET');
  return { ...(url ? { url } : {}), ...(apikey && secretkey ? { apikey, secretkey } : {}) };
}

// The one-machine cloud leaves its address and its administrator's keys in its data folder.
function fromLocalCloud({ env, cwd }: World): Section | undefined {
  const project = fileURLToPath(new URL('../../data', import.meta.url));
  for (const folder of env.NEPHOS_DATA ? [env.NEPHOS_DATA] : [join(cwd, 'data'), project]) {
    const file = join(folder, 'cloud.json');
    const text = readText(file);
    if (text === undefined) continue;
    const { api, apikey, secretkey } = readJson(file, text);
    if (api && apikey && secretkey) return { url: api, apikey, secretkey };
  }
  return undefined;
}

function readJson(file: string, text: string): Section {
  try {
    return JSON.parse(text) as Section;
  } catch {
    throw new UsageError(`${file} is not JSON; accepted: {"api": …, "apikey": …, "secretkey": …}`);
  }
}

export function connectOptions({ access, profile }: Settings): ConnectOptions {
  const { url, apikey, secretkey, username, password, domain, signature } = access;
  if (!url)
    throw new UsageError(`profile '${profile}' has no url; 'nephos set url http://host:8080/client/api' gives it one`);
  if (apikey && secretkey)
    return { url, apiKey: apikey, secretKey: secretkey, signature: signature === 'legacy' ? 'legacy' : 'v3' };
  if (username && password) return { url, username, password, domain: domain || '/' };
  throw new UsageError(`profile '${profile}' has neither apikey and secretkey nor username and password`);
}

/** Notes `key` in our configuration, whichever file the rest came from. Says in which section. */
export function saveSetting(settings: Settings, key: string, value: string): string {
  const choices = accepted[key];
  if (choices && !choices.includes(value))
    throw new UsageError(`${key} is '${value}'; accepted: ${choices.join(', ')}`);
  if (key === 'timeout' && !/^[1-9]\d*$/.test(value))
    throw new UsageError(`timeout is '${value}'; seconds are accepted`);
  const section =
    key in coreDefaults
      ? 'core'
      : profileKeys.includes(key)
        ? (settings.sections.core?.profile ?? coreDefaults.profile!)
        : undefined;
  if (section === undefined) throw new UsageError(`there is no setting '${key}'; accepted: ${settingKeys.join(', ')}`);
  if (/[\r\n]/.test(value)) throw new UsageError(`${key} holds a line break`);
  const fresh = section === 'core' ? {} : freshServer;
  const sections = { ...settings.sections, [section]: { ...(settings.sections[section] ?? fresh), [key]: value } };
  if (key === 'profile') sections[value] ??= { ...freshServer };
  writePrivate(settings.file, printIni(sections));
  return section;
}

export function writePrivate(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, text, { mode: 0o600 });
  renameSync(aside, file);
}

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new UsageError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

function parseIni(text: string): Record<string, Section> {
  const sections: Record<string, Section> = {};
  let current: Section = {};
  for (const line of text.split(/\r?\n/)) {
    const heading = /^\s*\[(.+)\]\s*$/.exec(line)?.[1];
    const pair = /^\s*([^;#=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (heading !== undefined) current = sections[heading] ??= {};
    else if (pair) current[pair[1]!] = pair[2]!.replace(/^(["`])(.*)\1$/, '$2');
  }
  return sections;
}

const quoteIni = (value: string): string => (/^["`].*["`]$|[;#]/.test(value) ? `\`${value}\`` : value);
const printIni = (sections: Record<string, Section>): string =>
  Object.entries(sections)
    .map(
      ([name, section]) =>
        `[${name}]\n${Object.entries(section)
          .map(([key, value]) => `${key} = ${quoteIni(value)}\n`)
          .join('')}`,
    )
    .join('\n');
