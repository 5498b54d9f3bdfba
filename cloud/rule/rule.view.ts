// How rules look in an answer.
import type { Shape } from '#api/define.ts';
import type {
  firewallResponse,
  ipForwardingRuleResponse,
  portForwardingRuleResponse,
} from '#api/network/rule-responses.ts';
import type { Tx } from '#kernel/db.ts';
import { ruleDetails, type RuleDetail } from './rule.view.store.ts';

const tagsView = (rule: RuleDetail, resourcetype: string) =>
  rule.tags.map((tag) => ({
    key: tag.key,
    value: tag.value,
    resourcetype,
    resourceid: rule.uuid,
    account: tag.account,
    domain: tag.domain,
    domainid: tag.domainUuid,
  }));
const jobView = (rule: RuleDetail) => (rule.jobUuid ? { jobid: rule.jobUuid, jobstatus: 0 } : {});

export const firewallView = (rule: RuleDetail): Shape<typeof firewallResponse> => ({
  id: rule.uuid,
  protocol: rule.protocol,
  state: rule.state,
  fordisplay: rule.display,
  networkid: rule.networkUuid,
  cidrlist: rule.sourceCidrs.join(','),
  tags: tagsView(rule, 'FirewallRule'),
  ...jobView(rule),
  ...(rule.protocol === 'icmp'
    ? { icmptype: rule.icmpType, icmpcode: rule.icmpCode }
    : { startport: rule.startPort, endport: rule.endPort }),
  ...(rule.purpose === 'Egress'
    ? { traffictype: 'Egress', destcidrlist: rule.destinationCidrs.join(',') }
    : { traffictype: 'Ingress', ipaddress: rule.publicIp, ipaddressid: rule.publicIpUuid }),
});

export const portForwardingView = (rule: RuleDetail): Shape<typeof portForwardingRuleResponse> => ({
  id: rule.uuid,
  protocol: rule.protocol,
  state: rule.state,
  fordisplay: rule.display,
  ipaddress: rule.publicIp,
  ipaddressid: rule.publicIpUuid,
  networkid: rule.networkUuid,
  networkname: rule.networkName,
  publicport: String(rule.startPort),
  publicendport: String(rule.endPort),
  privateport: String(rule.privateStartPort),
  privateendport: String(rule.privateEndPort),
  cidrlist: rule.sourceCidrs.join(','),
  virtualmachineid: rule.vmUuid,
  virtualmachinename: rule.vmName,
  virtualmachinedisplayname: rule.vmDisplayName,
  vmguestip: rule.guestIp,
  tags: tagsView(rule, 'PortForwardingRule'),
  ...jobView(rule),
});

export const ipForwardingView = (rule: RuleDetail): Shape<typeof ipForwardingRuleResponse> => ({
  id: rule.uuid,
  protocol: rule.protocol,
  state: rule.state,
  ipaddress: rule.publicIp,
  startport: rule.startPort,
  endport: rule.endPort,
  virtualmachineid: rule.vmUuid,
  virtualmachinename: rule.vmName,
  virtualmachinedisplayname: rule.vmDisplayName,
  ...jobView(rule),
});

const one = async (tx: Tx, id: number): Promise<RuleDetail> => (await ruleDetails(tx, [id]))[0]!;
export const showFirewall = async (tx: Tx, id: number): Promise<Shape<typeof firewallResponse>> =>
  firewallView(await one(tx, id));
export const showPortForwarding = async (tx: Tx, id: number): Promise<Shape<typeof portForwardingRuleResponse>> =>
  portForwardingView(await one(tx, id));
export const showIpForwarding = async (tx: Tx, id: number): Promise<Shape<typeof ipForwardingRuleResponse>> =>
  ipForwardingView(await one(tx, id));
