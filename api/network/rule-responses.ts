// Firewall, NAT and security group rules as answers show them.
import { f, response, rootOnly } from '../define.ts';
import { tagResponse } from '../tag/responses.ts';

export const firewallResponse = response('firewallrule', {
  id: f.string(),
  cidrlist: f.string(),
  destcidrlist: f.string(),
  endport: f.integer(),
  fordisplay: f.boolean({ roles: rootOnly, since: '4.4' }),
  icmpcode: f.integer(),
  icmptype: f.integer(),
  ipaddress: f.string(),
  ipaddressid: f.string(),
  networkid: f.string(),
  protocol: f.string(),
  startport: f.integer(),
  state: f.string(),
  tags: f.objects(() => tagResponse),
  traffictype: f.string({ since: '4.17.0' }),
  vpcid: f.string(),
});

export const portForwardingRuleResponse = response('portforwardingrule', {
  id: f.string(),
  cidrlist: f.string(),
  fordisplay: f.boolean({ roles: rootOnly, since: '4.4' }),
  ipaddress: f.string(),
  ipaddressid: f.string(),
  networkid: f.string(),
  networkname: f.string(),
  privateendport: f.string(),
  privateport: f.string(),
  protocol: f.string(),
  publicendport: f.string(),
  publicport: f.string(),
  state: f.string(),
  tags: f.objects(() => tagResponse),
  virtualmachinedisplayname: f.string(),
  virtualmachineid: f.string(),
  virtualmachinename: f.string(),
  vmguestip: f.string(),
});

export const ipForwardingRuleResponse = response('ipforwardingrule', {
  id: f.string(),
  endport: f.integer(),
  ipaddress: f.string(),
  ipaddressid: f.long(),
  protocol: f.string(),
  startport: f.integer(),
  state: f.string(),
  virtualmachinedisplayname: f.string(),
  virtualmachineid: f.string(),
  virtualmachinename: f.string(),
});

export const securityGroupRuleResponse = response('ingressrule', {
  account: f.string(),
  cidr: f.string(),
  endport: f.integer(),
  icmpcode: f.integer(),
  icmptype: f.integer(),
  protocol: f.string(),
  ruleid: f.string(),
  securitygroupname: f.string(),
  startport: f.integer(),
  tags: f.objects(() => tagResponse, { apiType: 'set' }),
});

export const securityGroupResponse = response('securitygroup', {
  id: f.string(),
  name: f.string(),
  description: f.string(),
  account: f.string(),
  domain: f.string(),
  domainid: f.string(),
  domainpath: f.string({ since: '4.19.2.0' }),
  egressrule: f.objects(() => securityGroupRuleResponse, { apiType: 'set' }),
  ingressrule: f.objects(() => securityGroupRuleResponse, { apiType: 'set' }),
  project: f.string(),
  projectid: f.string(),
  tags: f.objects(() => tagResponse, { apiType: 'set' }),
  virtualmachinecount: f.integer({ since: '4.6.0' }),
  virtualmachineids: f.strings({ apiType: 'set', since: '4.6.0' }),
});
