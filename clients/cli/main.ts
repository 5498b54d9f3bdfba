// `nephos`: the command-line client. Reads the line, hands it to whoever does it, and turns errors into text and exit codes.
// Invariant: what is not needed for the line at hand is not loaded.
import { readFileSync } from 'node:fs';
import { exitCodes, processWorld, UsageError } from './world.ts';
import type { World } from './world.ts';
import type { Context } from './context.ts';

/** The exit code. */
export async function run(argv: readonly string[], world: World): Promise<number> {
  try {
    if (argv.length === 1 && ['-v', '--version', 'version'].includes(argv[0]!)) return printVersion(world);
    if (argv[0] === '__complete') return await printCompletion(argv.slice(1), world);
    if (argv[0] === 'simulate') return await (await import('./simulate.ts')).runSimulate(argv.slice(1), world);
    const { readFlags } = await import('./arguments.ts');
    const { flags, words } = readFlags(argv);
    if (flags.version) return printVersion(world);
    if (words.length === 0 && !flags.help && world.isInteractive) {
      await (await import('./shell.ts')).runShell(flags, world, execute);
      return exitCodes.ok;
    }
    const { openContext } = await import('./context.ts');
    const context = openContext(flags, world);
    return await execute(flags.help || words.length === 0 ? ['help', ...words] : words, context).finally(() =>
      context.close(),
    );
  } catch (error) {
    return tell(error, world);
  }
}

async function execute(words: readonly string[], context: Context): Promise<number> {
  try {
    return await dispatch(words, context);
  } catch (error) {
    const code = tell(error, context.world);
    if (error instanceof Error && error.name === 'ConnectionFailure')
      context.world.err(`profile ${context.settings.profile}; 'nephos set' shows and changes it\n`);
    return code;
  }
}

async function dispatch(words: readonly string[], context: Context): Promise<number> {
  const { world } = context;
  const [first = '', ...rest] = words;
  if (first === 'doctor')
    return (await (await import('./doctor.ts')).runDoctor(rest, context)) ? exitCodes.ok : exitCodes.failed;
  if (first === 'help') world.out((await import('./help.ts')).helpText(commandOf(words), await context.catalog()));
  else if (first === 'set') (await import('./configure.ts')).runSet(rest, context);
  else if (first === 'sync' && rest.length === 0) await (await import('./configure.ts')).runSync(context);
  else if (first === 'version') printVersion(world);
  else if (first === 'completion') world.out(await completionScript(rest[0]));
  else await (await import('./api-command.ts')).runApiCommand(words, context);
  return exitCodes.ok;
}

const commandOf = (words: readonly string[]): string[] =>
  words.filter((word) => word !== 'help' && !word.startsWith('-') && !word.includes('='));

// For the scripts of `nephos completion`, which hide what goes wrong: nobody wants an error in the middle of a line.
async function printCompletion([shell = '', line = '']: readonly string[], world: World): Promise<number> {
  const { completionLines } = await import('./complete.ts');
  world.out(await completionLines(shell, line, world).catch(() => ''));
  return exitCodes.ok;
}

async function completionScript(shell = ''): Promise<string> {
  const { completionScripts } = await import('./completion-scripts.ts');
  const script = completionScripts[shell];
  if (script === undefined)
    throw new UsageError(`completion for which shell? accepted: ${Object.keys(completionScripts).join(', ')}`);
  return script;
}

function printVersion(world: World): number {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  world.out(`nephos ${version}\n`);
  return exitCodes.ok;
}

function tell(error: unknown, world: World): number {
  const isUsage = error instanceof UsageError;
  world.err(`${error instanceof Error ? error.message : String(error)}\n`);
  return isUsage ? exitCodes.usage : exitCodes.failed;
}

if (import.meta.main) {
  // A reader that has enough (`| head`) ends us quietly.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? exitCodes.ok : exitCodes.failed),
  );
  process.exitCode = await run(process.argv.slice(2), processWorld());
}
