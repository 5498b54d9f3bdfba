// Port forwarding and static NAT.
import { command, everyone, p, paging, rootOnly, scoping, success } from '../define.ts';
import { ipForwardingRuleResponse, portForwardingRuleResponse } from './rule-responses.ts';

export const createPortForwardingRule = command('createPortForwardingRule', {
  summary: 'Forward ports of a public address to an instance',
  roles: everyone,
  mode: 'async-create',
  event: 'NET.RULEADD',
  resource: 'FirewallRule',
  javaClass: 'user.firewall.CreatePortForwardingRuleCmd',
  params: {
    ipAddressId: p.uuid('publicipaddress', { required: true, access: 'operate' }),
    privatePort: p.integer({ required: true }),
    protocol: p.string({ required: true }),
    publicPort: p.integer({ required: true }),
    virtualMachineId: p.uuid('virtualmachine', { required: true, access: 'operate' }),
    cidrList: p.strings(),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
    networkId: p.uuid('network', { access: 'use' }),
    openFirewall: p.boolean(),
    privateEndPort: p.integer(),
    publicEndPort: p.integer(),
    vmGuestIp: p.string(),
  },
  returns: portForwardingRuleResponse,
});

export const listPortForwardingRules = command('listPortForwardingRules', {
  summary: 'List port forwarding rules',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.uuid('portforwardingrule'),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
    ipAddressId: p.uuid('publicipaddress'),
    networkId: p.uuid('network', { since: '4.3' }),
    tags: p.map({ mapKeys: ['key', 'value'] }),
    ...scoping,
    ...paging,
  },
  returns: portForwardingRuleResponse,
});

export const updatePortForwardingRule = command('updatePortForwardingRule', {
  summary: 'Change where a port forwarding rule leads, or whether it is shown',
  roles: everyone,
  mode: 'async',
  event: 'NET.RULEMODIFY',
  javaClass: 'user.firewall.UpdatePortForwardingRuleCmd',
  params: {
    id: p.uuid('portforwardingrule', { access: 'operate', required: true, since: '4.4' }),
    cidrList: p.strings(),
    customId: p.string({ roles: rootOnly, since: '4.4' }),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
    privateEndPort: p.integer(),
    privatePort: p.integer(),
    virtualMachineId: p.uuid('virtualmachine', { access: 'operate' }),
    vmGuestIp: p.string({ since: '4.5' }),
  },
  returns: portForwardingRuleResponse,
});

export const deletePortForwardingRule = command('deletePortForwardingRule', {
  summary: 'Delete a port forwarding rule',
  roles: everyone,
  mode: 'async',
  event: 'NET.RULEDELETE',
  resource: 'FirewallRule',
  javaClass: 'user.firewall.DeletePortForwardingRuleCmd',
  params: {
    id: p.uuid('portforwardingrule', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const enableStaticNat = command('enableStaticNat', {
  summary: 'Give a public address to one instance',
  roles: everyone,
  mode: 'sync',
  event: 'STATICNAT.ENABLE',
  resource: 'VirtualMachine',
  params: {
    ipAddressId: p.uuid('publicipaddress', { access: 'operate', required: true }),
    virtualMachineId: p.uuid('virtualmachine', { access: 'operate', required: true }),
    networkId: p.uuid('network', { access: 'use' }),
    vmGuestIp: p.string(),
  },
  returns: success,
});

export const disableStaticNat = command('disableStaticNat', {
  summary: 'Take a public address back from its instance',
  roles: everyone,
  mode: 'async',
  event: 'STATICNAT.DISABLE',
  resource: 'VirtualMachine',
  javaClass: 'user.nat.DisableStaticNatCmd',
  params: {
    ipAddressId: p.uuid('publicipaddress', { access: 'operate', required: true }),
  },
  returns: success,
});

export const createIpForwardingRule = command('createIpForwardingRule', {
  summary: 'Open ports of a static NAT address to its instance',
  roles: everyone,
  mode: 'async-create',
  event: 'NET.RULEADD',
  resource: 'FirewallRule',
  javaClass: 'user.nat.CreateIpForwardingRuleCmd',
  params: {
    ipAddressId: p.uuid('publicipaddress', { access: 'operate', required: true }),
    protocol: p.string({ required: true }),
    startPort: p.integer({ required: true }),
    cidrList: p.strings(),
    endPort: p.integer(),
    openFirewall: p.boolean(),
  },
  returns: ipForwardingRuleResponse,
});

export const listIpForwardingRules = command('listIpForwardingRules', {
  summary: 'List static NAT rules',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.uuid('ipforwardingrule'),
    ipAddressId: p.uuid('publicipaddress'),
    virtualMachineId: p.uuid('virtualmachine'),
    ...scoping,
    ...paging,
  },
  returns: ipForwardingRuleResponse,
});

export const deleteIpForwardingRule = command('deleteIpForwardingRule', {
  summary: 'Delete a static NAT rule',
  roles: everyone,
  mode: 'async',
  event: 'NET.RULEDELETE',
  resource: 'FirewallRule',
  javaClass: 'user.nat.DeleteIpForwardingRuleCmd',
  params: {
    id: p.uuid('ipforwardingrule', { access: 'operate', required: true }),
  },
  returns: success,
});
