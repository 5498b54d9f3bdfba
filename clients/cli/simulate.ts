// `nephos simulate …`: hands the line to the project's simulator, which this client comes with, and its end back.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exitCodes, type World } from './world.ts';

const SIMULATOR = fileURLToPath(new URL('../../tools/simulate/main.ts', import.meta.url));

export function runSimulate(words: readonly string[], world: World): Promise<number> {
  if (!existsSync(SIMULATOR)) {
    world.err('simulate needs the whole project; this client was installed alone\n');
    return Promise.resolve(exitCodes.failed);
  }
  const env = Object.fromEntries(
    Object.entries(world.env).filter((one): one is [string, string] => one[1] !== undefined),
  );
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SIMULATOR, ...words], { stdio: 'inherit', env });
    // Ctrl-C reaches both; this one waits for the other to end in order.
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, pass);
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? exitCodes.failed));
  });
}
