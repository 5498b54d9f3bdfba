// How a management server shall stand: prepareForMaintenance, cancelMaintenance, prepareForShutdown, cancelShutdown,
// readyForShutdown, triggerShutdown. Any server takes these for any other: they write the state, and the server that it is
// about follows its row (server/standing.ts) and moves it on when nothing is left there.
import {
  cancelMaintenance,
  cancelShutdown,
  prepareForMaintenance,
  prepareForShutdown,
  readyForShutdown,
  triggerShutdown,
} from '#api/config/server.ts';
import type { managementServerMaintenanceResponse } from '#api/config/responses.ts';
import type { Shape } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx } from '../context.ts';
import { silenceS } from './list.ts';
import {
  changeState,
  loadsOf,
  lockServer,
  lockServers,
  serverById,
  stateOf,
  type ServerRow,
} from './management-server.store.ts';

const PREPARING = ['PreparingForMaintenance', 'PreparingForShutDown'];
const ALGORITHMS = ['static', 'roundrobin', 'shuffle'];
const refuse = (text: string): never => fail('wrongState', text, { parameter: 'managementserverid' });

interface Wish {
  id: number;
  /** States in which it may be asked. */
  from: readonly string[];
  to: string;
  what: string;
}

/** Moves the server on, with an event, and has every server look. The transaction holds its row from here on. */
async function move(
  cx: Cx,
  { id, from, to, what }: Wish,
  more: Omit<Parameters<typeof changeState>[2], 'state'> = {},
): Promise<Shape<typeof managementServerMaintenanceResponse>> {
  const server = await lockServer(cx.tx, id);
  const state = stateOf(server, silenceS(cx.settings));
  if (!from.includes(state))
    refuse(`The management server ${server.name} is ${state}; only one that is ${from.join(', ')} can ${what}`);
  await changeState(cx.tx, id, { state: to, ...more });
  await cx.event({
    description: `The management server ${server.name} is ${to}`,
    uuid: server.uuid,
    resourceType: 'ManagementServer',
  });
  cx.tx.afterCommit(() => cx.world.tell('servers'));
  return show(cx, id);
}

async function show(cx: Cx, id: number): Promise<Shape<typeof managementServerMaintenanceResponse>> {
  const server = await serverById(cx.tx, id);
  const state = stateOf(server, silenceS(cx.settings));
  const { agents, jobs } = (await loadsOf(cx.tx, [id])).get(id)!;
  return {
    managementserverid: server.uuid,
    state,
    agents,
    agentscount: agents.length,
    pendingjobscount: jobs,
    maintenanceinitiated: ['PreparingForMaintenance', 'Maintenance'].includes(state),
    shutdowntriggered: state === 'ShuttingDown',
    readyforshutdown: state === 'ReadyToShutDown',
  };
}

/** One at a time: of two that prepare, each would send its hosts to the other. Nobody else moves one meanwhile. */
async function others(cx: Cx, id: number): Promise<(ServerRow & { now: string })[]> {
  const thresholdS = silenceS(cx.settings);
  const found = (await lockServers(cx.tx))
    .filter((server) => server.id !== id)
    .map((server) => ({ ...server, now: stateOf(server, thresholdS) }));
  const preparing = found.find(({ now }) => PREPARING.includes(now));
  if (preparing)
    refuse(`The management server ${preparing.name} is ${preparing.now}; wait until it is done, or cancel it`);
  return found;
}

export const maintain = implement(
  prepareForMaintenance,
  async (cx, { managementServerId: id, algorithm, forced = false }) => {
    const order = algorithm?.toLowerCase();
    if (order !== undefined && !ALGORITHMS.includes(order))
      fail('invalidParameter', `algorithm is '${algorithm!.slice(0, 60)}'; accepted: ${ALGORITHMS.join(', ')}`, {
        parameter: 'algorithm',
      });
    const rest = await others(cx, id);
    const { name } = await serverById(cx.tx, id);
    if (!rest.some(({ now, roles }) => now === 'Up' && roles.includes('worker')))
      refuse(
        `${name} is the only management server that is Up and holds hosts: nobody could take its hosts and jobs over. Start another first, or end this one with triggerShutdown`,
      );
    const lastAgents = (await loadsOf(cx.tx, [id])).get(id)!.agents;
    if (order !== undefined) {
      await cx.settings.write(cx.tx, { name: 'indirect.agent.lb.algorithm', value: order });
      cx.tx.afterCommit(() => cx.world.tell('settings'));
    }
    const wish = { id, from: ['Up'], to: 'PreparingForMaintenance', what: 'prepare for maintenance' };
    return move(cx, wish, { forced, lastAgents });
  },
);

/** With rebalance=false hosts stay where they are until they dial anew. */
export const endMaintenance = implement(cancelMaintenance, (cx, { managementServerId: id, rebalance = true }) =>
  move(
    cx,
    { id, from: ['PreparingForMaintenance', 'Maintenance'], to: 'Up', what: 'leave maintenance' },
    { forced: false, draws: rebalance },
  ),
);

export const prepareShutdown = implement(prepareForShutdown, async (cx, { managementServerId: id }) => {
  await others(cx, id);
  const lastAgents = (await loadsOf(cx.tx, [id])).get(id)!.agents;
  return move(cx, { id, from: ['Up'], to: 'PreparingForShutDown', what: 'prepare for its shutdown' }, { lastAgents });
});

export const endShutdown = implement(cancelShutdown, (cx, { managementServerId: id }) =>
  move(cx, {
    id,
    from: ['PreparingForShutDown', 'ReadyToShutDown'],
    to: 'Up',
    what: 'take up its work again',
  }),
);

export const ready = implement(readyForShutdown, (cx, { managementServerId: id }) => show(cx, id));

/** Its process ends by itself once its jobs have; from here on nothing calls it back. */
export const shutDown = implement(triggerShutdown, (cx, { managementServerId: id }) =>
  move(cx, {
    id,
    from: ['Up', ...PREPARING, 'ReadyToShutDown', 'Maintenance'],
    to: 'ShuttingDown',
    what: 'be shut down',
  }),
);
