// Nobody gives, or takes over, more than they have: whoever makes an account, a password or a key for a role must be allowed
// everything the role is.
import type { Command } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import type { Caller, Rights } from '../context.ts';
import type { RoleHolder } from './permissions.ts';

/** A command that the role allows and the caller may not call. */
export const beyond = (
  { rights, caller }: { rights: Rights; caller: Caller },
  holder: RoleHolder,
): Command | undefined =>
  caller.isRoot && caller.roleId === 1 && rights.commands.every(rights.mayCall)
    ? undefined
    : rights.commands.find((command) => rights.permissions.allows(holder, command) && !rights.mayCall(command));

/** Throws where the holder of the role may do more than the caller. `what` names what is asked for, `parameter` where it was. */
export function checkMayGrant(
  cx: { rights: Rights; caller: Caller },
  holder: RoleHolder,
  { what, parameter }: { what: string; parameter: string },
): void {
  if (holder.roleType === 'Admin' && !cx.caller.isRoot)
    fail('permissionDenied', `${what}: it is a root administrator's, and only root administrators may`, { parameter });
  const command = beyond(cx, holder);
  if (command)
    fail('permissionDenied', `${what}: its role allows ${command.name}, which you may not call yourself`, {
      parameter,
    });
}
