// Looks how full everything is, and tells administrators what is past its threshold; what is below it again is cleared.
import type { AlertType, CapacityType } from '#api/kinds.ts';
import type { Keeper } from '#kernel/keeper.ts';
import type { Tx } from '#kernel/db.ts';
import type { Settings } from '#kernel/settings.ts';
import { clearAlert, placesTold } from '../alert/alert.ts';
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
      const full = await fullOf(world, one);
      const told = await placesTold(db.read, one.alert);
      const keys = new Set(full.map(({ of }) => placeKey(of)));
      for (const capacity of full) await db.tx((tx) => tellFull(tx, settings, { one, capacity }));
      for (const place of told.filter((where) => !keys.has(placeKey(where))))
        await db.tx((tx) => clearAlert(tx, { type: one.alert, ...place }));
    }
  },
});

type Place = Pick<Capacity['of'], 'zoneId' | 'podId' | 'clusterId'>;
const placeKey = ({ zoneId, podId, clusterId }: { [K in keyof Place]: number | null }): string =>
  [zoneId, podId, clusterId].join();
const thresholdOf = (settings: Settings, { threshold, level }: Watched, { id }: Capacity['of']): number =>
  settings.number(threshold, ...(level === 'cluster' ? [{ scope: 'Cluster', id }] : []));

/** What is past its threshold; of all the others nothing need be written. */
async function fullOf({ db, settings }: World, one: Watched): Promise<Capacity[]> {
  const measured = await capacities({ tx: db.read, settings }, { level: one.level }, one.type);
  return measured.filter(({ of, total, used }) => total > 0 && used / total > thresholdOf(settings, one, of));
}

async function tellFull(
  tx: Tx,
  settings: Settings,
  { one, capacity }: { one: Watched; capacity: Capacity },
): Promise<void> {
  const { of, total, used } = capacity;
  const where = of.clusterName === null ? `zone ${of.zoneName}` : `cluster ${of.clusterName} of zone ${of.zoneName}`;
  await raiseAlert(tx, settings, {
    type: one.alert,
    subject: `${percent(capacity)} % of the ${one.what} of ${where} is given out`,
    content: `${used} of ${total} are in use; administrators are told from ${thresholdOf(settings, one, of) * 100} % on.`,
    zoneId: of.zoneId,
    podId: of.podId,
    clusterId: of.clusterId,
  });
}
