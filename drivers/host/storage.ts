// Primary storage that is a folder on the hosts, what hosts see of each other there, and image stores that are folders hosts reach.
import type { LeaseDriver } from '#cloud/host/driver.ts';
import type { ImageDriver } from '#cloud/template/driver.ts';
import type { StorageDriver } from '#cloud/volume/driver.ts';
import type { HostCalls } from './calls.ts';

export const agentStorage = (hosts: HostCalls): StorageDriver => ({
  stat: (hostId, pool, call) => hosts.call(hostId, 'pool.stat', { pool }, call),
  create: (hostId, volume, call) => hosts.call(hostId, 'volume.create', volume, call),
  delete: async (hostId, volume, call) => {
    await hosts.call(hostId, 'volume.delete', volume, call);
  },
  resize: (hostId, volume, call) => hosts.call(hostId, 'volume.resize', volume, call),
  fetchTemplate: (hostId, template, call) => hosts.call(hostId, 'template.fetch', template, call),
  evictTemplate: async (hostId, template, call) => {
    await hosts.call(hostId, 'template.evict', template, call);
  },
  list: (hostId, pool) => hosts.call(hostId, 'volume.list', { pool }, null),
});

export const agentImages = (hosts: HostCalls): ImageDriver => ({
  download: (hostId, download, call) => hosts.call(hostId, 'image.download', download, call),
  delete: async (hostId, image, call) => {
    await hosts.call(hostId, 'image.delete', image, call);
  },
  stat: (hostId, storePath) => hosts.call(hostId, 'image.stat', { storePath }, null),
});

export const agentLeases = (hosts: HostCalls): LeaseDriver => ({
  watch: (witnessId, at) => hosts.call(witnessId, 'lease.watch', at, null),
  fence: async (witnessId, at, pill) => {
    await hosts.call(witnessId, 'lease.fence', { ...at, pill: pill.id, off: pill.off }, null);
  },
  clear: async (witnessId, at) => {
    await hosts.call(witnessId, 'lease.clear', at, null);
  },
  reaches: async (witnessId, { guid, address }) =>
    (await hosts.call(witnessId, 'host.probe', { host: guid, address }, null)).reached,
});
