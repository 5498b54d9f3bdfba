// A cloud ready to be tortured, made through its API: a zone with simulated hosts, tenants with keys, something to buy.
import path from 'node:path';
import { requestCertificate } from '#tools/cloud/certificate.ts';
import { withKeys, withPassword, type Api, type Thing } from '#tools/cloud/api.ts';
import { ensureOffering, ensureTemplate } from '#tools/cloud/guest.ts';
import { joinHosts, makeZone, openZone, type ZonePlan } from '#tools/cloud/zone.ts';
import { USUAL_KNOBS } from './faults.ts';
import { clientOf, type Client } from './client.ts';
import { PASSWORD, type Processes } from './servers.ts';
import type { Shop } from './tenant.ts';

export const HOSTS = ['sim-1', 'sim-2', 'sim-3', 'sim-4'] as const;
const NETMASK = '255.255.0.0';
const plan: ZonePlan = {
  name: 'zone1',
  hypervisor: 'Simulator',
  clusters: [HOSTS.slice(0, 2), HOSTS.slice(2)],
  dns: '8.8.8.8',
  publicBridge: 'pub',
  primaryPath: '/simulated/primary',
  secondaryPath: '/simulated/secondary',
  pod: { gateway: '10.98.0.1', netmask: '255.255.255.0', start: '10.98.0.100', end: '10.98.0.200' },
  publicRange: { gateway: '198.18.0.1', netmask: NETMASK, start: '198.18.1.1', end: '198.18.4.250' },
};
/** What tenants leave behind unknowingly must not stop them. */
const UNLIMITED = ['user.vms', 'volumes', 'public.ips', 'networks', 'cpus', 'memory', 'primary.storage'] as const;

export interface Tortured {
  shop: Shop;
  tenants: readonly { name: string; client: Client }[];
}

export async function makeCloud(processes: Processes, tenants: number): Promise<Tortured> {
  const [first, ...others] = processes.servers;
  await processes.startServer(first!);
  await Promise.all(others.map((server) => processes.startServer(server)));
  const api = await asAdministrator(first!.url);
  for (const what of UNLIMITED) await api.make('updateConfiguration', { name: `max.account.${what}`, value: -1 });
  await api.make('updateConfiguration', { name: 'allow.user.expunge.recover.vm', value: true });
  const zone = await makeZone(api, plan);
  await startHosts(processes, api);
  await joinHosts(api, { zone, plan, say: () => {}, check: () => {} });
  await openZone(api, { zone, plan });
  const shop = await openShop(api, zone);
  const made: { name: string; client: Client }[] = [];
  for (let n = 1; n <= tenants; n += 1) made.push(await makeTenant(api, processes, `tenant${n}`));
  return { shop, tenants: made };
}

async function asAdministrator(url: string): Promise<Api> {
  const admin = withPassword({ api: url, username: 'admin', password: PASSWORD });
  const [user] = await admin.list('listUsers', { username: 'admin' });
  return withKeys({ api: url, ...keysIn(await admin.make('registerUserKeys', { id: user!.id, name: 'chaos' })) });
}
const keysIn = (keys: Thing): { apikey: string; secretkey: string } => ({
  apikey: String(keys['apikey']),
  secretkey: String(keys['secretkey']),
});

async function startHosts(processes: Processes, api: Api): Promise<void> {
  const { dir } = processes;
  const files = { key: path.join(dir, 'key.pem'), cert: path.join(dir, 'cert.pem'), ca: path.join(dir, 'ca.pem') };
  await requestCertificate(api, { commonName: 'simulator', names: [], files });
  processes.startSimulator({
    ...files,
    ...USUAL_KNOBS,
    redialLongestMs: 500,
    pingEveryS: 1,
    hosts: HOSTS.map((name, index) => ({ name, address: `10.98.0.${11 + index}` })),
  });
}

async function openShop(api: Api, zone: Thing): Promise<Shop> {
  const template = await ensureTemplate(api, {
    zone,
    url: 'http://images.example/tiny.qcow2',
    hypervisor: 'Simulator',
    say: () => {},
  });
  const offering = await ensureOffering(api);
  const disks = await api.list('listDiskOfferings', {});
  const networks = await api.list('listNetworkOfferings', { guestiptype: 'Isolated', state: 'Enabled', forvpc: false });
  return {
    zoneId: zone.id,
    templateId: template.id,
    offeringId: offering.id,
    diskOfferingId: disks.find((one) => one['iscustomized'] === true)!.id,
    networkOfferingId: networks.find((one) => String(one.name).includes('SourceNat'))!.id,
  };
}

async function makeTenant(api: Api, processes: Processes, name: string): Promise<{ name: string; client: Client }> {
  await api.make('createAccount', {
    accounttype: 0,
    username: name,
    password: PASSWORD,
    email: `${name}@example.org`,
    firstname: name,
    lastname: name,
  });
  const [user] = await api.list('listUsers', { username: name, listall: true });
  const { apikey, secretkey } = keysIn(await api.make('registerUserKeys', { id: user!.id, name: 'chaos' }));
  return { name, client: clientOf(processes.servers, { apiKey: apikey, secretKey: secretkey }) };
}
