// What a small simulated guest asks of placement, for tests of where guests go.
import { placementRules } from '#cloud/placement/placement.ts';
import type { Need } from '#cloud/placement/placement.store.ts';
import type { Settings } from '#kernel/settings.ts';

/** Of an account that has no affinity groups. */
export const smallNeed = (settings: Settings, more: Partial<Need> & Pick<Need, 'zoneId'>): Need => ({
  hypervisor: 'Simulator',
  cpus: 1,
  cpuMhz: 1_000,
  memoryMib: 1_024,
  hostTags: [],
  storageBytes: 0,
  storageTags: [],
  poolIds: [],
  lastHostId: null,
  rules: placementRules(settings, 2),
  ...more,
});
