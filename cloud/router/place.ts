// Where a network's router runs: beside its first guest, and on where it is for as long as its host lives.
import { fail } from '#api/errors.ts';
import { databaseNow } from '#kernel/clock.ts';
import type { Tx } from '#kernel/db.ts';
import { routerMac } from '../network/mac.ts';
import {
  changeRouter,
  hostIsLost,
  insertRouter,
  moveRouter,
  publicBridge,
  routerHost,
  routerOf,
  type RouterRow,
} from './router.store.ts';

/** A host that is away for less comes back with its routers running. */
export const LOST_AFTER_S = 90;
const PUBLIC_SERVICES = ['SourceNat', 'StaticNat', 'PortForwarding', 'Lb', 'Vpn'];

interface Network {
  id: number;
  name: string;
  zoneId: number;
  services: readonly string[];
}

/** The host of the network's router, which is to run from now on. The network's row must be locked. */
export async function ensureRouter(tx: Tx, { network, hostId }: { network: Network; hostId: number }): Promise<number> {
  const router = await routerOf(tx, network.id);
  if (router && router.hostId !== null && !(await hostIsLost(tx, router.hostId, LOST_AFTER_S))) {
    if (router.state === 'Stopped') await moveRouter(tx, router.id, 'StartRequested');
    return router.hostId;
  }
  const chosen = await chooseHost(tx, { network, hostId });
  if (router) await moveTo(tx, router, chosen);
  else {
    const { id } = await insertRouter(tx, { networkId: network.id, hostId: chosen, mac: routerMac() });
    await moveRouter(tx, id, 'StartRequested');
  }
  return chosen;
}

async function chooseHost(tx: Tx, { network, hostId }: { network: Network; hostId: number }): Promise<number> {
  const bridge = network.services.some((service) => PUBLIC_SERVICES.includes(service))
    ? await publicBridge(tx, network.zoneId)
    : null;
  const host = await routerHost(tx, { zoneId: network.zoneId, wished: hostId, bridge });
  return (
    host?.id ??
    fail(
      'insufficientServerCapacity',
      `No host that is Up can carry the router of ${network.name}${bridge ? `: none has the bridge ${bridge} of the zone's public traffic` : ''}`,
    )
  );
}

/** What the old host still runs of it is removed there once that host is back. */
export async function moveTo(tx: Tx, router: RouterRow, hostId: number): Promise<void> {
  if (router.state === 'Running' || router.state === 'Starting' || router.state === 'Stopping')
    await moveRouter(tx, router.id, 'AgentReportStopped');
  await moveRouter(tx, router.id, 'StartRequested');
  await changeRouter(tx, router.id, { host_id: hostId, applied_generation: -1, last_error: null });
}

/** The row ends; what a host still runs of it is removed there. */
export async function endRouter(tx: Tx, networkId: number): Promise<void> {
  const router = await routerOf(tx, networkId);
  if (!router) return;
  await moveRouter(tx, router.id, 'AgentReportStopped');
  await moveRouter(tx, router.id, 'ExpungeOperation');
  await moveRouter(tx, router.id, 'OperationSucceeded');
  await changeRouter(tx, router.id, { removed: databaseNow(), host_id: null });
}
