// Every state machine by the noun it is of.
import { nicMachine, virtualMachineMachine } from './states/vm.ts';
import { imageObjectMachine, storagePoolMachine, templateMachine, volumeMachine } from './states/storage.ts';
import { firewallRuleMachine, networkMachine, publicIpMachine, serviceProviderMachine } from './states/network.ts';
import { hostResourceMachine, hostStatusMachine } from './states/host.ts';
import { hostHaMachine } from './states/host-ha.ts';
import { powerMachine } from './states/power.ts';
import { accountMachine, domainMachine } from './states/identity.ts';

export const machines = {
  virtualMachine: virtualMachineMachine,
  nic: nicMachine,
  volume: volumeMachine,
  storagePool: storagePoolMachine,
  imageObject: imageObjectMachine,
  template: templateMachine,
  network: networkMachine,
  publicIp: publicIpMachine,
  firewallRule: firewallRuleMachine,
  serviceProvider: serviceProviderMachine,
  hostResource: hostResourceMachine,
  hostStatus: hostStatusMachine,
  hostHa: hostHaMachine,
  outOfBandManagement: powerMachine,
  account: accountMachine,
  domain: domainMachine,
} as const;

export type MachineName = keyof typeof machines;
