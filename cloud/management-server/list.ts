// listManagementServers and listManagementServersMetrics: the servers of the cloud and how they are. One that has not been
// heard for longer than the threshold is Down, whatever it wrote last.
import { listManagementServers } from '#api/config/server.ts';
import type { managementServerResponse } from '#api/config/responses.ts';
import { listManagementServersMetrics } from '#api/metrics/metrics.ts';
import type { managementServerMetricsResponse } from '#api/metrics/responses.ts';
import type { Shape } from '#api/define.ts';
import { implement, type Cx } from '../context.ts';
import { allServers, findServers, openSessions, pendingJobs, type ServerRow } from './management-server.store.ts';

type Peers = Awaited<ReturnType<typeof allServers>>;
interface Around {
  thresholdS: number;
  jobs: number;
  peers: Peers | undefined;
}

const around = async (cx: Cx, peers: boolean | undefined): Promise<Around> => ({
  thresholdS: cx.settings.number('cluster.heartbeat.threshold') / 1000,
  jobs: await pendingJobs(cx.tx),
  peers: peers ? await allServers(cx.tx) : undefined,
});
const stateOf = ({ state, silentS }: { state: string; silentS: number }, thresholdS: number): string =>
  silentS > thresholdS ? 'Down' : state;

export const list = implement(listManagementServers, async (cx, params) => {
  const { rows, count } = await findServers(cx.tx, {
    ...cx,
    id: params.id,
    name: params.name,
    version: params.version,
  });
  const known = await around(cx, params.peers);
  return { items: rows.map((row) => serverView(row, known)), count };
});

export const listMetrics = implement(listManagementServersMetrics, async (cx, params) => {
  const { rows, count } = await findServers(cx.tx, {
    ...cx,
    id: params.id,
    name: params.name,
    version: params.version,
  });
  const [known, sessions] = [await around(cx, params.peers), await openSessions(cx.tx)];
  return { items: rows.map((row) => ({ ...serverView(row, known), ...loadView(row), sessions })), count };
});

const serverView = (
  server: ServerRow,
  { thresholdS, jobs, peers }: Around,
): Shape<typeof managementServerResponse> => ({
  id: server.uuid,
  name: server.name,
  state: stateOf(server, thresholdS),
  version: server.version,
  ipaddress: server.address,
  serviceip: server.address,
  agentscount: server.agents,
  pendingjobscount: jobs,
  lastserverstart: server.started,
  lastserverstop: server.stopped,
  lastboottime: server.facts.bootedAt === undefined ? null : new Date(server.facts.bootedAt),
  kernelversion: server.facts.kernel,
  osdistribution: server.facts.distribution,
  peers: peers
    ?.filter(({ id }) => id !== server.id)
    .map((peer) => ({
      peerid: peer.uuid,
      peername: peer.name,
      peerserviceip: peer.address,
      peerstate: stateOf(peer, thresholdS),
      state: stateOf(peer, thresholdS),
      lastupdated: peer.seen,
    })),
});

const bytes = (n: number | undefined): string | undefined =>
  n === undefined ? undefined : `${(n / 2 ** 30).toFixed(2)} GiB`;

const loadView = ({ facts, agents, seen }: ServerRow): Shape<typeof managementServerMetricsResponse> => ({
  agentcount: agents,
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
