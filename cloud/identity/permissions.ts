// Which commands a caller may use: the role's ordered rules, the first that matches decides; then what the command's own
// definition says of the role's type. A key pair with rules of its own may do what they and the role allow, never more.
// Rules are read from memory, refreshed every few seconds and after a change; a disabled role allows nothing.
import type { Command, RoleType } from '#api/define.ts';
import type { Db } from '#kernel/db.ts';
import { shared, type Freshness } from '#kernel/fresh.ts';
import { loadRoleRules, loadRoleStates } from './role.store.ts';

export interface Rule {
  readonly rule: string;
  readonly permission: string;
}
export interface RoleRules {
  readonly enabled: boolean;
  readonly rules: readonly Rule[];
}

const ROOT_ROLE = 1;
const REFRESH_MS = 3_000;

/** Who has a role: a caller, or an account that shall get it. */
export interface RoleHolder {
  readonly roleId: number;
  readonly roleType: RoleType;
}

export interface Permissions {
  allows(caller: RoleHolder, command: Command, keyRules?: readonly Rule[]): boolean;
  /** What this process shall know of a role from now on, until the next refresh; undefined: it is gone. */
  put(roleId: number, role: RoleRules | undefined): void;
  refresh(): Promise<void>;
  /** Reads them anew if they became stale; needed after `freshness.check()`. */
  ready(): Promise<void> | undefined;
  close(): void;
}

export async function openPermissions(db: Pick<Db, 'read'>, freshness?: Freshness): Promise<Permissions> {
  let byRole = new Map<number, Compiled>();
  let stale = false;
  freshness?.onStale('role', () => {
    stale = true;
  });
  const refresh = shared(async () => {
    stale = false;
    try {
      byRole = compileAll(await loadRoleStates(db.read), await loadRoleRules(db.read));
    } catch (error) {
      stale = true;
      throw error;
    }
  });
  await refresh();
  const timer = setInterval(() => void refresh().catch(() => {}), REFRESH_MS);
  timer.unref();
  return {
    refresh,
    ready: () => (stale ? refresh() : undefined),
    put: (roleId, role) => {
      if (role) byRole.set(roleId, compileRole(role));
      else byRole.delete(roleId);
    },
    close: () => clearInterval(timer),
    allows: (caller, command, keyRules) => {
      if (keyRules && !decide(rulesOfKey(keyRules), command.name)) return false;
      if (caller.roleId === ROOT_ROLE) return true;
      return compiledAllows(byRole.get(caller.roleId), caller.roleType, command);
    },
  };
}

const compiledAllows = (role: Compiled | undefined, type: RoleType, command: Command): boolean =>
  role?.enabled !== false && ((role && decide(role.rules, command.name)) ?? command.roles.includes(type));

/** What a role of these rules allows, before anyone has it. */
export function roleAllows(role: RoleRules, type: RoleType): (command: Command) => boolean {
  const compiled = compileRole(role);
  return (command) => compiledAllows(compiled, type, command);
}

interface CompiledRule {
  readonly matches: RegExp;
  readonly allow: boolean;
}
interface Rules {
  readonly inOrder: CompiledRule[];
  /** What they say of commands that were asked for; they never change. */
  readonly decided: Map<string, boolean | undefined>;
}
interface Compiled {
  readonly enabled: boolean;
  readonly rules: Rules;
}

const noRules = (): Rules => ({ inOrder: [], decided: new Map() });
const compileRules = (rules: readonly Rule[]): Rules => ({ inOrder: rules.map(compileRule), decided: new Map() });
const compileRole = ({ enabled, rules }: RoleRules): Compiled => ({ enabled, rules: compileRules(rules) });

const ofKeys = new WeakMap<readonly Rule[], Rules>();
function rulesOfKey(rules: readonly Rule[]): Rules {
  const compiled = ofKeys.get(rules) ?? compileRules(rules);
  ofKeys.set(rules, compiled);
  return compiled;
}

function compileAll(
  roles: readonly { id: number; enabled: boolean }[],
  rows: readonly (Rule & { roleId: number })[],
): Map<number, Compiled> {
  const found = new Map(roles.map(({ id, enabled }): [number, Compiled] => [id, { enabled, rules: noRules() }]));
  for (const row of rows) found.get(row.roleId)?.rules.inOrder.push(compileRule(row));
  return found;
}

/** What a rule may be: a command's name, or a part of one with `*` for the rest. Few stars, so that matching stays quick. */
export const RULE = /^(?=[a-zA-Z0-9*]{1,100}$)[a-zA-Z0-9]*(\*+[a-zA-Z0-9]*){0,4}$/;
const compileRule = ({ rule, permission }: Rule): CompiledRule => ({
  matches: new RegExp(`^${rule.replace(/[^a-zA-Z0-9*]/g, '').replace(/\*+/g, '.*')}$`, 'i'),
  allow: permission === 'allow',
});
function decide({ inOrder, decided }: Rules, name: string): boolean | undefined {
  if (decided.has(name)) return decided.get(name);
  const allow = inOrder.find((rule) => rule.matches.test(name))?.allow;
  decided.set(name, allow);
  return allow;
}

/** Does the rule decide about the command? */
export const ruleMatches = (rule: string, name: string): boolean =>
  compileRule({ rule, permission: 'allow' }).matches.test(name);
