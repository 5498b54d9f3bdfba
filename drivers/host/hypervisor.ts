// Guests on hosts that run our agent: KVM and the simulator speak the same protocol.
import type { HypervisorDriver } from '#cloud/vm/driver.ts';
import { HostRefused, type HostCalls } from './calls.ts';

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
  migrate: async ({ from, to, guest, copy }, call) => {
    const door = await hosts.call(to.id, 'guest.receive', { guest, from: from.guid }, call);
    await hosts.call(from.id, 'guest.migrate', { guest, to: to.guid, door, copy: [...copy] }, call);
    await hosts.call(to.id, 'guest.received', guest, call);
  },
  settleMigration: async ({ from, to, guest }, call) => {
    const { here } = await hosts.call(from.id, 'guest.stay', { name: guest.name }, call);
    if (here) {
      await hosts.call(to.id, 'guest.stop', { name: guest.name, force: true, graceS: 0 }, call);
      return 'source';
    }
    try {
      await hosts.call(to.id, 'guest.received', guest, call);
      return 'target';
    } catch (error) {
      if (error instanceof HostRefused && error.refusal.code === 'missing') return 'nowhere';
      throw error;
    }
  },
  running: async (hostId) =>
    (await hosts.call(hostId, 'guest.list', {}, null)).guests
      .filter(({ power }) => power === 'Running')
      .map(({ name }) => name),
  openConsole: async (hostId, name, ticket) => {
    await hosts.call(hostId, 'console.open', { name, ticket }, null);
  },
  reachable: (hostId) => hosts.isConnected(hostId),
});
