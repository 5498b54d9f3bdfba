// The link's side of a host: it dialled in, it was heard, it fell silent. One writer: what the hub tells, and the keeper that
// counts the silence. Any server may have been the one that heard it last, so silence is measured in the database.
import type { Tx } from '#kernel/db.ts';
import { insertEvent } from '#kernel/event.ts';
import type { Keeper } from '#kernel/keeper.ts';
import type { Settings } from '#kernel/settings.ts';
import { raiseAlert } from '../alert/raise.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import type { HostFacts } from './driver.ts';
import {
  lockByGuids,
  lockSilent,
  longGone,
  moveStatus,
  moveStatuses,
  noteAway,
  noteFacts,
  noteHeard,
  silentHosts,
  type Heard,
  type HostAway,
  type Patience,
} from './status.store.ts';

/** The rows of hosts that dialled in, brought up to date with what they say of themselves: ids by guid of those that a zone has. */
export async function hostsConnected(tx: Tx, facts: readonly HostFacts[]): Promise<Map<string, number>> {
  const said = new Map(facts.map((one) => [one.guid, one]));
  const hosts = await lockByGuids(tx, [...said.keys()]);
  const away = hosts.filter(({ status }) => status !== 'Up').map(({ id }) => id);
  if (away.length > 0) {
    await moveStatuses(tx, away, 'AgentConnected');
    await moveStatuses(tx, away, 'Ready');
  }
  if (hosts.length > 0)
    await noteFacts(
      tx,
      hosts.map(({ id, guid }) => ({ id, facts: said.get(guid)! })),
    );
  return new Map(hosts.map(({ guid, id }) => [guid, id]));
}

/** Pings of a second, all hosts at once. */
export const heardOfHosts = (tx: Tx, pings: readonly Heard[], told: string | null = null): Promise<void> =>
  noteHeard(tx, pings, told);

/** The link closed on purpose: the host stopped, or was told to dial anew. */
export async function hostDisconnected(tx: Tx, hostId: number): Promise<void> {
  await moveStatus(tx, hostId, 'ShutdownRequested');
  await noteAway(tx, hostId);
}

/** How many of the pings it was asked for a host may miss; how often it was asked is with the host. */
export const patienceOf = (settings: Settings): Patience => ({
  pings: settings.number('host.ping.timeout'),
  leastS: 0,
});

export const livenessKeeper = (world: World): Keeper => ({
  name: 'hosts.liveness',
  everyMs: 3_000,
  run: async () => {
    const patience = patienceOf(world.settings);
    for (const host of await silentHosts(world.db.read, patience))
      await missed(world, host, { event: 'PingTimeout', patience });
    const waited = { ...patience, leastS: world.settings.number('alert.wait') };
    for (const host of await longGone(world.db.read, waited))
      await missed(world, host, { event: 'WaitedTooLong', patience: waited });
  },
});

async function missed(
  world: World,
  { id, name }: HostAway,
  { event, patience }: { event: 'PingTimeout' | 'WaitedTooLong'; patience: Patience },
): Promise<void> {
  const silent = await world.db.tx(async (tx) => {
    const host = await lockSilent(tx, id, patience);
    if (!host) return false; // it spoke meanwhile
    await moveStatus(tx, id, event);
    await noteAway(tx, id);
    const text = `Host ${host.name} has been silent for ${Math.floor(host.silentS)} seconds`;
    await insertEvent(tx, {
      type: 'HOST.RECONNECT',
      state: 'Completed',
      level: 'ERROR',
      description: text,
      ...SYSTEM,
      startId: null,
      resourceType: 'Host',
      resourceUuid: host.uuid,
    });
    await raiseAlert(tx, world.settings, {
      type: 'ALERT.COMPUTE.HOST',
      subject: text,
      content: `${text}. Instances on it may still run; it is taken up again as soon as it is heard.`,
      zoneId: host.zoneId,
      podId: host.podId,
      clusterId: host.clusterId,
    });
    return true;
  });
  if (silent) world.log.warn({ host: name }, 'host.silent');
}
