// Instance groups and affinity groups.
import { command, everyone, ownership, p, paging, scoping, success } from '../define.ts';
import { affinityGroupResponse, affinityGroupTypeResponse, instanceGroupResponse } from './group-responses.ts';
import { virtualMachineResponse } from './responses.ts';

export const createInstanceGroup = command('createInstanceGroup', {
  summary: 'Create an instance group',
  roles: everyone,
  mode: 'sync',
  params: {
    name: p.string({ required: true }),
    ...ownership,
  },
  returns: instanceGroupResponse,
});

export const listInstanceGroups = command('listInstanceGroups', {
  summary: 'List instance groups',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.uuid('instancegroup'),
    name: p.string(),
    ...scoping,
    ...paging,
  },
  returns: instanceGroupResponse,
});

export const updateInstanceGroup = command('updateInstanceGroup', {
  summary: 'Rename an instance group',
  roles: everyone,
  mode: 'sync',
  params: {
    id: p.uuid('instancegroup', { required: true, access: 'operate' }),
    name: p.string(),
  },
  returns: instanceGroupResponse,
});

export const deleteInstanceGroup = command('deleteInstanceGroup', {
  summary: 'Delete an instance group; its instances stay',
  roles: everyone,
  mode: 'sync',
  params: {
    id: p.uuid('instancegroup', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const createAffinityGroup = command('createAffinityGroup', {
  summary: 'Create an affinity group',
  roles: everyone,
  mode: 'async-create',
  event: 'AG.CREATE',
  resource: 'AffinityGroup',
  javaClass: 'user.affinitygroup.CreateAffinityGroupCmd',
  params: {
    name: p.string({ required: true }),
    type: p.string({ required: true }),
    description: p.string(),
    ...ownership,
  },
  returns: affinityGroupResponse,
});

export const listAffinityGroups = command('listAffinityGroups', {
  summary: 'List affinity groups',
  roles: everyone,
  mode: 'list',
  resource: 'AffinityGroup',
  params: {
    id: p.uuid('affinitygroup'),
    name: p.string(),
    type: p.string(),
    virtualMachineId: p.uuid('virtualmachine', { access: 'operate' }),
    ...scoping,
    ...paging,
  },
  returns: affinityGroupResponse,
});

export const listAffinityGroupTypes = command('listAffinityGroupTypes', {
  summary: 'List the kinds of affinity groups',
  roles: everyone,
  mode: 'list',
  params: {
    ...paging,
  },
  returns: affinityGroupTypeResponse,
});

export const deleteAffinityGroup = command('deleteAffinityGroup', {
  summary: 'Delete an affinity group',
  roles: everyone,
  mode: 'async',
  event: 'AG.DELETE',
  resource: 'AffinityGroup',
  javaClass: 'user.affinitygroup.DeleteAffinityGroupCmd',
  params: {
    id: p.uuid('affinitygroup', { access: 'operate' }),
    name: p.string(),
    ...ownership,
  },
  returns: success,
});

export const updateVMAffinityGroup = command('updateVMAffinityGroup', {
  summary: 'Put a stopped instance into other affinity groups',
  roles: everyone,
  mode: 'async',
  event: 'VM.AG.UPDATE',
  resource: 'AffinityGroup',
  javaClass: 'user.affinitygroup.UpdateVMAffinityGroupCmd',
  params: {
    id: p.uuid('virtualmachine', { required: true, access: 'operate' }),
    affinityGroupIds: p.uuids('affinitygroup', { access: 'use' }),
    affinityGroupNames: p.strings(),
  },
  returns: virtualMachineResponse,
  key: 'updatevirtualmachineresponse',
});
