// createFirewallRule, createEgressFirewallRule and their lists, updates and deletions. What an egress rule means follows the
// network: where nothing may leave it lets out, where everything may it stops.
import {
  createEgressFirewallRule,
  createFirewallRule,
  deleteEgressFirewallRule,
  deleteFirewallRule,
  listEgressFirewallRules,
  listFirewallRules,
  updateEgressFirewallRule,
  updateFirewallRule,
} from '#api/network/firewall.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx, type Submitted } from '../context.ts';
import { checkCidr, cidrContains, toText } from '../network/address-rules.ts';
import { lockedNetwork } from '../network/look.ts';
import { recorded } from '../recorded.ts';
import { raiseGeneration } from '../router/router.ts';
import { addRule, removeRule, revoke } from './apply.ts';
import { checkCidrs, checkMatch, named, overlap, shareAny, type Match } from './match.ts';
import { openNetwork, placeOf, readCustomId } from './place.ts';
import { changeRule, insertRule, moveRule, ruleById, rulesOfAddress, rulesOfNetwork } from './rule.store.ts';
import { findRules, type RuleQuery } from './rule.view.store.ts';
import { firewallView, showFirewall } from './rule.view.ts';

const ANYWHERE = ['0.0.0.0/0'];

function checkType(type: string | undefined): void {
  if (type !== undefined && type.toLowerCase() !== 'user')
    fail('unsupported', `type is ${type}; rules of type user are accepted`, { parameter: 'type' });
}

export const create = implement(
  createFirewallRule,
  async (cx, params) => {
    checkType(params.type);
    const { address, network } = await placeOf(cx.tx, { publicIpId: params.ipAddressId, service: 'Firewall' });
    const match = checkMatch(params, ['tcp', 'udp', 'icmp']);
    const sources = checkCidrs('cidrlist', params.cidrList, ANYWHERE);
    const others = (await rulesOfAddress(cx.tx, address.id)).filter(
      (rule) => rule.purpose === 'Firewall' && rule.state !== 'Revoke',
    );
    const same = others.find((rule) => overlap(rule, match) && shareAny(rule.sourceCidrs, sources));
    if (same)
      fail(
        'ruleConflict',
        `startport: ${named(match)} overlaps a firewall rule of ${address.address} for the same sources: ${named(same)}`,
        { parameter: 'startport' },
      );
    const rule = await insertRule(cx.tx, {
      account_id: network.accountId,
      domain_id: network.domainId,
      network_id: network.id,
      purpose: 'Firewall',
      public_ip_id: address.id,
      ...columnsOf(match),
      source_cidrs: sources,
      display: params.forDisplay,
    });
    return add(cx, { ...rule, networkId: network.id, owner: network });
  },
  async (cx, { id }: { id: number }) => showFirewall(cx.tx, id),
);

export const createEgress = implement(
  createEgressFirewallRule,
  async (cx, params) => {
    checkType(params.type);
    const network = await openNetwork(cx.tx, {
      networkId: params.networkId,
      service: 'Firewall',
      parameter: 'networkid',
    });
    const match = checkMatch(params, ['tcp', 'udp', 'icmp', 'all']);
    const sources = checkCidrs('cidrlist', params.cidrList, [network.cidr!]);
    const inside = checkCidr('cidr', network.cidr!);
    const foreign = sources
      .map((text) => checkCidr('cidrlist', text))
      .find((one) => !cidrContains(inside, toText(one.first)) || !cidrContains(inside, toText(one.last)));
    if (foreign)
      fail('invalidParameter', `cidrlist: ${foreign.text} is not inside the network's ${inside.text}`, {
        parameter: 'cidrlist',
      });
    const destinations = checkCidrs('destcidrlist', params.destCidrList, ANYWHERE);
    const others = (await rulesOfNetwork(cx.tx, { networkId: network.id, purpose: 'Egress' })).filter(
      (rule) => rule.state !== 'Revoke',
    );
    const same = others.find(
      (rule) =>
        overlap(rule, match) && shareAny(rule.sourceCidrs, sources) && shareAny(rule.destinationCidrs, destinations),
    );
    if (same)
      fail(
        'ruleConflict',
        `startport: ${named(match)} overlaps an egress rule of ${network.name} for the same addresses: ${named(same)}`,
        { parameter: 'startport' },
      );
    const rule = await insertRule(cx.tx, {
      account_id: network.accountId,
      domain_id: network.domainId,
      network_id: network.id,
      purpose: 'Egress',
      ...columnsOf(match),
      source_cidrs: sources,
      destination_cidrs: destinations,
      display: params.forDisplay,
    });
    return add(cx, { ...rule, networkId: network.id, owner: network });
  },
  async (cx, { id }: { id: number }) => showFirewall(cx.tx, id),
);

