// Runs test files with node:test, each in a process of its own, and prints what a reader needs: every failure with its
// error and with what its file has printed, and with `names` also every test that passed.
// Invariant: every file ends. One that hangs, or whose tests are over while it holds something open, is ended and failed.
import { relative } from 'node:path';
import { run } from 'node:test';
import type { TestEvent } from 'node:test/reporters';
import { describeError } from './describe-error.ts';
import { NOTHING, sum, type Tally } from './tally.ts';

export type RunOptions = {
  root: string;
  /** Files at once. */
  concurrency: number;
  /** For one file. */
  timeoutS: number;
  names: boolean;
  signal: AbortSignal;
};

/** How long a file may go on when none of its tests is under way: hooks that end servers take a moment. */
const LEFT_OPEN_AFTER_S = 60;
const KEPT_OUTPUT = 20_000;

/** `files` are absolute. */
export async function runFiles(files: readonly string[], options: RunOptions): Promise<Tally> {
  const waiting = files.values();
  const worker = async (): Promise<Tally> => {
    let tally = NOTHING;
    for (const file of waiting) if (!options.signal.aborted) tally = sum(tally, await runFile(file, options));
    return tally;
  };
  const tallies = await Promise.all(Array.from({ length: options.concurrency }, worker));
  return tallies.reduce(sum, NOTHING);
}

async function runFile(file: string, options: RunOptions): Promise<Tally> {
  const tally = { ...NOTHING };
  const patience = watch(options);
  const signal = AbortSignal.any([options.signal, patience.signal]);
  let output = '';
  const events = run({ files: [file], cwd: options.root, signal, isolation: 'process' }) as AsyncIterable<TestEvent>;
  for await (const event of events) {
    patience.saw(event);
    if (event.type === 'test:stdout' || event.type === 'test:stderr')
      output = (output + event.data.message).slice(-KEPT_OUTPUT);
    // They come after the end of their test.
    if (event.type === 'test:diagnostic' && !isSummary(event.data.message) && (options.names || tally.failed > 0))
      console.log(`    ${event.data.message}`);
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    if (!isCounted(event)) continue;
    count(tally, event);
    if (event.type === 'test:fail' && event.data.todo === undefined) {
      printFailure(event.data, options.root, signal.aborted ? (signal.reason as Error) : undefined);
      output = printOutput(output);
    } else if (options.names) {
      console.log(
        `  ${event.data.skip === undefined ? '✔' : '-'} ${event.data.name} (${event.data.details.duration_ms.toFixed(0)} ms)`,
      );
    }
  }
  patience.end();
  if (sumOf(tally) > 0) return tally;
  console.log(`\n✖ ${relative(options.root, file)}:1 has no tests`);
  return { ...NOTHING, failed: 1 };
}

/** node:test's own counts of a file; the others are what tests measured, and seeds by which they can be repeated. */
const isSummary = (message: string): boolean =>
  /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message);

type Failed = Extract<TestEvent, { type: 'test:fail' }>['data'];
type Ended = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;

/** A suite that passed, or failed only because a test in it did, adds nothing to its tests; so does a file. */
function isCounted({ type, data }: Ended): boolean {
  if (type === 'test:pass') return data.details.type !== 'suite' && data.name !== data.file;
  return (data.details.error as Error & { failureType?: string }).failureType !== 'subtestsFailed';
}

const sumOf = ({ passed, failed, skipped }: Tally): number => passed + failed + skipped;

function count(tally: Tally, { type, data }: Ended): void {
  if (data.skip !== undefined || data.todo !== undefined) tally.skipped++;
  else if (type === 'test:pass') tally.passed++;
  else tally.failed++;
}

function printFailure(data: Failed, root: string, impatient: Error | undefined): void {
  const place = `${relative(root, data.file ?? data.name)}:${data.line ?? 1}`;
  const name = data.name === data.file ? 'the file itself' : data.name;
  console.log(`\n✖ ${place} ${name}\n${describeError(impatient ?? data.details.error)}`);
}

/** Prints what a file has printed until now; what is left to print of it is nothing. */
function printOutput(text: string): string {
  if (text) console.log(`  the file has printed:\n${text.trimEnd().replace(/^/gm, '  | ')}`);
  return '';
}

/** Gives up on a file: `signal` is aborted, with an Error that says why, when its time is over or it only sits there. */
function watch({ timeoutS }: RunOptions): { signal: AbortSignal; saw: (event: TestEvent) => void; end: () => void } {
  const control = new AbortController();
  const stop = (why: string) => () => control.abort(new Error(why));
  const tooLong = setTimeout(stop(`still running after ${timeoutS} s`), timeoutS * 1000);
  let idle: NodeJS.Timeout | undefined;
  let underWay = 0;
  const leftOpen = stop(
    `its tests are over, but something is left open (a timer, a socket, a process) for ${LEFT_OPEN_AFTER_S} s`,
  );
  const saw = ({ type, data }: TestEvent) => {
    if (type === 'test:enqueue' && data.nesting === 0 && data.name !== data.file) underWay++;
    if (type === 'test:complete' && data.nesting === 0 && data.name !== data.file) underWay--;
    clearTimeout(idle);
    if (type === 'test:complete' && underWay === 0) idle = setTimeout(leftOpen, LEFT_OPEN_AFTER_S * 1000);
  };
  const end = () => {
    clearTimeout(tooLong);
    clearTimeout(idle);
  };
  return { signal: control.signal, saw, end };
}
