// The one place of the agent that starts programs. Arguments are vectors and never meet a shell, so a name from
// the outside can at worst be a wrong argument. It knows nothing of what the programs are for.
// Invariants: a failed program is always a CommandFailed; output is bounded; a supervised child is restarted with
// backoff until it is told to stop.
import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';

/** More than any program the agent runs prints; beyond it a program is broken and is ended. */
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;
const TAIL_LINES = 12;
const TERM_GRACE_S = 3;
/** How long what a program left in the background may hold its output open before it is read as ended. */
const DRAIN_MS = 200;

export type RunOptions = {
  /** Written to standard input, which is closed afterwards. */
  input?: string | Buffer;
  /** Default 60; 0 waits for ever. */
  timeoutS?: number;
  /** Added to the agent's own environment. */
  env?: Record<string, string>;
  cwd?: string;
  signal?: AbortSignal;
  /** Called with every piece of standard output as it arrives (for programs that tell their progress). */
  onStdout?: (text: string) => void;
  onStderr?: (text: string) => void;
};
export type RunResult = { stdout: string; stderr: string };

/** A program that could not be started, ended with another code than 0, was ended by a signal or took too long. */
export class CommandFailed extends Error {
  readonly program: string;
  /** Null when it never started or a signal ended it. */
  readonly exitCode: number | null;
  /** Last lines of standard error (of standard output when that is empty). */
  readonly tail: string;
  readonly timedOut: boolean;
  constructor(failed: {
    program: string;
    exitCode: number | null;
    tail: string;
    timedOut?: boolean;
    why: string;
    cause?: unknown;
  }) {
    super(`${failed.program} ${failed.why}${failed.tail === '' ? '' : `: ${failed.tail}`}`, { cause: failed.cause });
    this.name = 'CommandFailed';
    this.program = failed.program;
    this.exitCode = failed.exitCode;
    this.tail = failed.tail;
    this.timedOut = failed.timedOut ?? false;
  }
}

const lastLines = (text: string): string =>
  text
    .trim()
    .split(/\r?\n|\r/)
    .slice(-TAIL_LINES)
    .join('\n');

function programOf(argv: readonly string[]): string {
  const program = argv[0];
  if (program === undefined || program === '') throw new TypeError('a command needs at least the name of a program');
  // A NUL would end the argument early for the kernel, and is never part of an honest name.
  if (argv.some((argument) => argument.includes('\0')))
    throw new TypeError(`an argument of ${program} holds a NUL byte`);
  return program;
}

