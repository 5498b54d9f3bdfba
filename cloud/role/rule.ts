// createRolePermission, updateRolePermission, deleteRolePermission: the rules of a role, whose order decides.
import { createRolePermission, deleteRolePermission, updateRolePermission } from '#api/identity/role.ts';
import { fail } from '#api/errors.ts';
import { done, implement } from '../context.ts';
import { changeable, checkRule, settleRole } from './change.ts';
import { changeRule, deleteRule, insertRule, orderRules, ruleById, rulesOfRole } from './role.store.ts';
import { ruleView } from './role.ts';

export const create = implement(createRolePermission, async (cx, params) => {
  const role = await changeable(cx, params.roleId, 'roleid');
  const rule = checkRule(params.rule, 'rule');
  if ((await rulesOfRole(cx.tx, role.id)).some((one) => one.rule.toLowerCase() === rule.toLowerCase()))
    fail('invalidParameter', `rule: the role ${role.name} has a rule ${rule} already`, { parameter: 'rule' });
  const { id } = await insertRule(cx.tx, {
    roleId: role.id,
    rule,
    permission: params.permission,
    description: params.description,
  });
  await settleRole(cx, role.id, 'rule');
  await cx.event({
    description: `Role ${role.name}: ${params.permission} ${rule}`,
    uuid: role.uuid,
    resourceType: 'Role',
  });
  return ruleView(await ruleById(cx.tx, id));
});

export const update = implement(updateRolePermission, async (cx, params) => {
  const role = await changeable(cx, params.roleId, 'roleid');
  const byOrder = params.ruleOrder !== undefined;
  const byRule = params.ruleId !== undefined || params.permission !== undefined;
  if (byOrder === byRule)
    fail('invalidParameter', 'ruleorder must be given, or ruleid with permission, and not both', {
      parameter: 'ruleorder',
    });
  const rules = await rulesOfRole(cx.tx, role.id);
  if (byOrder)
    await order(
      cx.tx,
      rules.map(({ id }) => id),
      params.ruleOrder,
    );
  else {
    if (params.ruleId === undefined || params.permission === undefined)
      fail(
        'missingParameter',
        'Unable to execute API command updaterolepermission due to missing parameter ruleid (with permission)',
        { parameter: 'ruleid' },
      );
    if (!rules.some(({ id }) => id === params.ruleId))
      fail('invalidParameter', `ruleid: that rule does not belong to the role ${role.name}`, { parameter: 'ruleid' });
    await changeRule(cx.tx, params.ruleId, params.permission);
  }
  await settleRole(cx, role.id, byOrder ? 'ruleorder' : 'permission');
  await cx.event({ description: `The rules of role ${role.name} were changed`, uuid: role.uuid, resourceType: 'Role' });
  return done;
});

async function order(
  tx: Parameters<typeof orderRules>[0],
  present: readonly number[],
  wanted: readonly number[],
): Promise<void> {
  const given = new Set(wanted);
  if (given.size !== wanted.length || given.size !== present.length || present.some((id) => !given.has(id))) {
    fail(
      'invalidParameter',
      `ruleorder names ${wanted.length} rules; each of the role's ${present.length} rules is accepted once, in the order wanted`,
      { parameter: 'ruleorder' },
    );
  }
  await orderRules(tx, wanted);
}

export const remove = implement(deleteRolePermission, async (cx, params) => {
  const rule = await ruleById(cx.tx, params.id);
  const role = await changeable(cx, rule.roleId);
  await deleteRule(cx.tx, rule.id);
  await settleRole(cx, role.id, 'id');
  await cx.event({
    description: `Role ${role.name}: the rule ${rule.rule} was removed`,
    uuid: role.uuid,
    resourceType: 'Role',
  });
  return done;
});
