// Verbs of guest networks, their addresses, rules, routers and cards, by command.
import { associate as associateIpAddress, disassociate as disassociateIpAddress } from '#cloud/address/associate.ts';
import { list as listPublicIpAddresses } from '#cloud/address/list.ts';
import {
  releaseIt as releaseIpAddress,
  reserveIt as reserveIpAddress,
  update as updateIpAddress,
} from '#cloud/address/reserve.ts';
import { create as createNetwork } from '#cloud/network/create.ts';
import { remove as deleteNetwork } from '#cloud/network/delete.ts';
import { list as listNetworks } from '#cloud/network/list.ts';
import {
  add as addNicToVirtualMachine,
  changeIp as updateVmNicIp,
  list as listNics,
  remove as removeNicFromVirtualMachine,
  setDefault as updateDefaultNicForVirtualMachine,
} from '#cloud/network/nic-verbs.ts';
import { restart as restartNetwork } from '#cloud/network/restart.ts';
import { addIp as addIpToNic, removeIp as removeIpFromNic } from '#cloud/network/secondary-ip.ts';
import { update as updateNetwork } from '#cloud/network/update.ts';
import {
  destroy as destroyRouter,
  list as listRouters,
  reboot as rebootRouter,
  start as startRouter,
  stop as stopRouter,
} from '#cloud/router/verbs.ts';
import {
  create as createFirewallRule,
  createEgress as createEgressFirewallRule,
  list as listFirewallRules,
  listEgress as listEgressFirewallRules,
  remove as deleteFirewallRule,
  removeEgress as deleteEgressFirewallRule,
  update as updateFirewallRule,
  updateEgress as updateEgressFirewallRule,
} from '#cloud/rule/firewall.ts';
import {
  create as createPortForwardingRule,
  list as listPortForwardingRules,
  remove as deletePortForwardingRule,
  update as updatePortForwardingRule,
} from '#cloud/rule/port-forwarding.ts';
import {
  create as createIpForwardingRule,
  disable as disableStaticNat,
  enable as enableStaticNat,
  list as listIpForwardingRules,
  remove as deleteIpForwardingRule,
} from '#cloud/rule/static-nat.ts';

import { listSystem as listSystemVms } from '#cloud/router/system-vms.ts';

export const network = {
  listSystemVms,
  createNetwork,
  listNetworks,
  updateNetwork,
  restartNetwork,
  deleteNetwork,
  associateIpAddress,
  disassociateIpAddress,
  listPublicIpAddresses,
  updateIpAddress,
  reserveIpAddress,
  releaseIpAddress,
  createFirewallRule,
  listFirewallRules,
  updateFirewallRule,
  deleteFirewallRule,
  createEgressFirewallRule,
  listEgressFirewallRules,
  updateEgressFirewallRule,
  deleteEgressFirewallRule,
  createPortForwardingRule,
  listPortForwardingRules,
  updatePortForwardingRule,
  deletePortForwardingRule,
  enableStaticNat,
  disableStaticNat,
  createIpForwardingRule,
  listIpForwardingRules,
  deleteIpForwardingRule,
  listRouters,
  startRouter,
  stopRouter,
  rebootRouter,
  destroyRouter,
  listNics,
  addNicToVirtualMachine,
  removeNicFromVirtualMachine,
  updateDefaultNicForVirtualMachine,
  updateVmNicIp,
  addIpToNic,
  removeIpFromNic,
};
