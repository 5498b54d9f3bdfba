// A lost host on its way through the states of api/states/host-ha.ts, told as it goes: the one writer of host_fence.state.
import { next, type EventOf, type StateOf } from '#api/machine.ts';
import { hostHaMachine } from '#api/states/host-ha.ts';
import type { Tx } from '#kernel/db.ts';
import { insertEvent } from '#kernel/event.ts';
import { tellChange } from '#kernel/move.ts';
import { raiseAlert } from '../alert/raise.ts';
import type { World } from '../context.ts';
import { SYSTEM } from '../identity/system.ts';
import { changeFence, lockFence, type FenceChange, type LostHost } from './fencing.store.ts';
import { moveStatus } from './status.store.ts';

export type HaEvent = EventOf<typeof hostHaMachine>;
interface Going {
  events: readonly HaEvent[];
  /** What is told, after the host's name, where it is in another state then. */
  text?: string;
  /** Nothing runs on it any more, and that is certain. */
  certain?: boolean;
  change?: Omit<FenceChange, 'state'>;
}

/** Undefined where it was heard meanwhile, or is no longer where it was. */
export const along = (world: World, host: LostHost, going: Going): Promise<LostHost | undefined> =>
  world.db.tx((tx) => alongIn(tx, world, host, going));

export async function alongIn(
  tx: Tx,
  world: World,
  host: LostHost,
  { events, text, certain = false, change = {} }: Going,
): Promise<LostHost | undefined> {
  const now = await lockFence(tx, host.id);
  if (!now || now.state !== host.state || now.status !== host.status) return undefined;
  const state = events.reduce(stepped, host.state);
  if (certain && now.status !== 'Down' && now.status !== 'Up') await moveStatus(tx, host.id, 'HostDown');
  const poolIds = host.pools.map(({ id }) => id);
  await changeFence(tx, host.id, { poolIds, ...change, state });
  if (state !== host.state) await tellState(tx, world, host, { state, text });
  const { off = host.off, recoveries = host.recoveries } = change;
  const status = certain && now.status !== 'Up' ? 'Down' : now.status;
  return { ...host, state, status, off, recoveries, forS: state === host.state ? host.forS : 0 };
}

function stepped(state: string, event: HaEvent): string {
  const step = next(hostHaMachine, state as StateOf<typeof hostHaMachine>, event);
  if (!step) throw new Error(`a host that is ${state} does not go on by ${event}`);
  return step.to;
}

async function tellState(
  tx: Tx,
  world: World,
  host: LostHost,
  { state, text }: { state: string; text: string | undefined },
): Promise<void> {
  const evidence = host.evidence === null ? '' : ` (${host.evidence})`;
  const said = `Host ${host.name} ${text ?? `is ${state}`}${evidence}`;
  await tell(tx, world, host, { text: said, alert: text !== undefined });
  await tellChange(tx, { entity: 'host', uuid: host.uuid, accountId: null, domainId: null });
}

/** An event, and an alert for those who are called. */
export async function tell(
  tx: Tx,
  world: World,
  host: LostHost,
  { text, alert }: { text: string; alert: boolean },
): Promise<void> {
  await insertEvent(tx, {
    type: 'HA.STATE.TRANSITION',
    state: 'Completed',
    level: 'WARN',
    description: text,
    ...SYSTEM,
    startId: null,
    resourceType: 'Host',
    resourceUuid: host.uuid,
  });
  const { zoneId, podId, clusterId } = host;
  if (alert) await raiseAlert(tx, world.settings, { type: 'ALERT.HA.ACTION', subject: text, zoneId, podId, clusterId });
  world.log.warn({ host: host.name, what: text }, 'host.ha');
}
