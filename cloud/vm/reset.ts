// resetPasswordForVirtualMachine, resetSSHKeyForVirtualMachine, resetUserDataForVirtualMachine, getVMPassword and
// getVirtualMachineUserData: what a guest gets from its router at boot, changed and shown.
import { getVMPassword, resetPasswordForVirtualMachine, resetSSHKeyForVirtualMachine } from '#api/vm/access.ts';
import { getVirtualMachineUserData, resetUserDataForVirtualMachine } from '#api/vm/userdata.ts';
import { fail } from '#api/errors.ts';
import { implement } from '../context.ts';
import { readDetails } from '../details.ts';
import { tellRouters } from '../network/nic-verbs.ts';
import { encryptFor, parsePublicKey } from '../ssh-key/openssh.ts';
import { mustBeStopped, raiseNetworks, writeKeys, writePassword, writeUserData } from './boot-data.ts';
import { sealedPassword, userDataOf } from './change.store.ts';
import { showVm } from './show.ts';
import { lockVm, vmById } from './vm.store.ts';

/** The image must have a script that asks for the password; whether it does is said when it is registered. */
export const password = implement(
  resetPasswordForVirtualMachine,
  async (cx, params) => {
    const vm = await lockVm(cx.tx, params.id);
    mustBeStopped(vm, 'the password');
    if (!vm.passwordEnabled)
      fail(
        'invalidParameter',
        'id: the template of the instance is not registered as one whose password can be set (passwordenabled)',
        { parameter: 'id' },
      );
    await writePassword(cx, vm, params.password);
    const networkIds = await raiseNetworks(cx, vm.id);
    return cx.enqueue(tellRouters, { vmId: vm.id, networkIds }, { lanes: [`vm:${vm.id}`], about: vm.uuid, owner: vm });
  },
  async (cx, { vmId }: { vmId: number }) => showVm(cx, vmId, { withPassword: true }),
);

export const sshKey = implement(
  resetSSHKeyForVirtualMachine,
  async (cx, params) => {
    const vm = await lockVm(cx.tx, params.id);
    const names = [...new Set([...(params.keyPairs ?? []), ...(params.keyPair === undefined ? [] : [params.keyPair])])];
    if (names.length === 0)
      fail(
        'missingParameter',
        'Unable to execute API command resetsshkeyforvirtualmachine due to missing parameter keypair (or keypairs)',
        { parameter: 'keypair' },
      );
    mustBeStopped(vm, 'SSH keys');
    await writeKeys(cx, vm, names);
    if (vm.passwordEnabled) await writePassword(cx, vm);
    const networkIds = await raiseNetworks(cx, vm.id);
    return cx.enqueue(tellRouters, { vmId: vm.id, networkIds }, { lanes: [`vm:${vm.id}`], about: vm.uuid, owner: vm });
  },
  async (cx, { vmId }: { vmId: number }) => showVm(cx, vmId, { withPassword: true }),
);

export const userData = implement(resetUserDataForVirtualMachine, async (cx, params) => {
  const vm = await lockVm(cx.tx, params.id);
  mustBeStopped(vm, 'user data');
  await writeUserData(cx, vm, {
    userData: params.userData,
    userDataId: params.userDataId,
    userDataDetails: readDetails(params.userDataDetails),
  });
  await raiseNetworks(cx, vm.id);
  cx.tx.afterCommit(() => cx.world.poke('routers.reconcile'));
  await cx.event({ description: `User data of instance ${vm.name} was changed`, uuid: vm.uuid, owner: vm });
  return showVm(cx, vm.id);
});

export const showPassword = implement(getVMPassword, async (cx, { id }) => {
  const vm = await vmById(cx.tx, id);
  const sealed = await sealedPassword(cx.tx, id);
  if (sealed === null)
    fail(
      'invalidParameter',
      'id: No password for VM with id found; its template is not one whose password can be set',
      { parameter: 'id' },
    );
  const key = parsePublicKey(vm.details['SSH.PublicKey']?.split('\n')[0] ?? '');
  const encrypted = key && encryptFor(key, cx.sealer.open(sealed));
  if (!encrypted)
    fail(
      'invalidParameter',
      'id: the instance has no SSH key of type ssh-rsa that its password could be encrypted with; resetSSHKeyForVirtualMachine gives it one',
      { parameter: 'id' },
    );
  return { encryptedpassword: encrypted };
});

export const showUserData = implement(getVirtualMachineUserData, async (cx, { virtualMachineId }) => {
  const { uuid, data } = await userDataOf(cx.tx, virtualMachineId);
  return { virtualmachineid: uuid, userdata: data ?? '' };
});
