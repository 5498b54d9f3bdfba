// The interactive shell: the same command lines without `nephos` before them, with history and completion.
// Invariant: a line that holds a secret is not kept in the history.
import { createInterface } from 'node:readline';
import type { Interface } from 'node:readline';
import { join } from 'node:path';
import { complete } from './complete.ts';
import { openContext } from './context.ts';
import type { Context } from './context.ts';
import { homeFolder, readText, writePrivate } from './settings.ts';
import type { Flags } from './settings.ts';
import { readFlags, splitLine } from './arguments.ts';
import type { World } from './world.ts';

const HISTORY_LINES = 1000;
const HOLDS_SECRET = /(password|secretkey|apikey|token|privatekey)\s*[= ]|(^|\s)-[sk]/i;

/** Runs the words of one line and says itself what went wrong. */
export type Execute = (words: readonly string[], context: Context) => Promise<unknown>;

export async function runShell(flags: Flags, world: World, execute: Execute): Promise<void> {
  let context = openContext(flags, world);
  const terminal = openTerminal(world, (line) => complete(line, context));
  world.out(`Profile ${context.settings.profile} at ${context.settings.access.url}. 'help' helps, 'exit' leaves.\n`);
  const ask = (): void => {
    terminal.setPrompt(`(${context.settings.profile}) ${context.settings.core.prompt} > `);
    terminal.prompt();
  };
  ask();
  for await (const line of terminal) {
    if (/^\s*(exit|quit)\s*$/.test(line)) break;
    process.stdin.setRawMode(false); // so that Ctrl-C reaches a command that waits
    if (await runLine(line, context, execute)) context = await reopened(context);
    process.stdin.setRawMode(true);
    ask();
  }
  terminal.close();
  await context.close();
}

/** Whether the settings or the catalog may be others now. */
async function runLine(line: string, context: Context, execute: Execute): Promise<boolean> {
  try {
    const { flags, words } = readFlags(splitLine(line));
    if (words.length === 0) return false;
    const own = Object.keys(flags).length ? openContext({ ...context.flags, ...flags }, context.world) : context;
    await execute(flags.help ? ['help', ...words] : words, own);
    if (own !== context) await own.close();
    return words[0] === 'set' || words[0] === 'sync';
  } catch (error) {
    context.world.err(`${(error as Error).message}\n`);
    return false;
  }
}

async function reopened(context: Context): Promise<Context> {
  await context.close();
  return openContext(context.flags, context.world);
}

function openTerminal(world: World, offers: (line: string) => ReturnType<typeof complete>): Interface {
  const file = join(homeFolder(world), 'history');
  const kept = (readText(file) ?? '').split('\n').filter((line) => line !== '');
  const terminal = createInterface({
    input: process.stdin,
    output: process.stdout,
    history: kept,
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
    completer: (line: string, done: (error: Error | null, result: [string[], string]) => void) => {
      offers(line).then(
        (found) => done(null, offersFor(line, found)),
        (error: Error) => done(error, [[], line]),
      );
    },
  });
  terminal.on('history', (lines) => {
    const clean = lines.filter((line) => !HOLDS_SECRET.test(line));
    writePrivate(file, `${clean.join('\n')}\n`);
  });
  terminal.on('SIGINT', () => {
    terminal.write(null, { ctrl: true, name: 'e' });
    terminal.write(null, { ctrl: true, name: 'u' });
  });
  return terminal;
}

// A single offer is taken as it is; several are shown with what they name.
function offersFor(line: string, found: Awaited<ReturnType<typeof complete>>): [string[], string] {
  const open = /\S*$/.exec(line)?.[0] ?? '';
  if (found.length === 1) return [[/[=.]$/.test(found[0]!.text) ? found[0]!.text : `${found[0]!.text} `], open];
  return [found.map(({ text, note }) => (note && /=./.test(text) ? `${text} (${note})` : text)), open];
}
