// What every verb that changes a role keeps: default roles stay as they are, no role is made that may do more than whoever
// makes it, and every server knows of the change.
import { fail } from '#api/errors.ts';
import type { Cx } from '../context.ts';
import { RULE, roleAllows } from '../identity/permissions.ts';
import { lockRole, rulesOfRole, roleById, type RoleRow } from './role.store.ts';

/** Locks a role that may be changed. */
export async function changeable(cx: Cx, id: number, parameter = 'id'): Promise<RoleRow> {
  const role = await lockRole(cx.tx, id);
  if (role.isDefault)
    fail(
      'permissionDenied',
      `${parameter}: ${role.name} is a default role and stays as it is; createRole with roleid makes a copy that can be changed`,
      { parameter },
    );
  return role;
}

/** To be called after a role or its rules were written: refuses what went too far, and tells everyone. */
export async function settleRole(cx: Cx, id: number, parameter: string): Promise<RoleRow> {
  const [role, rules] = [await roleById(cx.tx, id), await rulesOfRole(cx.tx, id)];
  const allows = roleAllows({ enabled: true, rules }, role.type);
  const beyond = cx.rights.commands.find((command) => allows(command) && !cx.rights.mayCall(command));
  if (beyond)
    fail(
      'permissionDenied',
      `${parameter}: the role ${role.name} would allow ${beyond.name}, which you may not call yourself`,
      { parameter },
    );
  cx.tx.afterCommit(() => {
    cx.rights.permissions.put(id, { enabled: role.state === 'enabled', rules });
    cx.world.tell('permissions');
  });
  return role;
}

export function checkRule(rule: string, parameter: string): string {
  const text = rule.trim();
  return RULE.test(text)
    ? text
    : fail(
        'invalidParameter',
        `${parameter} is '${rule.slice(0, 100)}'; the name of a command is accepted, or a part of one with up to four * for the rest`,
        { parameter: 'rule' },
      );
}
