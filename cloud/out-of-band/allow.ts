// enable- and disableOutOfBandManagementFor Host, Cluster and Zone: whose power may be commanded. It holds for what is asked from the
// commit on; the state Disabled of many hosts is written by the keeper.
import {
  disableOutOfBandManagementForCluster,
  disableOutOfBandManagementForHost,
  disableOutOfBandManagementForZone,
  enableOutOfBandManagementForCluster,
  enableOutOfBandManagementForHost,
  enableOutOfBandManagementForZone,
} from '#api/infra/out-of-band.ts';
import { implement, type Cx, type ResultCx, type Submitted } from '../context.ts';
import { recorded, type Recorded } from '../recorded.ts';
import { allowWithin, enableController } from './out-of-band.store.ts';
import { mustBeConfigured } from './power.ts';
import { showController } from './show.ts';
import { notePower } from './talk.ts';

/** Of everything that asks a host's controller for something, one after the other. */
export const laneOf = (hostId: number): string => `out-of-band:${hostId}`;

const words = (enabled: boolean): { description: string } => ({
  description: `Out-of-band management ${enabled ? 'enabled' : 'disabled'}`,
});

async function forHost(cx: Cx, hostId: number, enabled: boolean): Promise<Submitted> {
  const host = await mustBeConfigured(cx.tx, hostId);
  await enableController(cx.tx, hostId, enabled);
  if (!enabled) await notePower(cx.tx, host, 'Disabled');
  cx.tx.afterCommit(() => cx.world.poke(POWER_KEEPER));
  return cx.enqueue(recorded, { id: hostId }, { lanes: [laneOf(hostId)], about: host.uuid });
}

async function within(cx: Cx, table: 'cluster' | 'zone', what: { id: number; allowed: boolean }): Promise<Submitted> {
  const { uuid } = await allowWithin(cx.tx, table, what);
  cx.tx.afterCommit(() => cx.world.poke(POWER_KEEPER));
  return cx.enqueue(recorded, { id: what.id }, { lanes: [`${table}:${what.id}`], about: uuid });
}
export const POWER_KEEPER = 'hosts.power';

const shownHost =
  (enabled: boolean) =>
  async (cx: ResultCx, { id }: Recorded) => ({ ...(await showController(cx, id, words(enabled))), enabled });
const shown = (enabled: boolean) => async () => ({ enabled, status: true, ...words(enabled) });

export const enableHost = implement(
  enableOutOfBandManagementForHost,
  (cx, { hostId }) => forHost(cx, hostId, true),
  shownHost(true),
);
export const disableHost = implement(
  disableOutOfBandManagementForHost,
  (cx, { hostId }) => forHost(cx, hostId, false),
  shownHost(false),
);
export const enableCluster = implement(
  enableOutOfBandManagementForCluster,
  (cx, { clusterId }) => within(cx, 'cluster', { id: clusterId, allowed: true }),
  shown(true),
);
export const disableCluster = implement(
  disableOutOfBandManagementForCluster,
  (cx, { clusterId }) => within(cx, 'cluster', { id: clusterId, allowed: false }),
  shown(false),
);
export const enableZone = implement(
  enableOutOfBandManagementForZone,
  (cx, { zoneId }) => within(cx, 'zone', { id: zoneId, allowed: true }),
  shown(true),
);
export const disableZone = implement(
  disableOutOfBandManagementForZone,
  (cx, { zoneId }) => within(cx, 'zone', { id: zoneId, allowed: false }),
  shown(false),
);
