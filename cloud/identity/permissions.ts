// Which commands a caller may use: the role's ordered rules, the first that matches decides; then what the command's own
// definition says of the role's type. Rules are read from memory, refreshed every few seconds and after a change here.
import type { Command } from '#api/define.ts';
import type { Db } from '#kernel/db.ts';
import type { Caller } from '../context.ts';
import { loadRoleRules } from './role.store.ts';

export interface Rule { readonly rule: string; readonly permission: string }

const ROOT_ROLE = 1;
const REFRESH_MS = 3_000;

export interface Permissions {
  /** Rules of a key pair replace the role's. */
  allows(caller: Caller, command: Command, keyRules?: readonly Rule[]): boolean;
  refresh(): Promise<void>;
  close(): void;
}

export async function openPermissions(db: Pick<Db, 'read'>): Promise<Permissions> {
  let byRole = new Map<number, CompiledRule[]>();
  const refresh = async (): Promise<void> => { byRole = compile(await loadRoleRules(db.read)); };
  await refresh();
  const timer = setInterval(() => void refresh().catch(() => {}), REFRESH_MS);
  timer.unref();
  return {
    refresh,
    close: () => clearInterval(timer),
    allows: (caller, command, keyRules) => {
      if (keyRules) return decide(keyRules.map(compileRule), command.name) ?? false;
      if (caller.roleId === ROOT_ROLE) return true;
      return decide(byRole.get(caller.roleId) ?? [], command.name) ?? command.roles.includes(caller.roleType);
    },
  };
}

interface CompiledRule { readonly matches: RegExp; readonly allow: boolean }

function compile(rows: readonly (Rule & { roleId: number })[]): Map<number, CompiledRule[]> {
  const found = new Map<number, CompiledRule[]>();
  for (const row of rows) found.set(row.roleId, [...(found.get(row.roleId) ?? []), compileRule(row)]);
  return found;
}

export const RULE = /^[a-zA-Z*]{1,100}$/;
const compileRule = ({ rule, permission }: Rule): CompiledRule => ({
  matches: new RegExp(`^${rule.replace(/[^a-zA-Z*]/g, '').replace(/\*+/g, '.*')}$`, 'i'), allow: permission === 'allow',
});
const decide = (rules: readonly CompiledRule[], name: string): boolean | undefined => rules.find((rule) => rule.matches.test(name))?.allow;
