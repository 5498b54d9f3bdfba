// One command of the API from its words to its printed answer, waiting for its job unless told not to.
// Invariant: standard output holds the answer and nothing else; what is said about it goes to standard error.
import { JobUnfinished } from '../sdk/failure.ts';
import type { Answer } from '../sdk/transport.ts';
import { readPairs, requireAll, splitWords } from './arguments.ts';
import { splitName } from './catalog.ts';
import type { Verb } from './catalog.ts';
import type { Context } from './context.ts';
import { resolveNames } from './names.ts';
import { openDisplay } from './progress.ts';
import { render, rowsOf } from './render.ts';

export async function runApiCommand(words: readonly string[], context: Context): Promise<void> {
  const { command, pairs } = splitWords(words);
  const catalog = await context.catalog();
  const verb = catalog.find(command);
  const { params, filter } = readPairs(verb, pairs, context.world.cwd);
  requireAll(verb, params);
  const client = context.client();
  const resolved = await resolveNames({ client, catalog }, verb, params);
  const answer = await client.request(verb.name, resolved, verb.http);
  const waits =
    typeof answer.jobid === 'string' &&
    verb.isAsync &&
    !context.flags['no-wait'] &&
    context.settings.core.asyncblock !== 'false';
  await print(verb, waits ? await waitWatched(verb, answer.jobid as string, context) : answer, { context, filter });
}

async function waitWatched(verb: Verb, jobId: string, context: Context): Promise<Answer> {
  const display = await openDisplay(verb.name, context.world);
  const stopWaiting = new AbortController();
  const onInterrupt = (): void => stopWaiting.abort();
  process.once('SIGINT', onInterrupt);
  try {
    const timeoutS = Number(context.settings.core.timeout);
    const made = await context
      .client()
      .waitFor(jobId, { timeoutS, signal: stopWaiting.signal, onProgress: (progress) => display.show(progress) });
    display.end('done');
    return made;
  } catch (error) {
    const isLeft = stopWaiting.signal.aborted || error instanceof JobUnfinished;
    display.end(isLeft ? 'left' : 'failed');
    if (!stopWaiting.signal.aborted) throw error;
    throw new Error(`no longer waiting; the job goes on: nephos query asyncjobresult jobid=${jobId}`, { cause: error });
  } finally {
    process.removeListener('SIGINT', onInterrupt);
  }
}

async function print(
  verb: Verb,
  answer: Answer,
  { context, filter }: { context: Context; filter: readonly string[] },
): Promise<void> {
  const { world, format } = context;
  const { text, note } = await render(answer, { format, filter, columns: world.columns });
  world.out(text);
  if (note) world.err(`${note}\n`);
  if (splitName(verb.name).verb !== 'list') return;
  const shown = rowsOf(answer).length;
  if (shown === 0) world.err(`${verb.name}: nothing found\n`);
  else if (typeof answer.count === 'number' && answer.count > shown)
    world.err(`${shown} of ${answer.count} shown; page= and pagesize= choose which\n`);
}
