// createPortForwardingRule and its list, update and deletion. Without the firewall opened a forwarded port stays shut, so it is
// opened unless the caller says otherwise; that firewall rule goes with the forwarding.
import {
  createPortForwardingRule,
  deletePortForwardingRule,
  listPortForwardingRules,
  updatePortForwardingRule,
} from '#api/network/nat.ts';
import { fail } from '#api/errors.ts';
import type { Tx } from '#kernel/db.ts';
import { implement } from '../context.ts';
import { lockedNetwork, type NetworkRow } from '../network/look.ts';
import { raiseGeneration } from '../router/router.ts';
import { changeIt } from './apply.ts';
import { add, columnsOf, end, queryOf } from './firewall.ts';
import { checkCidrs, checkPorts, checkProtocol, named, overlap, type Match } from './match.ts';
import { placeOf, readCustomId, targetOf } from './place.ts';
import { changeRule, insertRule, moveRule, ruleById, rulesOfAddress, withRelated } from './rule.store.ts';
import { findRules } from './rule.view.store.ts';
import { portForwardingView, showPortForwarding } from './rule.view.ts';

const ANYWHERE = ['0.0.0.0/0'];

export const create = implement(
  createPortForwardingRule,
  async (cx, params) => {
    const { address, network } = await placeOf(cx.tx, { publicIpId: params.ipAddressId, service: 'PortForwarding' });
    if (params.networkId !== undefined && params.networkId !== network.id)
      fail(
        'invalidParameter',
        `networkid: ${address.address} is in the network ${network.name}; leave networkid out or name that one`,
        { parameter: 'networkid' },
      );
    if (address.staticNatNicId !== null)
      fail(
        'invalidParameter',
        `ipaddressid: ${address.address} leads to one instance by static NAT; disableStaticNat ends that`,
        { parameter: 'ipaddressid' },
      );
    const outside = checkPorts({
      start: params.publicPort,
      end: params.publicEndPort,
      names: ['publicport', 'publicendport'],
    });
    const inside = checkPorts({
      start: params.privatePort,
      end: params.privateEndPort,
      names: ['privateport', 'privateendport'],
    });
    checkSizes(outside, inside);
    const match: Match = {
      protocol: checkProtocol(params.protocol, ['tcp', 'udp']),
      startPort: outside.start,
      endPort: outside.end,
      icmpType: null,
      icmpCode: null,
    };
    const target = await targetOf(cx.tx, { vmId: params.virtualMachineId, network, guestIp: params.vmGuestIp });
    const taken = (await rulesOfAddress(cx.tx, address.id)).find(
      (rule) => rule.purpose === 'PortForwarding' && rule.state !== 'Revoke' && overlap(rule, match),
    );
    if (taken)
      fail(
        'ruleConflict',
        `publicport: ${named(match)} of ${address.address} overlaps a port forwarding rule: ${named(taken)}`,
        { parameter: 'publicport' },
      );
    const sources = checkCidrs('cidrlist', params.cidrList, ANYWHERE);
    const open = (params.openFirewall ?? true) && network.services.includes('Firewall');
    if (!open) checkAnySource(sources);
    const rule = await insertRule(cx.tx, {
      account_id: network.accountId,
      domain_id: network.domainId,
      network_id: network.id,
      purpose: 'PortForwarding',
      public_ip_id: address.id,
      ...columnsOf(match),
      source_cidrs: sources,
      vm_id: params.virtualMachineId,
      nic_id: target.nicId,
      guest_ip: target.ip,
      private_start_port: inside.start,
      private_end_port: inside.end,
      display: params.forDisplay,
    });
    if (open) await openFirewall(cx.tx, { network, publicIpId: address.id, match, sources, forRule: rule.id });
    return add(cx, { ...rule, networkId: network.id, owner: network });
  },
  async (cx, { id }: { id: number }) => showPortForwarding(cx.tx, id),
);

function checkSizes(outside: { start: number; end: number }, inside: { start: number; end: number }): void {
  const [wide, deep] = [outside.end - outside.start + 1, inside.end - inside.start + 1];
  if (wide !== deep)
    fail(
      'invalidParameter',
      `privateendport: ${wide} public ports cannot lead to ${deep} private ones; ranges of equal size are accepted`,
      { parameter: 'privateendport' },
    );
}

