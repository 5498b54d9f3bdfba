// Reads the words of a command line: flags, the words of the command, and `key=value` in all its forms.
// Invariant: nothing here talks to a server; what is wrong is said before anything is sent.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { WireParams } from '../sdk/signature.ts';
import { nearest } from './catalog.ts';
import type { Verb } from './catalog.ts';
import type { Flags } from './settings.ts';
import { UsageError } from './world.ts';

export function readFlags(argv: readonly string[]): { flags: Flags; words: string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        output: { type: 'string', short: 'o' },
        profile: { type: 'string', short: 'p' },
        url: { type: 'string', short: 'u' },
        apikey: { type: 'string', short: 'k' },
        secretkey: { type: 'string', short: 's' },
        config: { type: 'string', short: 'c' },
        debug: { type: 'boolean', short: 'd' },
        version: { type: 'boolean', short: 'v' },
        help: { type: 'boolean', short: 'h' },
        'no-wait': { type: 'boolean' },
      },
    });
    return { flags: values, words: positionals };
  } catch (error) {
    throw new UsageError(reasonOf(error).split(/\. |\n/, 1)[0] ?? '');
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Splits a line of the interactive shell: quotes of both kinds keep blanks, a backslash keeps the next letter. */
export function splitLine(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const letter = line[at]!;
    if (letter === '\\' && quote !== "'" && at + 1 < line.length) word = (word ?? '') + line[(at += 1)]!;
    else if (quote !== '') [word, quote] = letter === quote ? [word, ''] : [(word ?? '') + letter, quote];
    else if (letter === '"' || letter === "'") [word, quote] = [word ?? '', letter];
    else if (!/\s/.test(letter)) word = (word ?? '') + letter;
    else if (word !== undefined) [word] = [undefined, words.push(word)];
  }
  if (quote !== '') throw new UsageError(`a quote ${quote} is not closed`);
  return word === undefined ? words : [...words, word];
}

/** The words before the first `key=value`, and the pairs. */
export function splitWords(words: readonly string[]): { command: string[]; pairs: string[] } {
  const first = words.findIndex((word) => word.includes('='));
  return first < 0 ? { command: [...words], pairs: [] } : { command: words.slice(0, first), pairs: words.slice(first) };
}

export interface Given {
  params: WireParams;
  filter: string[];
}

const PAIR = /^([a-z][\w.-]*)((?:\[\d+\](?:\.[^=]*)?)?)=(.*)$/is;
/** Accepted by every command without being listed. */
const common = ['customjobid', 'response'];

export function readPairs(verb: Verb, pairs: readonly string[], cwd: string): Given {
  const params: Record<string, string> = {};
  let filter: string[] = [];
  for (const pair of pairs) {
    const [, name = '', bracket = '', value = ''] =
      PAIR.exec(pair) ?? refuse(`'${pair}' is no parameter; key=value is accepted`);
    const key = name.toLowerCase();
    if (key === 'filter')
      filter = value
        .split(',')
        .map((field) => field.trim())
        .filter(Boolean);
    else params[checkName(verb, key) + bracket] = encodeIfUserData(key, readValue(value, cwd));
  }
  delete params.response;
  return { params, filter };
}

function checkName(verb: Verb, key: string): string {
  const names = verb.params.map(({ name }) => name);
  const known = names.find((name) => name.toLowerCase() === key) ?? common.find((name) => name === key);
  if (known !== undefined) return known;
  const near = nearest(key, names);
  return refuse(
    `${verb.name} has no parameter '${key}'; ${near.length ? `did you mean: ${near.join(', ')}?` : `accepted: ${names.join(', ') || '(none)'}`}`,
  );
}

function readValue(value: string, cwd: string): string {
  if (!/^@./.test(value)) return value;
  try {
    return readFileSync(resolve(cwd, value.slice(1)), 'utf8');
  } catch (error) {
    return refuse(`cannot read ${value.slice(1)}: ${reasonOf(error)}`);
  }
}

// The API takes user data in base64 only, so text that cannot be base64 can only be meant as the text itself.
const BASE64 = /^[A-Za-z0-9+/\s]*={0,2}\s*$/;
const encodeIfUserData = (key: string, value: string): string =>
  key === 'userdata' && !BASE64.test(value) ? Buffer.from(value).toString('base64') : value;

export function requireAll(verb: Verb, params: WireParams): void {
  const given = new Set(Object.keys(params).map((name) => name.replace(/\[.*/s, '')));
  const missing = verb.params
    .filter(({ name, required }) => required && !given.has(name))
    .map(({ name }) => `${name}=`);
  if (missing.length) refuse(`${verb.name} needs ${missing.join(' ')}; '-h' explains its parameters`);
}

function refuse(text: string): never {
  throw new UsageError(text);
}
