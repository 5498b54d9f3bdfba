// What hosts see of each other on storage they share.
import type { LeaseDriver } from '#cloud/host/driver.ts';
import type { HostCalls } from './calls.ts';

export const agentLeases = (hosts: HostCalls): LeaseDriver => ({
  watch: (witnessId, at) => hosts.call(witnessId, 'lease.watch', at, null),
  fence: async (witnessId, at, pill) => {
    await hosts.call(witnessId, 'lease.fence', { ...at, pill }, null);
  },
  clear: async (witnessId, at) => {
    await hosts.call(witnessId, 'lease.clear', at, null);
  },
});