/** Messages in one language, and the administrator's programs found also where the path of an ordinary login lacks them. */
const environment = (added: Record<string, string> | undefined): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`,
  LC_ALL: 'C',
  ...added,
});

/** Run a program to its end. Resolves when it exits with 0, else rejects with CommandFailed. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const program = programOf(argv);
  const child = spawn(program, argv.slice(1), {
    shell: false,
    env: environment(options.env),
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let timedOut = false;
  let flooded = false;
  const onFlood = (): void => {
    flooded = true;
    child.kill('SIGKILL');
  };
  const onLate = (): void => {
    timedOut = true;
    child.kill('SIGKILL');
  };
  const stdout = collect(child.stdout, onFlood, options.onStdout);
  const stderr = collect(child.stderr, onFlood, options.onStderr);
  const timeoutS = options.timeoutS ?? 60;
  const timer = timeoutS > 0 ? setTimeout(onLate, timeoutS * 1000) : undefined;
  const abort = (): void => {
    child.kill('SIGTERM');
  };
  options.signal?.addEventListener('abort', abort, { once: true });
  if (options.signal?.aborted) abort();
  // A program may end without reading its input; that is its own business.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  try {
    const { code, signal } = await ended(child);
    const result = { stdout: stdout(), stderr: stderr() };
    if (code === 0 && !timedOut && !flooded) return result;
    const why = timedOut
      ? `took longer than ${timeoutS} s`
      : flooded
        ? 'printed too much'
        : signal === null
          ? `failed with code ${code}`
          : `was ended by ${signal}`;
    throw new CommandFailed({
      program,
      exitCode: code,
      tail: lastLines(result.stderr) || lastLines(result.stdout),
      timedOut,
      why,
    });
  } catch (cause) {
    if (cause instanceof CommandFailed) throw cause;
    throw new CommandFailed({
      program,
      exitCode: null,
      tail: '',
      why: `could not be started (${(cause as Error).message})`,
      cause,
    });
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', abort);
  }
}

type Ended = { code: number | null; signal: NodeJS.Signals | null };

/** Waits for the exit and the end of the output. A daemon the program left behind may hold the output open: that is not waited for. */
function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('exit', (code, signal) => {
      const drained = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve({ code, signal });
      }, DRAIN_MS);
      child.once('close', () => clearTimeout(drained));
    });
  });
}

function collect(stream: NodeJS.ReadableStream, onFlood: () => void, onText?: (text: string) => void): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_OUTPUT_BYTES) return onFlood();
    chunks.push(chunk);
    onText?.(chunk.toString());
  });
  return () => Buffer.concat(chunks).toString();
}

/** Like `run`, but tells the exit code instead of throwing; still throws when the program cannot be started or takes too long. */
export async function runStatus(
  argv: readonly string[],
  options: RunOptions = {},
): Promise<RunResult & { code: number }> {
  try {
    return { ...(await run(argv, options)), code: 0 };
  } catch (error) {
    if (!(error instanceof CommandFailed) || error.exitCode === null || error.timedOut) throw error;
    return { code: error.exitCode, stdout: '', stderr: error.tail };
  }
}

export type SuperviseOptions = {
  env?: Record<string, string>;
  cwd?: string;
  /** Each line of standard output and standard error. */
  onLine?: (line: string) => void;
  /** Every exit that nobody asked for, before the restart. */
  onExit?: (exit: { code: number | null; signal: NodeJS.Signals | null }) => void;
  /** First pause before a restart; doubles, starts again after a minute of life. Default 200. */
  backoffMs?: number;
  /** Default 30 000. */
  longestBackoffMs?: number;
};
export type Supervised = {
  /** Of the child that runs now. */
  pid(): number | undefined;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, after 3 s SIGKILL; resolves when it is gone and will not come back. */
  stop(): Promise<void>;
};

/** Keep a program running until `stop()`. It must stay in the foreground. */
export function supervise(argv: readonly string[], options: SuperviseOptions = {}): Supervised {
  const program = programOf(argv);
  const firstBackoffMs = options.backoffMs ?? 200;
  let backoffMs = firstBackoffMs;
  let stopping = false;
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();
  let restart: NodeJS.Timeout | undefined;

  const start = (): void => {
    const startedAt = Date.now();
    const spawned = spawn(program, argv.slice(1), {
      shell: false,
      env: environment(options.env),
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
    } satisfies SpawnOptions);
    child = spawned;
    lines(spawned.stdout, options.onLine);
    lines(spawned.stderr, options.onLine);
    gone = new Promise((resolve) => {
      const over = (code: number | null, signal: NodeJS.Signals | null): void => {
        if (child !== spawned) return;
        child = undefined;
        resolve();
        if (stopping) return;
        options.onExit?.({ code, signal });
        if (Date.now() - startedAt > 60_000) backoffMs = firstBackoffMs;
        restart = setTimeout(start, backoffMs);
        backoffMs = Math.min(backoffMs * 2, options.longestBackoffMs ?? 30_000);
      };
      spawned.once('exit', over);
      spawned.once('error', (error) => {
        options.onLine?.(error.message);
        over(null, null);
      });
    });
  };
  start();
  return {
    pid: () => child?.pid,
    kill: (signal) => {
      child?.kill(signal);
    },
    async stop() {
      stopping = true;
      clearTimeout(restart);
      const last = child;
      if (last === undefined) return;
      last.kill('SIGTERM');
      const force = setTimeout(() => last.kill('SIGKILL'), TERM_GRACE_S * 1000);
      await gone;
      clearTimeout(force);
    },
  };
}

function lines(stream: NodeJS.ReadableStream | null, onLine: ((line: string) => void) | undefined): void {
  let rest = '';
  stream?.on('data', (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split('\n');
    rest = parts.pop()!.slice(-4096);
    for (const line of parts) onLine?.(line.trimEnd());
  });
}

/** Start a program that outlives the agent (its own session, its output to nowhere or to `logFd`). */
export function startDetached(
  argv: readonly string[],
  options: { env?: Record<string, string>; cwd?: string; logFd?: number } = {},
): Promise<number> {
  const program = programOf(argv);
  const log = options.logFd ?? 'ignore';
  const child = spawn(program, argv.slice(1), {
    shell: false,
    detached: true,
    env: environment(options.env),
    cwd: options.cwd,
    stdio: ['ignore', log, log],
  });
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new CommandFailed({ program, exitCode: null, tail: '', why: `could not be started (${cause.message})`, cause }),
      ),
    );
    child.once('spawn', () => {
      child.unref();
      resolve(child.pid!);
    });
  });
}
