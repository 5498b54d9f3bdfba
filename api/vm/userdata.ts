// User data handed to instances at boot.
import { command, everyone, ownership, p, paging, rootOnly, scoping, success } from '../define.ts';
import { userDataResponse, vmUserDataResponse } from './access-responses.ts';
import { virtualMachineResponse } from './responses.ts';

export const registerUserData = command('registerUserData', {
  summary: 'Store user data under a name',
  roles: everyone,
  mode: 'sync',
  since: '4.18',
  event: 'REGISTER.USER.DATA',
  params: {
    name: p.string({ required: true }),
    userData: p.string({ required: true, maxLength: 1048576, secret: true }),
    params: p.string(),
    ...ownership,
  },
  returns: userDataResponse,
});

export const listUserData = command('listUserData', {
  summary: 'List stored user data',
  roles: everyone,
  mode: 'list',
  since: '4.18',
  params: {
    id: p.uuid('userdata'),
    name: p.string(),
    ...scoping,
    ...paging,
  },
  returns: userDataResponse,
});

export const deleteUserData = command('deleteUserData', {
  summary: 'Delete stored user data',
  roles: everyone,
  mode: 'sync',
  since: '4.18',
  params: {
    id: p.uuid('userdata', { access: 'operate', required: true }),
    ...ownership,
  },
  returns: success,
});

export const resetUserDataForVirtualMachine = command('resetUserDataForVirtualMachine', {
  summary: 'Give a stopped instance other user data',
  roles: rootOnly,
  mode: 'sync',
  since: '4.18.0',
  event: 'VM.RESETUSERDATA',
  resource: 'VirtualMachine',
  params: {
    id: p.uuid('virtualmachine', { required: true, access: 'operate' }),
    userData: p.string({ maxLength: 1048576, secret: true }),
    userDataDetails: p.map(),
    userDataId: p.uuid('userdata', { access: 'use' }),
    ...ownership,
  },
  returns: virtualMachineResponse,
});

export const getVirtualMachineUserData = command('getVirtualMachineUserData', {
  summary: "Show an instance's user data",
  roles: everyone,
  mode: 'sync',
  since: '4.4',
  params: {
    virtualMachineId: p.uuid('virtualmachine', { access: 'operate', required: true }),
  },
  returns: vmUserDataResponse,
});
