// Every command this server promises: the registry that the server, its clients and the documentation read.
// Each file below `api/` exports its commands and nothing else. A command without a handler must not be served: its name stands
// in `later`, and serving it is taking its name out.
import * as zones from './infra/zone.ts';
import * as regions from './infra/region.ts';
import * as pods from './infra/pod.ts';
import * as clusters from './infra/cluster.ts';
import * as hosts from './infra/host.ts';
import * as outOfBand from './infra/out-of-band.ts';
import * as hostHa from './infra/host-ha.ts';
import * as capacity from './infra/capacity.ts';
import * as certificates from './infra/certificate.ts';
import * as sessions from './identity/session.ts';
import * as accounts from './identity/account.ts';
import * as users from './identity/user.ts';
import * as userKeys from './identity/userkey.ts';
import * as roles from './identity/role.ts';
import * as domains from './identity/domain.ts';
import * as projects from './identity/project.ts';
import * as limits from './identity/limit.ts';
import * as storagePools from './storage/pool.ts';
import * as imageStores from './storage/imagestore.ts';
import * as volumes from './storage/volume.ts';
import * as serviceOfferings from './offering/compute.ts';
import * as diskOfferings from './offering/disk.ts';
import * as networkOfferings from './offering/network.ts';
import * as physicalNetworks from './network/physical.ts';
import * as serviceProviders from './network/provider.ts';
import * as ranges from './network/range.ts';
import * as networks from './network/network.ts';
import * as addresses from './network/address.ts';
import * as firewall from './network/firewall.ts';
import * as nat from './network/nat.ts';
import * as routers from './router/router.ts';
import * as lifecycle from './vm/lifecycle.ts';
import * as nics from './vm/nic.ts';
import * as access from './vm/access.ts';
import * as userData from './vm/userdata.ts';
import * as groups from './vm/group.ts';
import * as templates from './image/template.ts';
import * as isos from './image/iso.ts';
import * as guestOs from './image/guestos.ts';
import * as jobs from './job/job.ts';
import * as events from './job/event.ts';
import * as alerts from './job/alert.ts';
import * as discovery from './config/discovery.ts';
import * as configuration from './config/setting.ts';
import * as managementServers from './config/server.ts';
import * as diagnostics from './config/diagnostic.ts';
import * as metrics from './metrics/metrics.ts';
import * as tags from './tag/tag.ts';
import * as resourceDetails from './tag/detail.ts';
import * as annotations from './tag/annotation.ts';

const all = {
  ...zones,
  ...regions,
  ...pods,
  ...clusters,
  ...hosts,
  ...outOfBand,
  ...hostHa,
  ...capacity,
  ...certificates,
  ...sessions,
  ...accounts,
  ...users,
  ...userKeys,
  ...roles,
  ...domains,
  ...projects,
  ...limits,
  ...storagePools,
  ...imageStores,
  ...volumes,
  ...serviceOfferings,
  ...diskOfferings,
  ...networkOfferings,
  ...physicalNetworks,
  ...serviceProviders,
  ...ranges,
  ...networks,
  ...addresses,
  ...firewall,
  ...nat,
  ...routers,
  ...lifecycle,
  ...nics,
  ...access,
  ...userData,
  ...groups,
  ...templates,
  ...isos,
  ...guestOs,
  ...jobs,
  ...events,
  ...alerts,
  ...discovery,
  ...configuration,
  ...managementServers,
  ...diagnostics,
  ...metrics,
  ...tags,
  ...resourceDetails,
  ...annotations,
};

const later = [
  'createStorageNetworkIpRange',
  'listStorageNetworkIpRange',
  'updateStorageNetworkIpRange',
  'deleteStorageNetworkIpRange',
  'attachIso',
  'lockAccount',
  'restoreVirtualMachine',
  'scaleVirtualMachine',
  'copyTemplate',
  'detachIso',
] as const satisfies readonly (keyof typeof all)[];

type Later = (typeof later)[number];
export type Commands = Omit<typeof all, Later>;
export type CommandName = keyof Commands;

const isLater = (name: string): boolean => (later as readonly string[]).includes(name);
const entries = Object.entries(all);

/** Served, by name. */
export const commands = Object.freeze(Object.fromEntries(entries.filter(([name]) => !isLater(name)))) as Commands;

/** Written down, not yet served. */
export const laterCommands = Object.freeze(Object.fromEntries(entries.filter(([name]) => isLater(name)))) as Pick<
  typeof all,
  Later
>;
