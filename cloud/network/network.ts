// Networks as instances need them: chosen, joined, made ready on a host, left again.
import { settings } from '#api/settings.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import type { GuestNic } from '../vm/driver.ts';
import { bootNics, type BootNic } from './nic.store.ts';

export { networksForGuest } from './for-guest.ts';
export { addNics, freeNics, type GuestNetwork } from './nics.ts';
export { prepareNetworks, refreshRouters } from './prepare.ts';

/** The cards a guest boots with; its networks have been prepared. */
export async function guestNics(tx: Tx, vmId: number): Promise<GuestNic[]> {
  const nics = await bootNics(tx, vmId, {
    vm: settings['vm.network.throttling.rate'].default,
    network: settings['network.throttling.rate'].default,
  });
  return nics.map(guestNic);
}

export const guestNic = (nic: BootNic): GuestNic => ({
  nicId: nic.uuid,
  vni: nic.vni ?? fail('wrongState', `The network ${nic.networkName} is not implemented`),
  tap: tapName(nic.id),
  mac: nic.mac,
  ip: nic.ip,
  secondaryIps: nic.secondaryIps,
  mtu: nic.mtu,
  device: nic.deviceId,
  rateMbps: nic.rate > 0 ? nic.rate : null,
});

/** Never `vnet…`, which libvirt gives out and takes away itself. */
export const tapName = (nicId: number): string => `t${nicId.toString(36).padStart(8, '0')}`;
