// Network cards of instances and their addresses.
import { command, everyone, p, paging, rootOnly, success } from '../define.ts';
import { nicResponse, nicSecondaryIpResponse } from '../network/nic-responses.ts';
import { virtualMachineResponse } from './responses.ts';

export const listNics = command('listNics', {
  summary: "List an instance's network cards",
  roles: everyone,
  mode: 'list',
  resource: 'IpAddress',
  params: {
    virtualMachineId: p.uuid('virtualmachine', { access: 'operate', required: true }),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
    networkId: p.uuid('network'),
    nicId: p.uuid('nic'),
    ...paging,
  },
  returns: nicResponse,
});

export const addNicToVirtualMachine = command('addNicToVirtualMachine', {
  summary: 'Add a network card to an instance',
  roles: everyone,
  mode: 'async',
  event: 'NIC.CREATE',
  resource: 'VirtualMachine',
  javaClass: 'user.vm.AddNicToVMCmd',
  params: {
    networkId: p.uuid('network', { access: 'use', required: true }),
    virtualMachineId: p.uuid('virtualmachine', { required: true, access: 'operate' }),
    dhcpOptions: p.map(),
    ipAddress: p.string(),
    macAddress: p.string(),
  },
  returns: virtualMachineResponse,
});

export const removeNicFromVirtualMachine = command('removeNicFromVirtualMachine', {
  summary: 'Remove a network card from an instance',
  roles: everyone,
  mode: 'async',
  event: 'NIC.DELETE',
  javaClass: 'user.vm.RemoveNicFromVMCmd',
  params: {
    nicId: p.uuid('nic', { access: 'operate', required: true }),
    virtualMachineId: p.uuid('virtualmachine', { required: true, access: 'operate' }),
  },
  returns: virtualMachineResponse,
});

export const updateDefaultNicForVirtualMachine = command('updateDefaultNicForVirtualMachine', {
  summary: 'Choose the network card that has the default route',
  roles: everyone,
  mode: 'async',
  event: 'NIC.UPDATE',
  javaClass: 'user.vm.UpdateDefaultNicForVMCmd',
  params: {
    nicId: p.uuid('nic', { access: 'operate', required: true }),
    virtualMachineId: p.uuid('virtualmachine', { required: true, access: 'operate' }),
  },
  returns: virtualMachineResponse,
});

export const updateVmNicIp = command('updateVmNicIp', {
  summary: 'Change the address of a network card',
  roles: everyone,
  mode: 'async',
  event: 'NET.IPASSIGN',
  resource: 'IpAddress',
  javaClass: 'user.vm.UpdateVmNicIpCmd',
  params: {
    nicId: p.uuid('nic', { access: 'operate', required: true }),
    ipAddress: p.string(),
  },
  returns: virtualMachineResponse,
});

export const addIpToNic = command('addIpToNic', {
  summary: 'Give a network card one more address',
  roles: everyone,
  mode: 'async-create',
  event: 'NIC.SECONDARY.IP.ASSIGN',
  resource: 'IpAddress',
  javaClass: 'user.vm.AddIpToVmNicCmd',
  params: {
    nicId: p.uuid('nic', { access: 'operate', required: true }),
    description: p.string({ maxLength: 2048 }),
    ipAddress: p.string(),
  },
  returns: nicSecondaryIpResponse,
  key: 'addiptovmnicresponse',
});

export const removeIpFromNic = command('removeIpFromNic', {
  summary: 'Take a secondary address from a network card',
  roles: everyone,
  mode: 'async',
  event: 'NIC.SECONDARY.IP.UNASSIGN',
  resource: 'IpAddress',
  javaClass: 'user.vm.RemoveIpFromVmNicCmd',
  params: {
    id: p.uuid('nicsecondaryip', { access: 'operate', required: true }),
  },
  returns: success,
});
