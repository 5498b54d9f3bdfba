// createRole and importRole: from a type, as a copy of another, or with a list of rules brought along.
import { createRole, importRole } from '#api/identity/role.ts';
import { fail } from '#api/errors.ts';
import { implement, type Cx } from '../context.ts';
import { readRules } from '../user-key/rules.ts';
import { changeable, settleRole } from './change.ts';
import { changeRole, deleteRulesOf, insertRole, insertRules, roleById, roleByName, rulesOfRole } from './role.store.ts';
import { roleView } from './role.ts';

const MAX_NAME = 255;
export async function checkRoleName(cx: Cx, name: string, except = 0): Promise<string> {
  const trimmed = name.trim();
  if (trimmed === '' || trimmed.length > MAX_NAME)
    fail('invalidParameter', `name is empty; a name of 1 to ${MAX_NAME} characters is accepted`, { parameter: 'name' });
  const taken = await roleByName(cx.tx, trimmed);
  if (taken && taken.id !== except)
    fail('invalidParameter', `name: there is a role ${taken.name} already`, { parameter: 'name' });
  return trimmed;
}

export const create = implement(createRole, async (cx, params) => {
  if ((params.type === undefined) === (params.roleId === undefined))
    fail(
      'invalidParameter',
      'type or roleid must be given, and not both: a new role is of a type, or a copy of another role',
      { parameter: 'roleid' },
    );
  const name = await checkRoleName(cx, params.name);
  const source = params.roleId === undefined ? undefined : await roleById(cx.tx, params.roleId);
  const { id } = await insertRole(cx.tx, {
    name,
    type: source?.type ?? params.type,
    description: params.description ?? source?.description,
    public_role: params.isPublic ?? source?.isPublic ?? true,
  });
  if (source) await insertRules(cx.tx, id, await rulesOfRole(cx.tx, source.id));
  const role = await settleRole(cx, id, 'roleid');
  await cx.event({ description: `Role ${name} was created`, uuid: role.uuid });
  return roleView(role);
});

export const importOne = implement(importRole, async (cx, params) => {
  const rules = readRules(params.rules);
  const existing = await roleByName(cx.tx, params.name.trim());
  if (existing && !params.forced)
    fail('invalidParameter', `name: there is a role ${existing.name} already; forced=true replaces its rules`, {
      parameter: 'name',
    });
  if (!existing && params.type === undefined)
    fail('missingParameter', 'Unable to execute API command importrole due to missing parameter type', {
      parameter: 'type',
    });
  const id = existing
    ? (await changeable(cx, existing.id, 'name')).id
    : (
        await insertRole(cx.tx, {
          name: await checkRoleName(cx, params.name),
          type: params.type,
          description: params.description,
          public_role: params.isPublic ?? true,
        })
      ).id;
  if (existing) {
    await changeRole(cx.tx, id, { type: params.type, description: params.description, public_role: params.isPublic });
    await deleteRulesOf(cx.tx, id);
  }
  await insertRules(cx.tx, id, rules);
  const role = await settleRole(cx, id, 'rules');
  await cx.event({ description: `Role ${role.name} was imported with ${rules.length} rules`, uuid: role.uuid });
  return roleView(role);
});
