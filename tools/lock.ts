// One process at a time, by a lock of the operating system on a file: it ends with its holder, however that ends.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Waits for its turn; the returned function ends it. */
// cat starts when flock has the lock, and ends - which releases it - when its input does, also if we are killed.
export async function takeLock(file: string): Promise<() => Promise<void>> {
  const holder = spawn('flock', [file, 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(holder, 'exit');
  holder.stdin.write('.');
  await Promise.race([
    once(holder.stdout, 'data'),
    ended.then(() => Promise.reject(new Error(`flock ${file} has failed`))),
  ]);
  return async () => {
    holder.stdin.end();
    await ended;
  };
}

export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const unlock = await takeLock(file);
  try {
    return await work();
  } finally {
    await unlock();
  }
}
