// enableStaticNat, disableStaticNat, and the rules that open ports of such an address.
import {
  createIpForwardingRule,
  deleteIpForwardingRule,
  disableStaticNat,
  enableStaticNat,
  listIpForwardingRules,
} from '#api/network/nat.ts';
import { fail } from '#api/errors.ts';
import { enqueue } from '#kernel/queue.ts';
import { addressesOfNetwork, leadTo } from '../address/look.ts';
import { done, implement } from '../context.ts';
import { applyIt } from '../network/update.ts';
import { raiseGeneration } from '../router/router.ts';
import { add, columnsOf, end, queryOf } from './firewall.ts';
import { checkCidrs, checkPorts, checkProtocol, named, overlap, type Match } from './match.ts';
import { placeOf, targetOf } from './place.ts';
import { openFirewall } from './port-forwarding.ts';
import { endRule } from './rule.ts';
import { insertRule, rulesOfAddress, withRelated } from './rule.store.ts';
import { findRules } from './rule.view.store.ts';
import { ipForwardingView, showIpForwarding } from './rule.view.ts';

export const enable = implement(enableStaticNat, async (cx, params) => {
  const { address, network } = await placeOf(cx.tx, { publicIpId: params.ipAddressId, service: 'StaticNat' });
  const refuse = (why: string): never =>
    fail('invalidParameter', `ipaddressid: ${address.address} ${why}`, { parameter: 'ipaddressid' });
  if (params.networkId !== undefined && params.networkId !== network.id)
    fail(
      'invalidParameter',
      `networkid: ${address.address} is in the network ${network.name}; leave networkid out or name that one`,
      { parameter: 'networkid' },
    );
  if (address.sourceNat) refuse("is the address the network's guests leave by; another one is accepted");
  if ((await rulesOfAddress(cx.tx, address.id)).some((rule) => rule.purpose === 'PortForwarding'))
    refuse('has port forwarding rules; delete them first');
  const target = await targetOf(cx.tx, { vmId: params.virtualMachineId, network, guestIp: params.vmGuestIp });
  if (address.staticNatNicId === target.nicId && address.staticNatIp === target.ip) return done;
  if (address.staticNatNicId !== null) refuse('leads to another instance by static NAT; disableStaticNat ends that');
  if ((await addressesOfNetwork(cx.tx, network.id)).some((other) => other.staticNatIp === target.ip))
    fail('invalidParameter', `virtualmachineid: another public address leads to ${target.ip} already`, {
      parameter: 'virtualmachineid',
    });
  await leadTo(cx.tx, address.id, { vmId: params.virtualMachineId, nicId: target.nicId, ip: target.ip });
  await raiseGeneration(cx.tx, [network.id]);
  await enqueue(
    cx.tx,
    applyIt,
    { networkId: network.id },
    {
      lanes: [`network:${network.id}`],
      userId: cx.caller.userId,
      accountId: network.accountId,
      domainId: network.domainId,
    },
  );
  await cx.event({
    description: `${address.address} leads to ${target.ip} by static NAT`,
    uuid: address.uuid,
    resourceType: 'IpAddress',
    owner: network,
  });
  return done;
});

export const disable = implement(disableStaticNat, async (cx, params) => {
  const { address, network } = await placeOf(cx.tx, { publicIpId: params.ipAddressId, service: 'StaticNat' });
  if (address.staticNatNicId === null)
    fail('invalidParameter', `ipaddressid: ${address.address} has no static NAT`, { parameter: 'ipaddressid' });
  for (const rule of await rulesOfAddress(cx.tx, address.id)) {
    if (rule.purpose === 'StaticNat') for (const one of await withRelated(cx.tx, rule.id)) await endRule(cx.tx, one);
  }
  await leadTo(cx.tx, address.id, null);
  await raiseGeneration(cx.tx, [network.id]);
  return cx.enqueue(
    applyIt,
    { networkId: network.id },
    { lanes: [`network:${network.id}`], about: address.uuid, owner: network },
  );
});

export const create = implement(
  createIpForwardingRule,
  async (cx, params) => {
    const { address, network } = await placeOf(cx.tx, { publicIpId: params.ipAddressId, service: 'StaticNat' });
    if (address.staticNatNicId === null || address.staticNatVmId === null)
      return fail(
        'invalidParameter',
        `ipaddressid: ${address.address} has no static NAT; enableStaticNat makes it lead to an instance`,
        { parameter: 'ipaddressid' },
      );
    const ports = checkPorts({ start: params.startPort, end: params.endPort, names: ['startport', 'endport'] });
    const match: Match = {
      protocol: checkProtocol(params.protocol, ['tcp', 'udp']),
      startPort: ports.start,
      endPort: ports.end,
      icmpType: null,
      icmpCode: null,
    };
    const taken = (await rulesOfAddress(cx.tx, address.id)).find(
      (rule) => rule.purpose === 'StaticNat' && rule.state !== 'Revoke' && overlap(rule, match),
    );
    if (taken)
      fail(
        'ruleConflict',
        `startport: ${named(match)} of ${address.address} overlaps a static NAT rule: ${named(taken)}`,
        { parameter: 'startport' },
      );
    const sources = checkCidrs('cidrlist', params.cidrList, ['0.0.0.0/0']);
    const rule = await insertRule(cx.tx, {
      account_id: network.accountId,
      domain_id: network.domainId,
      network_id: network.id,
      purpose: 'StaticNat',
      public_ip_id: address.id,
      ...columnsOf(match),
      source_cidrs: sources,
      vm_id: address.staticNatVmId,
      nic_id: address.staticNatNicId,
      guest_ip: address.staticNatIp,
    });
    if (params.openFirewall ?? true)
      await openFirewall(cx.tx, { network, publicIpId: address.id, match, sources, forRule: rule.id });
    return add(cx, { ...rule, networkId: network.id, owner: network });
  },
  async (cx, { id }: { id: number }) => showIpForwarding(cx.tx, id),
);

export const list = implement(listIpForwardingRules, async (cx, params) => {
  const { rows, count } = await findRules(cx.tx, {
    ...queryOf(cx, 'StaticNat', params),
    vmId: params.virtualMachineId,
  });
  return { items: rows.map(ipForwardingView), count };
});

export const remove = implement(deleteIpForwardingRule, (cx, params) => end(cx, params.id));
