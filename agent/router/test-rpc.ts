// For tests: a child process in another namespace that is called like a function, one JSON line each way.
// Not part of the product.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Peer = {
  call<T>(method: string, ...args: unknown[]): Promise<T>;
  events: { name: string; args: unknown[] }[];
  child: ChildProcess;
  /** By its pid, and waits until it is gone. */
  end(signal?: NodeJS.Signals): Promise<void>;
};

type Message = {
  id: number;
  result?: unknown;
  error?: { message: string; code?: string };
  event?: string;
  args?: unknown[];
};

/** `namespace` as in /run/netns; `file` is a module of this folder that calls serve(). */
export function startPeer(namespace: string, file: string, ...args: string[]): Peer {
  const path = new URL(file, import.meta.url).pathname;
  const child = spawn(
    'nsenter',
    [`--net=/run/netns/${namespace}`, '--', process.execPath, '--no-warnings', path, ...args],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  const events: Peer['events'] = [];
  let last = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as Message;
    if (message.event !== undefined) return void events.push({ name: message.event, args: message.args ?? [] });
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error === undefined) call?.resolve(message.result as never);
    else call?.reject(Object.assign(new Error(message.error.message), { code: message.error.code }));
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      for (const call of waiting.values()) call.reject(new Error(`${file} ended`));
      resolve();
    });
  });
  child.stdin.on('error', () => {});
  return {
    events,
    child,
    call: (method, ...params) =>
      new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject });
        child.stdin.write(`${JSON.stringify({ id: last, method, args: params })}\n`);
      }),
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      await gone;
    },
  };
}

export type Methods = { [name: string]: (...args: never[]) => unknown };

/** In the child: answer calls until standard input closes. */
export function serve(
  methods: Methods,
  onEnd: () => Promise<void> = async () => {},
): (event: string, ...args: unknown[]) => void {
  const write = (message: object): void => {
    process.stdout.write(`${JSON.stringify(message)}\n`);
  };
  const input = createInterface({ input: process.stdin });
  input.on('line', (line) => {
    const { id, method, args } = JSON.parse(line) as { id: number; method: string; args: never[] };
    Promise.resolve()
      .then(() => methods[method]!(...args))
      .then(
        (result) => write({ id, result: result ?? null }),
        (error: Error & { code?: string }) => write({ id, error: { message: error.message, code: error.code } }),
      );
  });
  input.on('close', () => {
    void onEnd().finally(() => process.exit(0));
  });
  process.on('SIGTERM', () => {
    void onEnd().finally(() => process.exit(0));
  });
  return (event, ...args) => write({ event, args });
}