export const columnsOf = (match: Match): Record<string, unknown> => ({
  protocol: match.protocol,
  start_port: match.startPort,
  end_port: match.endPort,
  icmp_type: match.icmpType,
  icmp_code: match.icmpCode,
});

interface Made {
  id: number;
  uuid: string;
  networkId: number;
  owner: { accountId: number; domainId: number };
}
/** The row is there; the router is told by the job. */
export async function add(cx: Cx, { id, uuid, networkId, owner }: Made): Promise<Submitted> {
  await moveRule(cx.tx, id, 'ApplyRequested');
  await raiseGeneration(cx.tx, [networkId]);
  return cx.enqueue(
    addRule,
    { ruleId: id, networkId },
    { lanes: [`network:${networkId}`], about: uuid, owner: { accountId: owner.accountId, domainId: owner.domainId } },
  );
}

export async function end(cx: Cx, id: number): Promise<Submitted> {
  // The network's row first, as everything does that holds both.
  await lockedNetwork(cx.tx, (await ruleById(cx.tx, id)).networkId);
  const rule = await revoke(cx.tx, id);
  return cx.enqueue(
    removeRule,
    { ruleId: id, networkId: rule.networkId },
    {
      lanes: [`network:${rule.networkId}`],
      about: rule.uuid,
      owner: { accountId: rule.accountId, domainId: rule.domainId },
    },
  );
}

type ListParams = { id?: number; ipAddressId?: number; networkId?: number; forDisplay?: boolean };
export const queryOf = (cx: Cx, purpose: RuleQuery['purpose'], params: ListParams): RuleQuery => ({
  purpose,
  scope: cx.scope,
  page: cx.page,
  keyword: cx.keyword,
  tags: cx.tags,
  id: params.id,
  publicIpId: params.ipAddressId,
  networkId: params.networkId,
  display: params.forDisplay,
  showHidden: cx.caller.isRoot,
});

export const list = implement(listFirewallRules, async (cx, params) => {
  const { rows, count } = await findRules(cx.tx, queryOf(cx, 'Firewall', params));
  return { items: rows.map(firewallView), count };
});
export const listEgress = implement(listEgressFirewallRules, async (cx, params) => {
  const { rows, count } = await findRules(cx.tx, queryOf(cx, 'Egress', params));
  return { items: rows.map(firewallView), count };
});

/** What is not on the router: whether it is shown, and its id. */
export async function changeShown(
  cx: Cx,
  params: { id: number; customId?: string; forDisplay?: boolean },
): Promise<Submitted> {
  const rule = await ruleById(cx.tx, params.id);
  await changeRule(cx.tx, rule.id, { uuid: await readCustomId(cx.tx, params.customId), display: params.forDisplay });
  return cx.enqueue(
    recorded,
    { id: rule.id },
    { lanes: [], about: params.customId ?? rule.uuid, owner: { accountId: rule.accountId, domainId: rule.domainId } },
  );
}
export const update = implement(updateFirewallRule, changeShown, async (cx, { id }: { id: number }) =>
  showFirewall(cx.tx, id),
);
export const updateEgress = implement(updateEgressFirewallRule, changeShown, async (cx, { id }: { id: number }) =>
  showFirewall(cx.tx, id),
);

export const remove = implement(deleteFirewallRule, (cx, params) => end(cx, params.id));
export const removeEgress = implement(deleteEgressFirewallRule, (cx, params) => end(cx, params.id));
