// Firewall rules: what may come in to a public address and what may leave a network.
import { command, everyone, p, paging, rootOnly, scoping, success } from '../define.ts';
import { firewallResponse } from './rule-responses.ts';

export const createFirewallRule = command('createFirewallRule', {
  summary: 'Let traffic in to a public address',
  roles: everyone,
  mode: 'async-create',
  event: 'FIREWALL.OPEN',
  resource: 'FirewallRule',
  javaClass: 'user.firewall.CreateFirewallRuleCmd',
  params: {
    ipAddressId: p.uuid('publicipaddress', { access: 'operate', required: true }),
    protocol: p.string({ required: true }),
    cidrList: p.strings(),
    endPort: p.integer(),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
    icmpCode: p.integer(),
    icmpType: p.integer(),
    startPort: p.integer(),
    type: p.string(),
  },
  returns: firewallResponse,
});

export const listFirewallRules = command('listFirewallRules', {
  summary: 'List firewall rules',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.uuid('firewallrule'),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
    ipAddressId: p.uuid('publicipaddress'),
    networkId: p.uuid('network', { since: '4.3' }),
    tags: p.map({ mapKeys: ['key', 'value'] }),
    ...scoping,
    ...paging,
  },
  returns: firewallResponse,
});

export const updateFirewallRule = command('updateFirewallRule', {
  summary: "Change a firewall rule's id or whether it is shown",
  roles: everyone,
  mode: 'async',
  since: '4.4',
  event: 'FIREWALL.UPDATE',
  javaClass: 'user.firewall.UpdateFirewallRuleCmd',
  params: {
    id: p.uuid('firewallrule', { access: 'operate', required: true }),
    customId: p.string({ roles: rootOnly, since: '4.4' }),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
  },
  returns: firewallResponse,
});

export const deleteFirewallRule = command('deleteFirewallRule', {
  summary: 'Delete a firewall rule',
  roles: everyone,
  mode: 'async',
  event: 'FIREWALL.CLOSE',
  resource: 'FirewallRule',
  javaClass: 'user.firewall.DeleteFirewallRuleCmd',
  params: {
    id: p.uuid('firewallrule', { required: true, access: 'operate' }),
  },
  returns: success,
});

export const createEgressFirewallRule = command('createEgressFirewallRule', {
  summary: 'Let traffic out of a network, or stop it where all may leave',
  roles: everyone,
  mode: 'async-create',
  event: 'FIREWALL.EGRESS.OPEN',
  resource: 'FirewallRule',
  javaClass: 'user.firewall.CreateEgressFirewallRuleCmd',
  params: {
    networkId: p.uuid('network', { access: 'operate', required: true }),
    protocol: p.string({ required: true }),
    cidrList: p.strings(),
    destCidrList: p.strings(),
    endPort: p.integer(),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
    icmpCode: p.integer(),
    icmpType: p.integer(),
    startPort: p.integer(),
    type: p.string(),
  },
  returns: firewallResponse,
});

export const listEgressFirewallRules = command('listEgressFirewallRules', {
  summary: 'List egress rules',
  roles: everyone,
  mode: 'list',
  params: {
    id: p.uuid('egressrule'),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
    ipAddressId: p.uuid('publicipaddress'),
    networkId: p.uuid('network'),
    tags: p.map({ mapKeys: ['key', 'value'] }),
    ...scoping,
    ...paging,
  },
  returns: firewallResponse,
});

export const updateEgressFirewallRule = command('updateEgressFirewallRule', {
  summary: "Change an egress rule's id or whether it is shown",
  roles: everyone,
  mode: 'async',
  since: '4.4',
  event: 'FIREWALL.EGRESS.UPDATE',
  javaClass: 'user.firewall.UpdateEgressFirewallRuleCmd',
  params: {
    id: p.uuid('egressrule', { access: 'operate', required: true }),
    customId: p.string({ roles: rootOnly, since: '4.4' }),
    forDisplay: p.boolean({ roles: rootOnly, since: '4.4' }),
  },
  returns: firewallResponse,
});

export const deleteEgressFirewallRule = command('deleteEgressFirewallRule', {
  summary: 'Delete an egress rule',
  roles: everyone,
  mode: 'async',
  event: 'FIREWALL.EGRESS.CLOSE',
  resource: 'FirewallRule',
  javaClass: 'user.firewall.DeleteEgressFirewallRuleCmd',
  params: {
    id: p.uuid('egressrule', { required: true, access: 'operate' }),
  },
  returns: success,
});
