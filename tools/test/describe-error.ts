// The error of a failed test as text: its own message and stack, not those of the test runner around it.
import { inspect } from 'node:util';

/** The runner wraps an error of a test in one of its own and keeps it as the cause. */
export function describeError(error: Error & { cause?: unknown; failureType?: string }): string {
  const cause = error.cause ?? error;
  if (!(cause instanceof Error)) return indented(typeof cause === 'string' ? cause : inspect(cause));
  const inner = cause.cause === undefined ? '' : `\ncaused by: ${inspect(cause.cause)}`;
  return indented(withoutRunner(cause.stack ?? String(cause)) + inner);
}

const withoutRunner = (stack: string): string =>
  stack
    .split('\n')
    .filter((line) => !/^\s+at .*\(?node:internal\//.test(line))
    .join('\n');

const indented = (text: string): string => text.replace(/^/gm, '  ');
