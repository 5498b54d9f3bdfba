// Writes docs/parity.md: which of CloudStack's commands there are here, area by area.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { commands, laterCommands } from '#api/commands.ts';
import type { Command } from '#api/define.ts';
import { commandFacts } from '#test/contract/facts.ts';

const page = new URL('../../docs/parity.md', import.meta.url);

export function parity(): string {
  const areas = Map.groupBy(Object.keys(commandFacts), (name) => commandFacts[name]!.area);
  const rows = [...areas].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([area, names]) => row(area, names));
  const own = Object.values<Command>(commands).filter((command) => command.own);
  const served = Object.keys(commands).filter((name) => name in commandFacts).length;
  return [
    '<!-- Written by tools/parity/main.ts. Do not edit. -->',
    "# Parity with CloudStack's API",
    '',
    `${served} of ${Object.keys(commandFacts).length} commands of CloudStack 4.23 are served. In *italics*: written down, not served yet.`,
    '',
    '| area | served | all | commands served | missing |',
    '|---|--:|--:|---|---|',
    ...rows,
    '',
    `Ours, beside them: ${own.map(({ name, summary }) => `${name} (${summary.charAt(0).toLowerCase()}${summary.slice(1)})`).join('; ')}.`,
    '',
  ].join('\n');
}

function row(area: string, names: readonly string[]): string {
  const served = names.filter((name) => name in commands);
  const missing = names
    .filter((name) => !(name in commands))
    .map((name) => (name in laterCommands ? `*${name}*` : name));
  return `| ${area.replace(/^\d+ /, '')} | ${served.length} | ${names.length} | ${served.join(' ')} | ${missing.join(' ')} |`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  writeFileSync(page, parity());
