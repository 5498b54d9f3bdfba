// Guests on hosts that run our agent: KVM and the simulator speak the same protocol.
import type { HypervisorDriver } from '#cloud/vm/driver.ts';
import type { HostCalls } from './calls.ts';

export const agentHypervisor = (hosts: HostCalls): HypervisorDriver => ({
  start: async (hostId, guest, call) => {
    await hosts.call(hostId, 'guest.start', guest, call);
  },
  stop: async (hostId, name, how, call) => {
    await hosts.call(hostId, 'guest.stop', { name, ...how }, call);
  },
  reboot: async (hostId, name, how, call) => {
    await hosts.call(hostId, 'guest.reboot', { name, ...how }, call);
  },
  attachDisk: async (hostId, name, disk, call) => {
    await hosts.call(hostId, 'disk.attach', { name, disk }, call);
  },
  detachDisk: async (hostId, name, volumeId, call) => {
    await hosts.call(hostId, 'disk.detach', { name, volumeId }, call);
  },
  attachNic: async (hostId, name, nic, call) => {
    await hosts.call(hostId, 'nic.attach', { name, nic }, call);
  },
  detachNic: async (hostId, name, nic, call) => {
    await hosts.call(hostId, 'nic.detach', { name, ...nic }, call);
  },
  openConsole: async (hostId, name, ticket) => {
    await hosts.call(hostId, 'console.open', { name, ticket }, null);
  },
  reachable: (hostId) => hosts.isConnected(hostId),
});