/** Sources are looked at by the firewall; forwarding itself asks nobody. */
function checkAnySource(sources: readonly string[]): void {
  if (sources.some((cidr) => cidr !== ANYWHERE[0]))
    fail(
      'unsupported',
      'cidrlist limits the firewall rule that openfirewall makes; without it use createFirewallRule',
      { parameter: 'cidrlist' },
    );
}

interface Opening {
  network: NetworkRow;
  publicIpId: number;
  match: Match;
  sources: readonly string[];
  forRule: number;
}
/** Nothing is added where a rule lets all of it in already. */
export async function openFirewall(tx: Tx, { network, publicIpId, match, sources, forRule }: Opening): Promise<void> {
  const covering = (await rulesOfAddress(tx, publicIpId)).some(
    (rule) =>
      rule.purpose === 'Firewall' &&
      rule.state !== 'Revoke' &&
      rule.protocol === match.protocol &&
      rule.startPort! <= match.startPort! &&
      rule.endPort! >= match.endPort! &&
      sources.every((cidr) => rule.sourceCidrs.includes(cidr)),
  );
  if (covering) return;
  const rule = await insertRule(tx, {
    account_id: network.accountId,
    domain_id: network.domainId,
    network_id: network.id,
    purpose: 'Firewall',
    public_ip_id: publicIpId,
    ...columnsOf(match),
    source_cidrs: sources,
    related_id: forRule,
  });
  await moveRule(tx, rule.id, 'ApplyRequested');
}

export const list = implement(listPortForwardingRules, async (cx, params) => {
  const { rows, count } = await findRules(cx.tx, queryOf(cx, 'PortForwarding', params));
  return { items: rows.map(portForwardingView), count };
});

export const update = implement(
  updatePortForwardingRule,
  async (cx, params) => {
    const before = await ruleById(cx.tx, params.id);
    const network = await lockedNetwork(cx.tx, before.networkId);
    const rule = await ruleById(cx.tx, params.id);
    if (rule.state !== 'Active' && rule.state !== 'Add')
      fail('wrongState', `The rule is ${rule.state}; one that is Active can be changed`, { parameter: 'id' });
    const inside = checkPorts({
      start: params.privatePort ?? rule.privateStartPort!,
      end: params.privateEndPort ?? (params.privatePort === undefined ? rule.privateEndPort! : undefined),
      names: ['privateport', 'privateendport'],
    });
    checkSizes({ start: rule.startPort!, end: rule.endPort! }, inside);
    const moved = params.virtualMachineId !== undefined || params.vmGuestIp !== undefined;
    const target = moved
      ? await targetOf(cx.tx, { vmId: params.virtualMachineId ?? rule.vmId!, network, guestIp: params.vmGuestIp })
      : undefined;
    const sources = params.cidrList === undefined ? undefined : checkCidrs('cidrlist', params.cidrList, ANYWHERE);
    if (sources) await changeSources(cx.tx, rule.id, sources);
    await changeRule(cx.tx, rule.id, {
      private_start_port: inside.start,
      private_end_port: inside.end,
      vm_id: params.virtualMachineId,
      nic_id: target?.nicId,
      guest_ip: target?.ip,
      source_cidrs: sources,
      display: params.forDisplay,
      uuid: await readCustomId(cx.tx, params.customId),
    });
    await raiseGeneration(cx.tx, [network.id]);
    return cx.enqueue(
      changeIt,
      { ruleId: rule.id, networkId: network.id },
      { lanes: [`network:${network.id}`], about: params.customId ?? rule.uuid, owner: network },
    );
  },
  async (cx, { id }: { id: number }) => showPortForwarding(cx.tx, id),
);

async function changeSources(tx: Tx, ruleId: number, sources: readonly string[]): Promise<void> {
  const opened = (await withRelated(tx, ruleId)).find((rule) => rule.relatedId === ruleId);
  if (opened) await changeRule(tx, opened.id, { source_cidrs: sources });
  else checkAnySource(sources);
}

export const remove = implement(deletePortForwardingRule, (cx, params) => end(cx, params.id));
