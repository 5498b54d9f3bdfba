// The processes of a one-machine cloud: started with a log file each, remembered by pid, ended in order. An agent ended so
// leaves its guests running.
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface ChildOptions {
  dataDir: string;
  name: string;
  argv: readonly string[];
  env?: Record<string, string>;
  /** Resolves when a line of stdout starts with this. */
  readyWhen?: string;
}

const READY_WITHIN_MS = 90_000;
const END_WITHIN_MS = 15_000;

/** Starts it and, where asked, waits until it says that it is ready; then the rest of that line. */
export async function startChild({
  dataDir,
  name,
  argv,
  env,
  readyWhen,
}: ChildOptions): Promise<{ child: ChildProcess; said: string }> {
  mkdirSync(path.join(dataDir, 'logs'), { recursive: true });
  const logFile = path.join(dataDir, 'logs', `${name}.log`);
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(argv[0]!, argv.slice(1), {
    stdio: ['ignore', readyWhen ? 'pipe' : log, log],
    env: { ...process.env, ...env },
    detached: true,
  });
  closeSync(log);
  child.on('error', () => {});
  if (child.pid !== undefined) writeFileSync(pidFile(dataDir, name), `${child.pid} ${startTime(child.pid) ?? ''}`);
  const said = readyWhen ? await whenReady(child, { readyWhen, name, logFile }) : '';
  return { child, said };
}

function whenReady(
  child: ChildProcess,
  { readyWhen, name, logFile }: { readyWhen: string; name: string; logFile: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const fail = (why: string): void => {
      clearTimeout(timer);
      reject(new Error(`${name} ${why}; the end of ${logFile}:\n${tail(logFile)}`));
    };
    const timer = setTimeout(() => fail('did not get ready in time'), READY_WITHIN_MS);
    child.once('exit', (code, signal) => fail(`ended (${signal ?? code})`));
    child.stdout!.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const line = text.split('\n').find((one) => one.startsWith(readyWhen));
      if (line === undefined || !text.includes('\n')) return;
      clearTimeout(timer);
      child.removeAllListeners('exit');
      resolve(line.slice(readyWhen.length).trim());
    });
  });
}

const tail = (file: string): string => {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(-15).join('\n');
  } catch {
    return '';
  }
};
const pidFile = (dataDir: string, name: string): string => path.join(dataDir, `${name}.pid`);

/** When the kernel started it: tells a pid from its successor. */
function startTime(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[19];
  } catch {
    return undefined;
  }
}

/** Name under which a process that replaces servers notes itself. */
export const UPGRADING = 'upgrade';

/** Notes this process as if it were a child; returns the file to remove at its end. */
export function noteSelf(dataDir: string, name: string): string {
  writeFileSync(pidFile(dataDir, name), `${process.pid} ${startTime(process.pid) ?? ''}`);
  return pidFile(dataDir, name);
}

/** The pid of a child started before, if it still runs. */
export function runningChild(dataDir: string, name: string): number | undefined {
  try {
    const [pid, since] = readFileSync(pidFile(dataDir, name), 'utf8').split(' ');
    return startTime(Number(pid)) === since?.trim() && since ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

/** Throws with the end of its log where a child that was started has ended by itself. */
export function checkAlive(dataDir: string, names: readonly string[]): void {
  for (const name of names) {
    if (runningChild(dataDir, name) !== undefined) continue;
    const logFile = path.join(dataDir, 'logs', `${name}.log`);
    throw new Error(`${name} ended; the end of ${logFile}:\n${tail(logFile)}`);
  }
}

/** Asks it to end, then insists. */
export async function endChild(dataDir: string, name: string, withinMs = END_WITHIN_MS): Promise<void> {
  const pid = runningChild(dataDir, name);
  if (pid !== undefined) {
    process.kill(pid, 'SIGTERM');
    const until = Date.now() + withinMs;
    while (runningChild(dataDir, name) !== undefined && Date.now() < until)
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    if (runningChild(dataDir, name) !== undefined) process.kill(pid, 'SIGKILL');
  }
  rmSync(pidFile(dataDir, name), { force: true });
}
