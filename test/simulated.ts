// What the simulated hosts of a one-machine cloud hold, as they wrote it down: looked up in their file, not asked of the cloud.
import path from 'node:path';
import type { SimState } from '#agent/sim/host.ts';
import { readInto } from '#agent/sim/journal.ts';
import { makeSimStorage } from '#agent/sim/storage.ts';

export interface Simulated {
  readonly hosts: ReadonlyMap<string, SimState>;
  readonly volumes: readonly string[];
}

export async function readSimulated(dataDir: string): Promise<Simulated> {
  const hosts = new Map<string, SimState>();
  const storage = makeSimStorage();
  await readInto(path.join(dataDir, 'hosts', 'state.jsonl'), { hosts, storage });
  return { hosts, volumes: Object.values(storage.save().pools).flatMap((pool) => Object.keys(pool.volumes)) };
}
