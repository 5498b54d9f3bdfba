// A region through the public API: zones with their pods and clusters, hosts, what is sold, tenants and their guests. Each step
// looks first, so that a build that broke off goes on where it was.
import { clustersOf, hostsOf, podNames, podNetwork } from '#agent/sim/fleet.ts';
import type { Api, Thing } from '../cloud/api.ts';
import { ensureTemplate } from '../cloud/guest.ts';
import { ensurePod, makeZone, openZone, patiently, type ZonePlan } from '../cloud/zone.ts';
import { REGION_OFFERING, type ZoneShape } from './plan.ts';

export type Say = (text: string) => void;
export const OFFERING = 'Small Instance';
export const NETWORK_OFFERING = 'DefaultIsolatedNetworkOfferingWithSourceNatService';
const AT_ONCE = 16;
const BOOT_WITHIN_MS = 120_000;

const zonePlan = ({ name, fleet, publicRange }: ZoneShape): ZonePlan => ({
  name,
  hypervisor: 'Simulator',
  clusters: [],
  dns: '8.8.8.8',
  publicBridge: 'pub',
  primaryPath: '/simulated/primary',
  secondaryPath: '/simulated/secondary',
  pod: { name: podNames(fleet)[0]!, ...podNetwork(fleet, 0) },
  publicRange,
});

/** Without hosts. */
export async function buildZone(api: Api, shape: ZoneShape, say: Say): Promise<Thing> {
  const zone = await makeZone(api, zonePlan(shape));
  for (const [index, name] of podNames(shape.fleet).entries()) {
    say(name);
    const pod = await ensurePod(api, { zone, name, plan: podNetwork(shape.fleet, index) });
    const there = new Set((await api.list('listClusters', { podid: pod.id })).map((cluster) => cluster.name));
    for (const cluster of clustersOf(shape.fleet, index).filter((one) => !there.has(one)))
      await api.make('addCluster', {
        zoneid: zone.id,
        podid: pod.id,
        clustername: cluster,
        clustertype: 'CloudManaged',
        hypervisor: 'Simulator',
      });
  }
  return zone;
}

/** One by one; they have dialled in. */
export async function addHosts(api: Api, { zone, shape }: { zone: Thing; shape: ZoneShape }, say: Say): Promise<void> {
  const pods = new Map((await api.list('listPods', { zoneid: zone.id })).map((pod) => [pod.name, pod.id]));
  const clusters = new Map(
    (await api.list('listClusters', { zoneid: zone.id })).map((cluster) => [cluster.name, cluster.id]),
  );
  for (const host of hostsOf(shape.fleet)) {
    say(host.name);
    await patiently(() =>
      api.make('addHost', {
        zoneid: zone.id,
        podid: pods.get(host.pod)!,
        clusterid: clusters.get(host.cluster)!,
        hypervisor: 'Simulator',
        url: `http://${host.name}`,
      }),
    );
  }
}

/** Storage, an image and an offering; the zone is open afterwards. */
export async function furnishZone(api: Api, zone: Thing, shape: ZoneShape): Promise<void> {
  await openZone(api, { zone, plan: zonePlan(shape) });
  await patiently(
    () =>
      ensureTemplate(api, {
        zone,
        url: 'http://images.example/tiny.qcow2',
        hypervisor: 'Simulator',
        say: () => {},
      }),
    BOOT_WITHIN_MS,
  );
}

export const ensureOffering = (api: Api): Promise<Thing> =>
  api.ensure({
    list: 'listServiceOfferings',
    name: OFFERING,
    create: 'createServiceOffering',
    params: {
      name: OFFERING,
      displaytext: OFFERING,
      cpunumber: REGION_OFFERING.cpus,
      cpuspeed: REGION_OFFERING.cpuMhz,
      memory: REGION_OFFERING.memoryMib,
    },
  });

/** A region's tenants are as large as they like. */
export async function liftLimits(api: Api): Promise<void> {
  for (const what of ['user.vms', 'cpus', 'memory', 'volumes', 'primary.storage', 'networks', 'public.ips'])
    for (const whose of ['account', 'domain'])
      await api.make('updateConfiguration', { name: `max.${whose}.${what}`, value: -1 });
}

export async function ensureTenants(api: Api, shape: ZoneShape, say: Say): Promise<void> {
  const there = new Set(
    (await api.list('listAccounts', { listall: true, pagesize: 500, page: 1 })).map(({ name }) => name),
  );
  for (const tenant of new Set(shape.networks.map((network) => network.tenant))) {
    if (there.has(tenant)) continue;
    say(tenant);
    await api.make('createAccount', {
      accounttype: 0,
      username: tenant,
      password: `${tenant}-simulated`,
      email: `${tenant}@region.example`,
      firstname: 'Simulated',
      lastname: 'Tenant',
    });
  }
}

/** Networks and guests, guest by guest as tenants would. */
export async function deployGuests(
  api: Api,
  { zone, shape }: { zone: Thing; shape: ZoneShape },
  say: Say,
): Promise<void> {
  const domain = (await api.list('listDomains', { listall: true }))[0]!;
  const template = (await api.list('listTemplates', { templatefilter: 'self', zoneid: zone.id }))[0]!;
  const offering = await ensureOffering(api);
  const networkOffering = (await api.list('listNetworkOfferings', { name: NETWORK_OFFERING }))[0]!;
  for (const { tenant, name, guests } of shape.networks) {
    const owner = { account: tenant, domainid: domain.id };
    const network = await api.make('createNetwork', {
      ...owner,
      name,
      displaytext: name,
      zoneid: zone.id,
      networkofferingid: networkOffering.id,
    });
    const numbers = Array.from({ length: guests }, (_, index) => index + 1).values();
    const deploy = async (): Promise<void> => {
      for (const number of numbers) {
        say(`${name}: ${number} of ${guests}`);
        await api.make('deployVirtualMachine', {
          ...owner,
          zoneid: zone.id,
          templateid: template.id,
          serviceofferingid: offering.id,
          networkids: network.id,
          name: guestName(name, number),
        });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, deploy));
  }
}

export const guestName = (network: string, number: number): string => `${network}-${String(number).padStart(3, '0')}`;
