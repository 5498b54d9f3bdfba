// Every standing duty of the cloud: the literal list the keeper loop is given.
import { mailKeeper } from '#cloud/alert/mail.ts';
import { capacityKeeper } from '#cloud/capacity/keeper.ts';
import { clusterKeeper } from '#cloud/cluster/keeper.ts';
import type { World } from '#cloud/context.ts';
import { watchKeeper } from '#cloud/diagnostic/watch.ts';
import { purgeKeeper } from '#cloud/event/purge.ts';
import { fencingKeeper } from '#cloud/host/fencing.ts';
import { livenessKeeper } from '#cloud/host/status.ts';
import { sessionKeeper } from '#cloud/identity/keeper.ts';
import { powerKeeper as hostPowerKeeper } from '#cloud/out-of-band/refresh.ts';
import { storageKeeper } from '#cloud/storage-pool/keeper.ts';
import { downloadKeeper } from '#cloud/template/keeper.ts';
import { tidyKeeper } from '#cloud/network/tidy.ts';
import { reconcileKeeper } from '#cloud/router/reconcile.ts';
import { adoptFirst, onceSettled } from '#cloud/vm/adopt.ts';
import { countKeeper } from '#cloud/vm/count.ts';
import { expungeKeeper } from '#cloud/vm/destroy.ts';
import { powerKeeper } from '#cloud/vm/power.ts';
import { expungeKeeper as volumeKeeper } from '#cloud/volume/destroy.ts';
import { evictKeeper } from '#cloud/volume/pool-copy.ts';
import { forgetStale } from '#kernel/fresh.ts';
import type { Keeper } from '#kernel/keeper.ts';

/** What became stale long ago is forgotten. */
const staleKeeper = ({ db }: World): Keeper => ({
  name: 'stale.forget',
  everyMs: 60_000,
  run: () => forgetStale(db),
});

export const keepers = (world: World): Keeper[] => [
  sessionKeeper(world),
  staleKeeper(world),
  countKeeper(world),
  purgeKeeper(world),
  clusterKeeper(world),
  capacityKeeper(world),
  onceSettled(world, livenessKeeper(world)), // hosts of a backup were heard long ago, and are not dead for it
  onceSettled(world, fencingKeeper(world)),
  hostPowerKeeper(world),
  storageKeeper(world),
  adoptFirst(world, powerKeeper(world)),
  onceSettled(world, expungeKeeper(world)),
  onceSettled(world, tidyKeeper(world)),
  onceSettled(world, reconcileKeeper(world)),
  downloadKeeper(world),
  onceSettled(world, evictKeeper(world)),
  onceSettled(world, volumeKeeper(world)),
  watchKeeper(world),
  mailKeeper(world),
];
