// addHost: takes a host that is connected and belongs to no zone yet into a cluster. The host's agent was installed on it
// with a certificate of this cloud; `url` says which of the connected ones is meant.
import { addHost } from '#api/infra/host.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { findCluster, makeCluster } from '../cluster/add.ts';
import { hypervisorNamed } from '../cluster/hypervisors.ts';
import { implement, type Caller, type Cx, type World } from '../context.ts';
import { publicBridge } from '../physical-network/traffic-type.ts';
import type { HostFacts } from './driver.ts';
import { clusterForHost, insertHost, podForHost } from './host.store.ts';
import { moveStatus } from './status.store.ts';
import { showHosts } from './show.ts';
import { refuseAccessGroups } from '../storage-pool/access-groups.ts';

type Params = Values<typeof addHost.params>;

/** Name or address in `http://host1`, `host1` or `http://host1/path`. */
export function hostInUrl(url: string): string {
  const found = /^(?:[a-z]+:\/\/)?([A-Za-z0-9._-]+)(?::\d+)?(?:\/.*)?$/.exec(url.trim());
  return (
    found?.[1] ??
    fail('invalidParameter', `url is '${url.slice(0, 60)}'; http:// and the host's name or address is accepted`, {
      parameter: 'url',
    })
  );
}

async function findPending(world: World, _caller: Caller, params: Params): Promise<HostFacts> {
  const wanted = hostInUrl(params.url);
  const pending = await world.drivers.hosts.pending();
  const found = pending.find((facts) => facts.hostname === wanted || facts.privateIp === wanted);
  if (found) return found;
  const waiting =
    pending.length > 0
      ? `; connected and waiting: ${pending
          .map((facts) => facts.hostname)
          .slice(0, 10)
          .join(', ')}`
      : '';
  return fail(
    'discoveryFailed',
    `No agent of a host ${wanted} is connected. Run «npm run agent -- join» on it, then add it${waiting}`,
    { parameter: 'url' },
  );
}

export const add = implement(
  addHost,
  async (cx, params, facts: HostFacts) => {
    if (params.externalDetails)
      fail('unsupported', 'externaldetails: this cloud has no extensions; leave it out', {
        parameter: 'externaldetails',
      });
    refuseAccessGroups(params);
    const hypervisor = hypervisorNamed(params.hypervisor);
    if (hypervisor !== facts.hypervisor)
      fail('invalidParameter', `hypervisor is ${params.hypervisor}, the host runs ${facts.hypervisor}`, {
        parameter: 'hypervisor',
      });
    const pod = await podForHost(cx.tx, params.podId);
    if (pod.zoneId !== params.zoneId)
      fail('invalidParameter', `podid: the pod ${pod.name} is in another zone`, { parameter: 'podid' });
    const cluster = await clusterForHost(cx.tx, await clusterId(cx, params, facts));
    if (cluster.zoneId !== params.zoneId || cluster.podId !== params.podId)
      fail('invalidParameter', `clusterid: the cluster ${cluster.name} is in another pod or zone`, {
        parameter: 'clusterid',
      });
    if (cluster.hypervisor !== facts.hypervisor)
      fail(
        'invalidParameter',
        `clusterid: the cluster ${cluster.name} is for ${cluster.hypervisor}, the host runs ${facts.hypervisor}`,
        { parameter: 'clusterid' },
      );
    if (cluster.arch !== facts.arch)
      fail(
        'invalidParameter',
        `clusterid: the cluster ${cluster.name} is for ${cluster.arch}, the host is ${facts.arch}`,
        { parameter: 'clusterid' },
      );
    await checkBridge(cx, params.zoneId, facts);
    const { id } = await insertHost(cx.tx, {
      facts,
      zoneId: params.zoneId,
      podId: params.podId,
      clusterId: cluster.id,
      url: params.url,
      tags: params.hostTags ?? [],
      enabled: readAllocation(params.allocationState),
    });
    await moveStatus(cx.tx, id, 'Ready');
    await cx.world.drivers.hosts.adopt(cx.tx, id, facts.guid);
    return { items: await showHosts(cx, [id]), count: 1 };
  },
  undefined,
  { probe: findPending },
);

/** The cluster that is named, by id or by name; one of a new name is made. */
async function clusterId(cx: Cx, params: Params, facts: HostFacts): Promise<number> {
  if (params.clusterId !== undefined) return params.clusterId;
  if (params.clusterName === undefined)
    return fail('missingParameter', 'Unable to execute API command addhost due to missing parameter clusterid', {
      parameter: 'clusterid',
    });
  return (
    (await findCluster(cx.tx, { podId: params.podId, name: params.clusterName })) ??
    makeCluster(cx.tx, cx.settings, {
      zone_id: params.zoneId,
      pod_id: params.podId,
      name: params.clusterName,
      hypervisor: facts.hypervisor,
      arch: facts.arch,
    })
  );
}

/** Routers need the bridge of the zone's public traffic wherever they run. */
async function checkBridge(cx: Cx, zoneId: number, facts: HostFacts): Promise<void> {
  const bridge = await publicBridge(cx.tx, zoneId);
  if (bridge === undefined || facts.hypervisor !== 'KVM' || facts.bridges.includes(bridge)) return;
  fail(
    'invalidParameter',
    `url: the host ${facts.hostname} has no bridge ${bridge}, which public traffic of the zone runs on; it has: ${facts.bridges.join(', ') || 'none'}`,
    { parameter: 'url' },
  );
}

function readAllocation(text: string | undefined): boolean {
  const state = text?.toLowerCase() ?? 'enabled';
  if (state !== 'enabled' && state !== 'disabled')
    fail('invalidParameter', `allocationstate is '${text}'; accepted: Enabled, Disabled`, {
      parameter: 'allocationstate',
    });
  return state === 'enabled';
}
