// Rules a key pair is given: in order, the first that matches decides, what none matches is denied. Nobody gives a key more
// than its user's role allows, nor more than the caller may do.
import type { Command } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import type { MapEntries } from '#base/param.ts';
import { RULE, ruleMatches, type RoleHolder, type Rule } from '../identity/permissions.ts';
import type { Rights } from '../context.ts';

export type GivenRule = Rule & { description: string | null };

export function readRules(entries: MapEntries | undefined): GivenRule[] {
  return [...(entries ?? new Map<number, ReadonlyMap<string, string>>())]
    .sort(([a], [b]) => a - b)
    .map(([index, fields]) => {
      const rule = fields.get('rule')?.trim() ?? '';
      const permission = fields.get('permission')?.trim().toLowerCase() ?? '';
      if (!RULE.test(rule))
        fail(
          'invalidParameter',
          `rules[${index}].rule is '${rule.slice(0, 100)}'; the name of a command is accepted, or a part of one with up to four * for the rest`,
          { parameter: 'rules' },
        );
      if (permission !== 'allow' && permission !== 'deny')
        fail('invalidParameter', `rules[${index}].permission is '${permission.slice(0, 60)}'; accepted: allow, deny`, {
          parameter: 'rules',
        });
      return { rule, permission, description: fields.get('description') ?? null };
    });
}

/** Refuses rules that allow a command which the user's role, or the caller, does not. */
export function checkWithin(
  rights: Rights,
  { rules, user, whose }: { rules: readonly Rule[]; user: RoleHolder; whose: string },
): void {
  for (const command of rights.commands) {
    const deciding = rules.find(({ rule }) => ruleMatches(rule, command.name));
    if (deciding?.permission !== 'allow') continue;
    if (!rights.permissions.allows(user, command)) refuse(deciding, command, `the role of ${whose} does not allow`);
    if (!rights.mayCall(command)) refuse(deciding, command, 'you may not call');
  }
}

const refuse = ({ rule }: Rule, { name }: Command, why: string): never =>
  fail(
    'permissionDenied',
    `rules: '${rule}' allows ${name}, which ${why}; a key can have a part of what its user may do`,
    { parameter: 'rules' },
  );
