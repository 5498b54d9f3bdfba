// listManagementServers and listManagementServersMetrics: the servers of the cloud and how they are. One that died, or that has
// not been heard for longer than the threshold, is Down, whatever it wrote last.
import { listManagementServers } from '#api/config/server.ts';
import type { managementServerResponse } from '#api/config/responses.ts';
import { listManagementServersMetrics } from '#api/metrics/metrics.ts';
import type { managementServerMetricsResponse } from '#api/metrics/responses.ts';
import type { Shape } from '#api/define.ts';
import { implement, type Cx } from '../context.ts';
import { allServers, findServers, loadsOf, openSessions, stateOf, type ServerRow } from './management-server.store.ts';

interface Around {
  thresholdS: number;
  loads: Awaited<ReturnType<typeof loadsOf>>;
  peers: ServerRow[] | undefined;
}
interface Wanted {
  id?: number;
  name?: string;
  version?: string;
  peers?: boolean;
}

export const silenceS = (settings: Cx['settings']): number => settings.number('cluster.heartbeat.threshold') / 1000;

async function find(
  cx: Cx,
  { id, name, version, peers }: Wanted,
): Promise<Around & { rows: ServerRow[]; count: number }> {
  const { rows, count } = await findServers(cx.tx, { page: cx.page, keyword: cx.keyword, id, name, version });
  return {
    rows,
    count,
    thresholdS: silenceS(cx.settings),
    loads: await loadsOf(
      cx.tx,
      rows.map((row) => row.id),
    ),
    peers: peers ? await allServers(cx.tx) : undefined,
  };
}

export const list = implement(listManagementServers, async (cx, params) => {
  const { rows, count, ...around } = await find(cx, params);
  return { items: rows.map((row) => serverView(row, around)), count };
});

export const listMetrics = implement(listManagementServersMetrics, async (cx, params) => {
  const { rows, count, ...around } = await find(cx, params);
  const sessions = await openSessions(cx.tx);
  return {
    items: rows.map((row) => {
      const view = serverView(row, around);
      return { ...view, ...loadView(row), agentcount: view.agentscount, sessions };
    }),
    count,
  };
});

const serverView = (
  server: ServerRow,
  { thresholdS, loads, peers }: Around,
): Shape<typeof managementServerResponse> => {
  const state = stateOf(server, thresholdS);
  const { agents, jobs } = loads.get(server.id) ?? { agents: [], jobs: 0 };
  return {
    id: server.uuid,
    name: server.name,
    state,
    version: server.version,
    ipaddress: server.address,
    serviceip: server.address,
    // the links of one that died are found to be broken by its hosts, not by itself
    agents: state === 'Down' ? [] : agents,
    agentscount: state === 'Down' ? 0 : agents.length,
    lastagents: server.lastAgents,
    pendingjobscount: jobs,
    lastserverstart: server.started,
    lastserverstop: server.stopped,
    lastboottime: server.facts.bootedAt === undefined ? null : new Date(server.facts.bootedAt),
    kernelversion: server.facts.kernel,
    osdistribution: server.facts.distribution,
    peers: peers?.filter(({ id }) => id !== server.id).map((peer) => peerView(peer, thresholdS)),
  };
};

const peerView = (peer: ServerRow, thresholdS: number) => ({
  peerid: peer.uuid,
  peermsid: String(peer.id),
  peerrunid: String(peer.run),
  peername: peer.name,
  peerserviceip: peer.address,
  peerserviceport: peer.servicePort === null ? undefined : String(peer.servicePort),
  peerstate: stateOf(peer, thresholdS),
  state: stateOf(peer, thresholdS),
  lastupdated: peer.seen,
});

const bytes = (n: number | undefined): string | undefined =>
  n === undefined ? undefined : `${(n / 2 ** 30).toFixed(2)} GiB`;

const loadView = ({ facts, seen }: ServerRow): Shape<typeof managementServerMetricsResponse> => ({
  collectiontime: seen,
  availableprocessors: facts.cpus,
  cpuload: facts.cpuPercent === undefined ? undefined : `${facts.cpuPercent.toFixed(2)}%`,
  systemloadaverages: facts.load,
  heapmemorytotal: facts.heapTotal,
  heapmemoryused: facts.heapUsed,
  systemmemorytotal: bytes(facts.memoryTotal),
  systemmemoryfree: bytes(facts.memoryFree),
  systemmemoryused:
    facts.memoryTotal === undefined || facts.memoryFree === undefined
      ? undefined
      : bytes(facts.memoryTotal - facts.memoryFree),
  dbislocal: facts.databaseIsLocal,
});
