// How long the guest takes from the start of QEMU to its first answer over HTTP, in plain emulation: wall seconds,
// and seconds of processor time, which say more on a busy machine.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '#agent/process.ts';
import { bootGuest } from './boot.ts';
import type { BootOptions } from './boot.ts';

const WITHIN_S = 60;
const POLL_MS = 20;
const ASK_MS = 400;

export type BootTime = { wallS: number; cpuS: number };

/** Boots one after the other, from a plain copy such as hosts keep of a template. */
export async function measureBoots(
  options: Pick<BootOptions, 'image' | 'machine'> & { times: number },
): Promise<BootTime[]> {
  const folder = await mkdtemp(join(tmpdir(), 'guest-measure-'));
  try {
    const image = join(folder, 'template.qcow2');
    await run(['qemu-img', 'convert', '-f', 'qcow2', '-O', 'qcow2', options.image, image]);
    const measured: BootTime[] = [];
    while (measured.length < options.times)
      measured.push(await measureBoot({ image, machine: options.machine, httpPort: 18_480, sshPort: 18_422 }));
    return measured;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureBoot(options: BootOptions): Promise<BootTime> {
  const guest = await bootGuest(options);
  try {
    while (performance.now() - guest.startedAt < WITHIN_S * 1000) {
      if (await answers(options.httpPort))
        return { wallS: (performance.now() - guest.startedAt) / 1000, cpuS: await guest.cpuSeconds() };
      await pause(POLL_MS);
    }
    throw new Error(`the guest did not answer within ${WITHIN_S} s; its console: ${guest.console().slice(-1000)}`);
  } finally {
    await guest.close();
  }
}

/** The page, whole. QEMU accepts for a guest that is not there yet, so a connection alone says nothing. */
async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(ASK_MS) });
    return response.ok && (await response.text()).includes('</html>');
  } catch {
    return false;
  }
}
