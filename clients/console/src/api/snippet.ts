// A call as somebody would type it: for our CLI, for CloudMonkey, for curl. Pure text.
// Invariant: what is shown can be pasted into a POSIX shell as it is; every value is quoted, and secrets are left out.
import type { WireParams } from './call.ts';

export const tools = ['nephos', 'cmk', 'curl'] as const;
export type Tool = (typeof tools)[number];

export interface Call {
  readonly command: string;
  readonly params: WireParams;
  /** Names of parameters whose value is not shown. */
  readonly secrets?: readonly string[];
}

const SAFE = /^[A-Za-z0-9_@%+=:,./-]+$/;
export const quote = (text: string): string => (SAFE.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** «deploy virtualmachine» from deployVirtualMachine. */
export function verbAndNoun(command: string): string {
  const [, verb = command, noun = ''] = /^([a-z]+)(.*)$/.exec(command) ?? [];
  return noun ? `${verb} ${noun.toLowerCase()}` : verb;
}

export function snippet(
  tool: Tool,
  { command, params, secrets = [] }: Call,
  at: { origin: string; user: string },
): string {
  const pairs = Object.entries(params).map(
    ([name, value]) => [name, secrets.includes(name) ? undefined : value] as const,
  );
  return tool === 'curl' ? curl(command, pairs, at) : cli(tool, command, pairs);
}

type Pairs = readonly (readonly [name: string, value: string | undefined])[];

function cli(tool: string, command: string, pairs: Pairs): string {
  const words = pairs.map(([name, value]) =>
    value === undefined
      ? `${name}="$${shout(name)}"`
      : /^[a-z0-9]+$/.test(name)
        ? `${name}=${quote(value)}`
        : quote(`${name}=${value}`),
  );
  return lines([`${tool} ${verbAndNoun(command)}`, ...words]);
}

const shout = (name: string): string => name.replace(/\W/g, '_').toUpperCase();

/** With a session: its key is needed besides its cookies. */
function curl(command: string, pairs: Pairs, { origin, user }: { origin: string; user: string }): string {
  const api = `${origin}/client/api`;
  const given = pairs.map(
    ([name, value]) =>
      `--data-urlencode ${value === undefined ? `"${name}=$${shout(name)}"` : quote(`${name}=${value}`)}`,
  );
  const login = lines([
    `key=$(curl -s -c nephos.cookies ${quote(api)}`,
    '-d command=login -d response=json',
    `--data-urlencode ${quote(`username=${user}`)} --data-urlencode "password=$PASSWORD"`,
    '| jq -r .loginresponse.sessionkey)',
  ]);
  const call = lines([
    `curl -s -b nephos.cookies ${quote(api)}`,
    `-d command=${command} -d response=json --data-urlencode "sessionkey=$key"`,
    ...given,
  ]);
  return `${login}\n${call}`;
}

const WIDE = 76;

/** On one line when it is short, else one word a line. */
const lines = (words: readonly string[]): string => {
  const flat = words.join(' ');
  return flat.length <= WIDE ? flat : words.join(' \\\n  ');
};
