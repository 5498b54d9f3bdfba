// Looks how full everything is, and tells administrators what is past its threshold; what is below it again is cleared.
import type { AlertType, CapacityType } from '#api/kinds.ts';
import type { Keeper } from '#kernel/keeper.ts';
import type { Tx } from '#kernel/db.ts';
import { clearAlert } from '../alert/alert.ts';
import { raiseAlert } from '../alert/raise.ts';
import type { World } from '../context.ts';
import { capacities, percent, type Capacity } from './capacity.ts';
import type { Level } from './capacity.store.ts';

interface Watched {
  level: Level;
  type: CapacityType;
  alert: AlertType;
  threshold: string;
  what: string;
}

const watched: readonly Watched[] = [
  {
    level: 'cluster',
    type: 'CPU',
    alert: 'ALERT.CPU',
    threshold: 'cluster.cpu.allocated.capacity.notificationthreshold',
    what: 'CPU',
  },
  {
    level: 'cluster',
    type: 'MEMORY',
    alert: 'ALERT.MEMORY',
    threshold: 'cluster.memory.allocated.capacity.notificationthreshold',
    what: 'memory',
  },
  {
    level: 'zone',
    type: 'STORAGE',
    alert: 'ALERT.STORAGE',
    threshold: 'cluster.storage.capacity.notificationthreshold',
    what: 'primary storage',
  },
  {
    level: 'zone',
    type: 'STORAGE_ALLOCATED',
    alert: 'ALERT.STORAGE.ALLOCATED',
    threshold: 'cluster.storage.allocated.capacity.notificationthreshold',
    what: 'primary storage that may be given out',
  },
  {
    level: 'zone',
    type: 'SECONDARY_STORAGE',
    alert: 'ALERT.STORAGE.SECONDARY',
    threshold: 'zone.secstorage.capacity.notificationthreshold',
    what: 'image stores',
  },
  {
    level: 'zone',
    type: 'VIRTUAL_NETWORK_PUBLIC_IP',
    alert: 'ALERT.NETWORK.PUBLICIP',
    threshold: 'zone.virtualnetwork.publicip.capacity.notificationthreshold',
    what: 'public addresses',
  },
  {
    level: 'zone',
    type: 'VLAN',
    alert: 'ALERT.NETWORK.VLAN',
    threshold: 'zone.vlan.capacity.notificationthreshold',
    what: 'network identifiers',
  },
];

export const capacityKeeper = (world: World): Keeper => ({
  name: 'capacity.alerts',
  everyMs: Math.max(1_000, world.settings.number('capacity.check.period')),
  run: async () => {
    const { db, settings } = world;
    for (const one of watched) {
      for (const capacity of await capacities({ tx: db.read, settings }, { level: one.level }, one.type))
        await db.tx((tx) => compare(tx, world, { one, capacity }));
    }
  },
});

async function compare(
  tx: Tx,
  { settings }: World,
  { one, capacity }: { one: Watched; capacity: Capacity },
): Promise<void> {
  const { of, total, used } = capacity;
  const at = one.level === 'cluster' ? [{ scope: 'Cluster', id: of.id }] : [];
  const place = { zoneId: of.zoneId, podId: of.podId, clusterId: of.clusterId };
  if (total === 0 || used / total <= settings.number(one.threshold, ...at)) {
    await clearAlert(tx, { type: one.alert, ...place });
    return;
  }
  const where = of.clusterName === null ? `zone ${of.zoneName}` : `cluster ${of.clusterName} of zone ${of.zoneName}`;
  await raiseAlert(tx, settings, {
    type: one.alert,
    subject: `${percent(capacity)} % of the ${one.what} of ${where} is given out`,
    content: `${used} of ${total} are in use; administrators are told from ${settings.number(one.threshold, ...at) * 100} % on.`,
    ...place,
  });
}
