// A first zone, through the public API: each step looks first, so that a start that broke off goes on where it was.
import type { Api, Thing } from './api.ts';

export interface PodPlan {
  gateway: string;
  netmask: string;
  start: string;
  end: string;
}
export interface ZonePlan {
  name: string;
  hypervisor: 'KVM' | 'Simulator';
  /** Hosts by cluster; a host's name is what its agent calls itself. */
  clusters: readonly (readonly string[])[];
  dns: string;
  /** Name (pod1 unless given) and addresses of the first pod's management network. */
  pod: PodPlan & { name?: string };
  publicRange: { gateway: string; netmask: string; start: string; end: string };
  publicBridge: string;
  /** Folders on the hosts. */
  primaryPath: string;
  secondaryPath: string;
}

const VNI_RANGE = '1000-2999';

/** Everything up to the hosts: they join once the certificates are there. */
export async function makeZone(api: Api, plan: ZonePlan): Promise<Thing> {
  const zone = await api.ensure({
    list: 'listZones',
    name: plan.name,
    create: 'createZone',
    params: {
      name: plan.name,
      networktype: 'Advanced',
      dns1: plan.dns,
      internaldns1: plan.dns,
      guestcidraddress: '10.1.1.0/24',
    },
  });
  const physical = await api.ensure({
    list: 'listPhysicalNetworks',
    where: { zoneid: zone.id },
    name: 'physical1',
    create: 'createPhysicalNetwork',
    params: { name: 'physical1', isolationmethods: 'VXLAN', vlan: VNI_RANGE },
  });
  await trafficTypes(api, physical, plan);
  if (physical.state !== 'Enabled') await api.make('updatePhysicalNetwork', { id: physical.id, state: 'Enabled' });
  await enableRouters(api, physical);
  const pod = await ensurePod(api, { zone, name: plan.pod.name ?? 'pod1', plan: plan.pod });
  if ((await api.list('listVlanIpRanges', { zoneid: zone.id })).length === 0) {
    await api.make('createVlanIpRange', {
      zoneid: zone.id,
      physicalnetworkid: physical.id,
      forvirtualnetwork: true,
      vlan: 'untagged',
      gateway: plan.publicRange.gateway,
      netmask: plan.publicRange.netmask,
      startip: plan.publicRange.start,
      endip: plan.publicRange.end,
    });
  }
  for (const index of plan.clusters.keys()) await cluster(api, { zone, pod, plan, index });
  return zone;
}

const cluster = (
  api: Api,
  { zone, pod, plan, index }: { zone: Thing; pod: Thing; plan: ZonePlan; index: number },
): Promise<Thing> => {
  const name = `cluster${index + 1}`;
  return api.ensure({
    list: 'listClusters',
    where: { zoneid: zone.id },
    name,
    create: 'addCluster',
    params: { podid: pod.id, clustername: name, clustertype: 'CloudManaged', hypervisor: plan.hypervisor },
  });
};

export const ensurePod = (
  api: Api,
  { zone, name, plan }: { zone: Thing; name: string; plan: PodPlan },
): Promise<Thing> =>
  api.ensure({
    list: 'listPods',
    where: { zoneid: zone.id },
    name,
    create: 'createPod',
    params: { name, gateway: plan.gateway, netmask: plan.netmask, startip: plan.start, endip: plan.end },
  });

async function trafficTypes(api: Api, physical: Thing, plan: ZonePlan): Promise<void> {
  const there = await api.list('listTrafficTypes', { physicalnetworkid: physical.id });
  for (const [type, label] of [
    ['Management', ''],
    ['Guest', ''],
    ['Public', plan.publicBridge],
  ] as const) {
    if (there.some((one) => one['traffictype'] === type)) continue;
    await api.make('addTrafficType', {
      physicalnetworkid: physical.id,
      traffictype: type,
      ...(label ? { kvmnetworklabel: label } : {}),
    });
  }
}

async function enableRouters(api: Api, physical: Thing): Promise<void> {
  const provider = await api.ensure({
    list: 'listNetworkServiceProviders',
    where: { physicalnetworkid: physical.id },
    name: 'VirtualRouter',
    create: 'addNetworkServiceProvider',
    params: { name: 'VirtualRouter' },
  });
  for (const element of await api.list('listVirtualRouterElements', { nspid: provider.id, enabled: false }))
    await api.make('configureVirtualRouterElement', { id: element.id, enabled: true });
  if (provider.state !== 'Enabled')
    await api.make('updateNetworkServiceProvider', { id: provider.id, state: 'Enabled' });
}

/** Hosts into clusters, storage, and the zone open for business. Hosts are tried until their agents have dialled in. */
export async function joinHosts(
  api: Api,
  { zone, plan, say, check }: { zone: Thing; plan: ZonePlan; say: (text: string) => void; check: () => void },
): Promise<void> {
  const pod = (await api.list('listPods', { zoneid: zone.id }))[0]!;
  const there = await api.list('listHosts', { zoneid: zone.id, type: 'Routing' });
  for (const [index, names] of plan.clusters.entries()) {
    const target = await cluster(api, { zone, pod, plan, index });
    for (const name of names) {
      if (there.some((host) => host.name === name)) continue;
      say(name);
      await patiently(
        () =>
          api.make('addHost', {
            zoneid: zone.id,
            podid: pod.id,
            clusterid: target.id,
            hypervisor: plan.hypervisor,
            url: `http://${name}`,
          }),
        PATIENCE_MS,
        check,
      );
    }
  }
  await patiently(async () => {
    const waiting = (await api.list('listHosts', { zoneid: zone.id, type: 'Routing' })).filter(
      (host) => host.state !== 'Up',
    );
    if (waiting.length > 0) throw new Error(`not up yet: ${waiting.map((host) => host.name).join(', ')}`);
  });
}

export async function openZone(api: Api, { zone, plan }: { zone: Thing; plan: ZonePlan }): Promise<void> {
  await api.ensure({
    list: 'listStoragePools',
    where: { zoneid: zone.id },
    name: 'primary1',
    create: 'createStoragePool',
    params: {
      name: 'primary1',
      url: `SharedMountPoint://localhost${plan.primaryPath}`,
      scope: 'ZONE',
      hypervisor: plan.hypervisor,
    },
  });
  if ((await api.list('listImageStores', { zoneid: zone.id })).length === 0)
    await api.make('addImageStore', {
      zoneid: zone.id,
      name: `secondary-${plan.name}`, // its name is its own in the whole cloud
      provider: 'NFS',
      url: `file://${plan.secondaryPath}`,
    });
  if (zone['allocationstate'] !== 'Enabled') await api.make('updateZone', { id: zone.id, allocationstate: 'Enabled' });
}

const PATIENCE_MS = 60_000;

/** Tries again while the world gets ready; `check` throws when there is no point in waiting. */
export async function patiently<T>(
  attempt: () => Promise<T>,
  forMs = PATIENCE_MS,
  check: () => void = () => {},
): Promise<T> {
  const until = Date.now() + forMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw error;
      check();
      await new Promise((resolve) => {
        setTimeout(resolve, 300);
      });
    }
  }
}
