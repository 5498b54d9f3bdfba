// What a person can type: an overview, the nouns of a verb, the parameters of a command.
import { splitName, spoken } from './catalog.ts';
import type { Catalog, Parameter, Verb } from './catalog.ts';

export const ownCommands: Readonly<Record<string, string>> = {
  help: 'help [verb] [noun]: this, the nouns of a verb, the parameters of a command',
  doctor:
    'doctor [area]: look for what is stuck, silent, late, full or expiring, and say what to do; exit code 1 when there is any',
  set: 'set [key] [value]: show or change a setting of the configuration or of the profile in use',
  simulate:
    'simulate [--zones N] [--hosts N] [--vms N]: a simulated region on this machine, to try and to measure; simulate help says more',
  sync: 'sync: learn from the server which commands it has that are not built in',
  completion: 'completion bash|zsh|fish: print the script that completes this client in a shell',
  version: 'version: print the version',
  exit: 'exit: leave the interactive shell',
};

const FLAGS = `  -o, --output json|table|text|csv|column|yaml|jsonl
  -p, --profile name    -c, --config file
  -u, --url url         -k, --apikey key       -s, --secretkey key
      --no-wait         answer with the job instead of waiting for it
  -d, --debug           show requests          -h, --help    -v, --version`;

export function helpText(words: readonly string[], catalog: Catalog): string {
  const [first = ''] = words;
  if (words.length === 0) return overview(catalog);
  const verb = catalog.match(words);
  if (verb) return commandHelp(verb);
  const own = words.length === 1 ? ownCommands[first] : undefined;
  const nouns = words.length === 1 ? nounsOf(first, catalog) : [];
  if (nouns.length) return columns(nouns.map((name) => [spoken(name), catalog.get(name)?.summary ?? '']));
  return own ? `${own}\n` : commandHelp(catalog.find(words));
}

export const nounsOf = (verb: string, catalog: Catalog): string[] =>
  catalog.names.filter((name) => splitName(name).verb === verb.toLowerCase() && splitName(name).noun).sort();

function overview(catalog: Catalog): string {
  const counts = new Map<string, number>();
  for (const name of catalog.names) counts.set(splitName(name).verb, (counts.get(splitName(name).verb) ?? 0) + 1);
  const verbs = [...counts]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([verb, count]) => (count > 1 ? `${verb} (${count})` : verb));
  return `Usage: nephos <verb> <noun> [key=value …] [flags]
       nephos list virtualmachines zoneid=zone1 filter=id,name,state -o table

A value @file is the file's content; a name may stand where an id is wanted; details[0].key=value fills maps.
Without arguments it is an interactive shell.

Verbs: ${wrap(verbs.join(', '), 72, '       ')}

Also:
${columns(Object.values(ownCommands).map((text) => [`  ${text}`]))}
Flags:
${FLAGS}
`;
}

function commandHelp(verb: Verb): string {
  const shown = verb.params.filter(({ hidden }) => !hidden);
  const inOrder = [...shown.filter(({ required }) => required), ...shown.filter(({ required }) => !required)];
  const head = `${verb.name}: ${verb.summary}${verb.isAsync ? '\nAsynchronous: waits for its job unless --no-wait is given.' : ''}\n`;
  return inOrder.length
    ? `${head}\n${columns(inOrder.map((param) => [`  ${param.name}=`, typeOf(param), explain(param)]))}`
    : `${head}\nIt takes no parameters.\n`;
}

const plurals: Readonly<Record<string, string>> = { uuids: 'uuid list', strings: 'list', integers: 'integer list' };
export const typeOf = ({ type, required }: Parameter): string =>
  `${plurals[type] ?? type}${required ? ', required' : ''}`;

function explain({ summary, values, lists }: Parameter): string {
  const choice = values ? `one of ${values.join(', ')}` : lists ? `see ${lists.map(spoken).join(', ')}` : '';
  return [summary, choice].filter(Boolean).join('; ');
}

function columns(rows: readonly string[][]): string {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((text, index) => Math.max(most[index] ?? 0, text.length)),
    [],
  );
  return rows
    .map(
      (row) =>
        `${row
          .map((text, index) => text.padEnd(widths[index]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function wrap(text: string, width: number, indent: string): string {
  const lines = [''];
  for (const word of text.split(/(?<=,) /)) {
    if (`${lines.at(-1)} ${word}`.length > width) lines.push('');
    lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines.join(`\n${indent}`);
}
