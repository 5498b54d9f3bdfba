// addHost: takes a host that is connected and belongs to no zone yet into a cluster. The host's agent was installed on it
// with a certificate of this cloud; `url` says which of the connected ones is meant.
import { addHost } from '#api/infra/host.ts';
import type { Values } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { implement, type Caller, type World } from '../context.ts';
import type { HostFacts } from './driver.ts';
import { clusterForHost, insertHost } from './host.store.ts';
import { showHosts } from './show.ts';

type Params = Values<typeof addHost.params>;

/** Name or address in `http://host1`, `host1` or `http://host1/path`. */
export function hostInUrl(url: string): string {
  const found = /^(?:[a-z]+:\/\/)?([A-Za-z0-9._-]+)(?::\d+)?(?:\/.*)?$/.exec(url.trim());
  return found?.[1] ?? fail('invalidParameter', `url is '${url.slice(0, 60)}'; http:// and the host's name or address is accepted`, { parameter: 'url' });
}

async function findPending(world: World, _caller: Caller, params: Params): Promise<HostFacts> {
  const wanted = hostInUrl(params.url);
  const pending = world.drivers.hosts.pending();
  const found = pending.find((facts) => facts.hostname === wanted || facts.privateIp === wanted);
  if (found) return found;
  const waiting = pending.length > 0 ? `; connected and waiting: ${pending.map((facts) => facts.hostname).slice(0, 10).join(', ')}` : '';
  return fail('discoveryFailed', `No agent of a host ${wanted} is connected. Install the agent on it with a certificate of this cloud first${waiting}`, { parameter: 'url' });
}

export const add = implement(addHost, async (cx, params, facts: HostFacts) => {
  if (params.clusterId === undefined) fail('missingParameter', 'Unable to execute API command addhost due to missing parameter clusterid', { parameter: 'clusterid' });
  const cluster = await clusterForHost(cx.tx, params.clusterId);
  if (cluster.zoneId !== params.zoneId || cluster.podId !== params.podId) fail('invalidParameter', `clusterid: the cluster ${cluster.name} is in another pod or zone`, { parameter: 'clusterid' });
  if (cluster.hypervisor !== facts.hypervisor) fail('invalidParameter', `clusterid: the cluster ${cluster.name} is for ${cluster.hypervisor}, the host runs ${facts.hypervisor}`, { parameter: 'clusterid' });
  if (params.hypervisor.toLowerCase() !== facts.hypervisor.toLowerCase()) fail('invalidParameter', `hypervisor is ${params.hypervisor}, the host runs ${facts.hypervisor}`, { parameter: 'hypervisor' });
  const enabled = params.allocationState?.toLowerCase() !== 'disabled';
  const { id, uuid } = await insertHost(cx.tx, { facts, zoneId: params.zoneId, podId: params.podId, clusterId: params.clusterId, url: params.url, tags: params.hostTags ?? [], enabled });
  cx.tx.afterCommit(() => cx.world.drivers.hosts.adopt(id, facts.guid));
  await cx.event({ type: 'HOST.ADD', description: `Host ${facts.hostname} was added`, uuid, resourceType: 'Host' });
  return { items: await showHosts(cx, [id]), count: 1 };
}, undefined, { probe: findPending });
