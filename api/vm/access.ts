// Ways into an instance: SSH keys, passwords, the console.
import { command, everyone, ownership, p, paging, rootOnly, scoping, success } from '../define.ts';
import {
  consoleEndpointResponse,
  consoleSessionResponse,
  createdSshKeyPairResponse,
  sshKeyPairResponse,
  vmPasswordResponse,
} from './access-responses.ts';
import { virtualMachineResponse } from './responses.ts';

export const createSSHKeyPair = command('createSSHKeyPair', {
  summary: 'Make an SSH key pair; the private key is shown once',
  roles: everyone,
  mode: 'sync',
  event: 'REGISTER.SSH.KEYPAIR',
  params: {
    name: p.string({ required: true }),
    ...ownership,
  },
  returns: createdSshKeyPairResponse,
});

export const registerSSHKeyPair = command('registerSSHKeyPair', {
  summary: 'Store a public SSH key',
  roles: everyone,
  mode: 'sync',
  event: 'REGISTER.SSH.KEYPAIR',
  params: {
    name: p.string({ required: true }),
    publicKey: p.string({ required: true, maxLength: 5120 }),
    ...ownership,
  },
  returns: sshKeyPairResponse,
});

export const listSSHKeyPairs = command('listSSHKeyPairs', {
  summary: 'List SSH key pairs',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.uuid('sshkeypair'),
    name: p.string(),
    fingerprint: p.string(),
    ...scoping,
    ...paging,
  },
  returns: sshKeyPairResponse,
  objectName: 'sshkeypair',
});

export const deleteSSHKeyPair = command('deleteSSHKeyPair', {
  summary: 'Delete an SSH key pair',
  roles: everyone,
  mode: 'sync',
  params: {
    name: p.string({ required: true }),
    ...ownership,
  },
  returns: success,
});

export const resetSSHKeyForVirtualMachine = command('resetSSHKeyForVirtualMachine', {
  summary: 'Give a stopped instance other SSH keys',
  roles: everyone,
  mode: 'async',
  event: 'VM.RESETSSHKEY',
  resource: 'VirtualMachine',
  javaClass: 'user.vm.ResetVMSSHKeyCmd',
  params: {
    id: p.uuid('virtualmachine', { required: true, access: 'operate' }),
    keyPair: p.string(),
    keyPairs: p.strings({ since: '4.17' }),
    ...ownership,
  },
  returns: virtualMachineResponse,
  key: 'resetSSHKeyforvirtualmachineresponse',
});

export const resetPasswordForVirtualMachine = command('resetPasswordForVirtualMachine', {
  summary: 'Give an instance a new password',
  roles: everyone,
  mode: 'async',
  event: 'VM.RESETPASSWORD',
  resource: 'VirtualMachine',
  javaClass: 'user.vm.ResetVMPasswordCmd',
  params: {
    id: p.uuid('virtualmachine', { required: true, access: 'operate' }),
    password: p.string({ since: '4.19.0', secret: true }),
  },
  returns: virtualMachineResponse,
});

export const getVMPassword = command('getVMPassword', {
  summary: "Show an instance's password, encrypted with its SSH key",
  roles: everyone,
  mode: 'sync',
  params: {
    id: p.uuid('virtualmachine', { required: true, access: 'operate' }),
  },
  returns: vmPasswordResponse,
});

export const createConsoleEndpoint = command('createConsoleEndpoint', {
  summary: "Make a one-time address of an instance's console",
  roles: everyone,
  mode: 'sync',
  since: '4.18.0',
  params: {
    virtualMachineId: p.uuid('virtualmachine', { access: 'operate', required: true }),
    token: p.string({ secret: true }),
  },
  returns: consoleEndpointResponse,
});

export const listConsoleSessions = command('listConsoleSessions', {
  summary: 'List console sessions',
  roles: everyone,
  mode: 'list',
  since: '4.21.0',
  params: {
    id: p.uuid('consolesession', { access: 'use' }),
    accountId: p.uuid('account', { access: 'use' }),
    acquired: p.boolean(),
    activeOnly: p.boolean(),
    clientAddress: p.string(),
    consoleEndpointCreatorAddress: p.string(),
    domainId: p.uuid('domain'),
    endDate: p.date({ endOfDay: true }),
    hostId: p.uuid('host', { roles: rootOnly }),
    isRecursive: p.boolean(),
    startDate: p.date(),
    userId: p.uuid('user', { access: 'use' }),
    virtualMachineId: p.uuid('virtualmachine'),
    ...paging,
  },
  returns: consoleSessionResponse,
});
