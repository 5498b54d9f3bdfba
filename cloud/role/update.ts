// updateRole, enableRole, disableRole, deleteRole.
import { deleteRole, disableRole, enableRole, updateRole } from '#api/identity/role.ts';
import { fail } from '#api/errors.ts';
import { done, implement, type Cx } from '../context.ts';
import { changeable, settleRole } from './change.ts';
import { checkRoleName } from './create.ts';
import { accountsWithRole, changeRole, deleteRulesOf } from './role.store.ts';
import { roleView } from './role.ts';
import { databaseNow } from '#kernel/clock.ts';

export const update = implement(updateRole, async (cx, params) => {
  const before = await changeable(cx, params.id);
  const users = await accountsWithRole(cx.tx, params.id);
  if (params.type !== undefined && params.type !== before.type && users > 0)
    fail('resourceInUse', `type: ${users} accounts have the role ${before.name}, so its type stays ${before.type}`, {
      parameter: 'type',
    });
  await changeRole(cx.tx, params.id, {
    name: params.name === undefined ? undefined : await checkRoleName(cx, params.name, params.id),
    type: params.type,
    description: params.description,
    public_role: params.isPublic,
  });
  const role = await settleRole(cx, params.id, 'type');
  await cx.event({ description: `Role ${role.name} was changed`, uuid: role.uuid });
  return roleView(role);
});

async function setState(cx: Cx, id: number, state: 'enabled' | 'disabled'): Promise<typeof done> {
  await changeable(cx, id);
  if (state === 'disabled' && id === cx.caller.roleId)
    fail('invalidParameter', 'id: your own role would lock you out', { parameter: 'id' });
  await changeRole(cx.tx, id, { state });
  const role = await settleRole(cx, id, 'id');
  await cx.event({ description: `Role ${role.name} was ${state}`, uuid: role.uuid, resourceType: 'Role' });
  return done;
}
export const enable = implement(enableRole, (cx, { id }) => setState(cx, id, 'enabled'));
export const disable = implement(disableRole, (cx, { id }) => setState(cx, id, 'disabled'));

export const remove = implement(deleteRole, async (cx, { id }) => {
  const role = await changeable(cx, id);
  const users = await accountsWithRole(cx.tx, id);
  if (users > 0)
    fail('resourceInUse', `id: ${users} accounts have the role ${role.name}; give them another role first`, {
      parameter: 'id',
    });
  await deleteRulesOf(cx.tx, id);
  await changeRole(cx.tx, id, { removed: databaseNow() });
  cx.tx.afterCommit(() => {
    cx.rights.permissions.put(id, undefined);
    cx.world.tell('permissions');
  });
  await cx.event({ description: `Role ${role.name} was deleted`, uuid: role.uuid });
  return done;
});
