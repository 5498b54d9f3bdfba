// The commands there are, as people write them: `list virtualmachines` finds listVirtualMachines.
// Descriptions lie in text, one line per command, and only the line asked for is parsed: a start costs no definitions.
// Invariant: every command is found by its name in any case, by its verb and noun, and by the other grammatical number.
import { UsageError } from './world.ts';

export interface Parameter {
  readonly name: string;
  /** As listApis names it; `uuids` is a list of ids. */
  readonly type: string;
  readonly required: boolean;
  readonly summary: string;
  /** Commands that list what an id can name. */
  readonly lists?: readonly string[];
  readonly values?: readonly string[];
  readonly hidden?: boolean;
}

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly isAsync: boolean;
  readonly http: 'GET' | 'POST';
  readonly params: readonly Parameter[];
}

export interface Catalog {
  readonly names: readonly string[];
  get(name: string): Verb | undefined;
  /** The command that words name. Throws UsageError with near ones. */
  find(words: readonly string[]): Verb;
  /** The same, or undefined. */
  match(words: readonly string[]): Verb | undefined;
}

/** `listZones` is `list` and `zones`; `login` is `login` and nothing. */
export function splitName(name: string): { verb: string; noun: string } {
  const verb = /^[a-z0-9]+/.exec(name)?.[0] ?? name;
  return { verb, noun: name.slice(verb.length).toLowerCase() };
}

/** One form for singular and plural. */
export const fold = (name: string): string =>
  name
    .toLowerCase()
    .replace(/ies$/, 'y')
    .replace(/[es]+$/, '');

const writeLine = (verb: Verb): string => `${verb.name}\t${JSON.stringify(verb)}`;
export const toText = (verbs: readonly Verb[]): string => verbs.map(writeLine).join('\n');

/** `builtIn` wins over `synced` where both know a command; parameters only the latter knows are added. */
export function openCatalog(builtIn: string, synced = ''): Catalog {
  const lines = new Map<string, string[]>();
  const folded = new Map<string, string>();
  for (const line of `${builtIn}\n${synced}`.split('\n').filter((text) => text !== '')) {
    const key = line.slice(0, line.indexOf('\t')).toLowerCase();
    lines.set(key, [...(lines.get(key) ?? []), line]);
    if (!folded.has(fold(key))) folded.set(fold(key), key);
  }
  const get = (name: string): Verb | undefined => lines.get(name.toLowerCase())?.map(readLine).reduce(merge);
  const names = [...lines.values()].map(([line]) => line!.slice(0, line!.indexOf('\t')));
  const match = (words: readonly string[]): Verb | undefined => {
    const key = words.join('').toLowerCase();
    return get(lines.has(key) ? key : (folded.get(fold(key)) ?? ''));
  };
  return { names, get, match, find: (words) => match(words) ?? refuse(words, names) };
}

const readLine = (line: string): Verb => JSON.parse(line.slice(line.indexOf('\t') + 1)) as Verb;

function merge(known: Verb, synced: Verb): Verb {
  const names = new Set(known.params.map(({ name }) => name));
  return { ...known, params: [...known.params, ...synced.params.filter(({ name }) => !names.has(name))] };
}

function refuse(words: readonly string[], names: readonly string[]): never {
  const [first = ''] = words;
  const siblings = names.filter((name) => splitName(name).verb === first.toLowerCase());
  if (words.length === 1 && siblings.length) throw new UsageError(`${first} what? 'nephos help ${first}' lists it all`);
  const near = nearest(words.join(''), names);
  const offered = near.length || siblings.length > FEW ? near : siblings;
  const overview = siblings.length ? `'nephos help ${first}' lists what can follow` : `'nephos help' lists the verbs`;
  const hint = offered.length
    ? `did you mean: ${offered.map(spoken).join(', ')}?`
    : `${overview}; 'nephos sync' learns what else the server has`;
  throw new UsageError(`unknown command '${words.join(' ')}'; ${hint}`);
}

const FEW = 4;

/** A command as a person says it: `list zones`. */
export function spoken(name: string): string {
  const { verb, noun } = splitName(name);
  return noun ? `${verb} ${noun}` : verb;
}

/** The names most like the word: few letters differ, or they contain it. */
export function nearest(word: string, names: readonly string[], most = 4): string[] {
  const wanted = word.toLowerCase();
  const limit = Math.max(2, Math.floor(wanted.length / 4));
  const ranked = names
    .map((name) => ({ name, far: distance(wanted, name.toLowerCase()) }))
    .filter(({ far }) => far <= limit);
  const close = ranked.sort((a, b) => a.far - b.far).map(({ name }) => name);
  const holding = wanted.length > 2 ? names.filter((name) => name.toLowerCase().includes(wanted)) : [];
  return [...new Set([...close, ...holding])].slice(0, most);
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of Array.from(a).entries()) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1)
      next.push(Math.min(row[j + 1]! + 1, next[j]! + 1, row[j]! + (letter === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
