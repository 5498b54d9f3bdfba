// What could come next on a command line: verbs, nouns, parameters, values, and ids with the names of what they name.
// Invariant: completion never fails and never waits long; what it cannot find out it does not offer.
import { readFlags, splitLine } from './arguments.ts';
import { splitName } from './catalog.ts';
import type { Catalog, Parameter, Verb } from './catalog.ts';
import { openContext } from './context.ts';
import type { Context } from './context.ts';
import { nounsOf, ownCommands, typeOf } from './help.ts';
import { candidatesFor } from './names.ts';
import { formats, settingKeys } from './settings.ts';
import type { Flags } from './settings.ts';
import type { World } from './world.ts';

/** `text` replaces the last word; `note` tells a person what it is. */
export interface Completion {
  text: string;
  note?: string;
}

const PATIENCE_MS = 3000;

export async function complete(line: string, context: Context): Promise<Completion[]> {
  const open = /\s$/.test(line) ? '' : (/\S*$/.exec(line)?.[0] ?? '');
  const before = wordsOf(line.slice(0, line.length - open.length));
  const found = await Promise.race([offers(before, open, context), giveUp()]).catch(() => []);
  return found.filter(({ text }) => text.toLowerCase().startsWith(open.toLowerCase()));
}

const giveUp = (): Promise<Completion[]> =>
  new Promise((resolve) => {
    setTimeout(() => resolve([]), PATIENCE_MS).unref();
  });

function wordsOf(text: string): string[] {
  try {
    return splitLine(text);
  } catch {
    return []; // an open quote: nothing to offer
  }
}

function flagsOf(words: readonly string[]): { flags: Flags; words: string[] } {
  try {
    return readFlags(words);
  } catch {
    return { flags: {}, words: words.filter((word) => !word.startsWith('-')) };
  }
}

const plain = (texts: readonly string[]): Completion[] => texts.map((text) => ({ text }));

async function offers(before: readonly string[], open: string, context: Context): Promise<Completion[]> {
  const last = before.at(-1);
  if (last === '-o' || last === '--output') return plain(formats);
  if (last === '-p' || last === '--profile')
    return plain(Object.keys(context.settings.sections).filter((name) => name !== 'core'));
  const { words } = flagsOf(before);
  const catalog = await context.catalog();
  if (words[0] === 'completion') return plain(['bash', 'zsh', 'fish']);
  if (words[0] === 'set') return words.length === 1 ? plain(settingKeys) : [];
  const command = (words[0] === 'help' ? words.slice(1) : words).filter((word) => !word.includes('='));
  const verb = command.length ? catalog.match(command) : undefined;
  if (verb && words[0] !== 'help')
    return open.includes('=') ? valuesOf(verb, { open, words, context }) : parametersOf(verb, words);
  return verb ? [] : namesAfter(command, catalog);
}

function namesAfter(command: readonly string[], catalog: Catalog): Completion[] {
  const [verb] = command;
  if (command.length > 1) return [];
  if (verb !== undefined)
    return nounsOf(verb, catalog).map((name) => ({
      text: splitName(name).noun,
      note: catalog.get(name)?.summary ?? '',
    }));
  return plain(
    [...new Set([...catalog.names.map((name) => splitName(name).verb), ...Object.keys(ownCommands)])].sort(),
  );
}

function parametersOf(verb: Verb, words: readonly string[]): Completion[] {
  const given = new Set(words.map((word) => word.split(/[=[]/, 1)[0]!.toLowerCase()));
  const left = verb.params.filter(({ name, hidden }) => !hidden && !given.has(name.toLowerCase()));
  const required = left.filter((param) => param.required);
  const offered = [...required, ...left.filter((param) => !param.required)];
  return [
    ...offered.map((param) => ({ text: `${param.name}${param.type === 'map' ? '[0].' : '='}`, note: noteOf(param) })),
    ...(given.has('filter') ? [] : [{ text: 'filter=', note: 'fields to show' }]),
  ];
}

const noteOf = (param: Parameter): string => [typeOf(param), param.summary].filter(Boolean).join(': ');

interface Place {
  open: string;
  words: readonly string[];
  context: Context;
}

async function valuesOf(verb: Verb, { open, words, context }: Place): Promise<Completion[]> {
  const [key = ''] = open.split('=', 1);
  const param = verb.params.find(({ name }) => name.toLowerCase() === key.toLowerCase());
  if (!param) return [];
  if (param.values) return plain(param.values.map((value) => `${key}=${value}`));
  if (param.type === 'boolean') return plain([`${key}=true`, `${key}=false`]);
  if (!param.lists || context.settings.core.autocomplete === 'false') return [];
  const params = Object.fromEntries(
    words.filter((word) => word.includes('=')).map((word) => word.split('=', 2) as [string, string]),
  );
  const catalog = await context.catalog();
  const earlier = param.type === 'uuids' ? open.slice(0, open.lastIndexOf(',') + 1) || `${key}=` : `${key}=`;
  const candidates = await candidatesFor({ client: context.client(), catalog }, param, { params });
  return candidates.map(({ id, label }) => ({ text: `${earlier}${id}`, note: label }));
}

/** The same for a program of a shell, from the whole line: one offer per line, as each shell wants it. */
export async function completionLines(shell: string, line: string, world: World): Promise<string> {
  const rest = line.replace(/^\s*\S+\s+/, '');
  const { flags } = flagsOf(wordsOf(rest.replace(/\S*$/, '')));
  const context = openContext({ ...flags, debug: false }, world);
  const found = await complete(rest, context).finally(() => context.close());
  if (shell === 'bash') return found.map((one) => `${forBash(one, { rest, isChoice: found.length > 1 })}\n`).join('');
  return found.map(({ text, note }) => `${text}\t${(note ?? '').replace(/\s+/g, ' ')}\n`).join('');
}

// To bash what follows `=` is a word of its own. It has no notes; beside an id they are shown while there is a choice.
function forBash({ text, note }: Completion, { rest, isChoice }: { rest: string; isChoice: boolean }): string {
  const [, value] = /=(.*)$/s.exec(text) ?? [];
  const isValue = /=\S*$/.test(rest) && value !== undefined;
  return `${isValue ? value : text}${isValue && note && isChoice ? ` (${note})` : ''}`;
}
