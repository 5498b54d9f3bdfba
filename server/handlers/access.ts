// Verbs of ways into instances and of what groups them, by command.
import {
  create as createAffinityGroup,
  list as listAffinityGroups,
  listTypes as listAffinityGroupTypes,
  remove as deleteAffinityGroup,
  updateOfVm as updateVMAffinityGroup,
} from '#cloud/affinity-group/verbs.ts';
import {
  create as createInstanceGroup,
  list as listInstanceGroups,
  remove as deleteInstanceGroup,
  update as updateInstanceGroup,
} from '#cloud/group/verbs.ts';
import {
  create as createSSHKeyPair,
  list as listSSHKeyPairs,
  register as registerSSHKeyPair,
  remove as deleteSSHKeyPair,
} from '#cloud/ssh-key/verbs.ts';
import {
  list as listUserData,
  register as registerUserData,
  remove as deleteUserData,
} from '#cloud/user-data/verbs.ts';
import { listMetrics as listVirtualMachinesMetrics } from '#cloud/vm/metrics.ts';
import { listHistory as listVirtualMachinesUsageHistory } from '#cloud/vm/usage-history.ts';
import {
  password as resetPasswordForVirtualMachine,
  showPassword as getVMPassword,
  showUserData as getVirtualMachineUserData,
  sshKey as resetSSHKeyForVirtualMachine,
  userData as resetUserDataForVirtualMachine,
} from '#cloud/vm/reset.ts';
import { listSessions as listConsoleSessions } from '#cloud/vm/sessions.ts';
import { update as updateVirtualMachine } from '#cloud/vm/update.ts';

export const access = {
  createSSHKeyPair,
  registerSSHKeyPair,
  listSSHKeyPairs,
  deleteSSHKeyPair,
  registerUserData,
  listUserData,
  deleteUserData,
  createInstanceGroup,
  listInstanceGroups,
  updateInstanceGroup,
  deleteInstanceGroup,
  createAffinityGroup,
  listAffinityGroups,
  listAffinityGroupTypes,
  deleteAffinityGroup,
  updateVMAffinityGroup,
  updateVirtualMachine,
  resetPasswordForVirtualMachine,
  resetSSHKeyForVirtualMachine,
  resetUserDataForVirtualMachine,
  getVMPassword,
  getVirtualMachineUserData,
  listConsoleSessions,
  listVirtualMachinesMetrics,
  listVirtualMachinesUsageHistory,
};
