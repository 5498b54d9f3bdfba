// Keeps each cluster's over-commitment as its settings say, so that placement reads it with the cluster.
import type { Keeper } from '#kernel/keeper.ts';
import type { World } from '../context.ts';
import { changeCluster, clusterFactors } from './cluster.store.ts';

export const clusterKeeper = ({ db, settings }: World): Keeper => ({
  name: 'clusters.factors',
  everyMs: 10_000,
  run: async () => {
    for (const { id, cpu, memory } of await clusterFactors(db.read)) {
      const at = { scope: 'Cluster', id };
      const [wantedCpu, wantedMemory] = [
        settings.number('cpu.overprovisioning.factor', at),
        settings.number('mem.overprovisioning.factor', at),
      ];
      if (wantedCpu !== cpu || wantedMemory !== memory)
        await changeCluster(db.read, id, { cpu_overcommit: wantedCpu, memory_overcommit: wantedMemory });
    }
  },
});
