// Ending processes that belong to a laboratory: politely first, so that QEMU writes out what it holds, then for good.
const POLITE_MS = 5000;
const PAUSE_MS = 50;

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    /* it has ended already */
  }
}

/** `remaining` is asked again and again, because a dying process may still start another one. */
export async function endProcesses(remaining: () => Promise<number[]>): Promise<void> {
  const began = Date.now();
  const told = new Set<number>();
  for (let left = await remaining(); left.length > 0; left = await remaining()) {
    const patient = Date.now() - began < POLITE_MS;
    for (const pid of left) {
      if (!patient) signal(pid, 'SIGKILL');
      else if (!told.has(pid)) signal(pid, 'SIGTERM');
      told.add(pid);
    }
    if (Date.now() - began > 4 * POLITE_MS) throw new Error(`processes ${left.join(', ')} cannot be ended`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
