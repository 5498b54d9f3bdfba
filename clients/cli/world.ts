// What the client sees of its surroundings: files below a home, variables, two streams. A test hands over another one.
// The two ways a person gets it wrong end here too: exit code 2 for a wrong command line, 1 for all else.
import { homedir } from 'node:os';

export interface World {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
  /** Columns of the terminal that standard output is; undefined when it is none. */
  readonly columns: number | undefined;
  /** Whether a person looks at standard error. */
  readonly isWatched: boolean;
  /** Whether a person can answer: standard input and output are terminals. */
  readonly isInteractive: boolean;
  out(text: string): void;
  err(text: string): void;
}

export function processWorld(): World {
  const { stdin, stdout, stderr, env } = process;
  return {
    env,
    home: homedir(),
    cwd: process.cwd(),
    columns: (stdout.isTTY && stdout.columns) || undefined,
    // A terminal that does not know its width has nobody before it, and a live line would never be done erasing itself.
    isWatched: stderr.isTTY && stderr.columns > 0,
    isInteractive: stdin.isTTY && stdout.isTTY,
    out: (text) => {
      stdout.write(text);
    },
    err: (text) => {
      stderr.write(text);
    },
  };
}

/** The command line is wrong; nothing was sent. */
export class UsageError extends Error {
  override name = 'UsageError';
}

export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;
