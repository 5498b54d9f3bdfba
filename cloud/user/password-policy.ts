// What a password must be like, as the settings of the user's domain say. The refusal names every rule at once.
import { fail } from '#api/errors.ts';
import type { Settings } from '#kernel/settings.ts';

const RULES = [
  { setting: 'password.policy.minimum.length', count: (text: string) => Array.from(text).length, words: 'characters' },
  { setting: 'password.policy.minimum.digits', count: (text: string) => matches(text, /\p{Nd}/gu), words: 'digits' },
  {
    setting: 'password.policy.minimum.lowercase.letters',
    count: (text: string) => matches(text, /\p{Ll}/gu),
    words: 'lower case letters',
  },
  {
    setting: 'password.policy.minimum.uppercase.letters',
    count: (text: string) => matches(text, /\p{Lu}/gu),
    words: 'upper case letters',
  },
  {
    setting: 'password.policy.minimum.special.characters',
    count: (text: string) => matches(text, /[^\p{L}\p{Nd}]/gu),
    words: 'characters that are neither letters nor digits',
  },
] as const;
const matches = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/** Throws unless the password meets the policy of the domain. Says nothing of the password itself. */
export function checkPolicy(
  settings: Settings,
  { password, username, domainId }: { password: string; username: string; domainId: number },
): void {
  const at = { scope: 'Domain', id: domainId };
  const wrong: string[] = [];
  for (const { setting, count, words } of RULES) {
    const least = settings.number(setting, at);
    if (count(password) < least) wrong.push(`at least ${least} ${words}`);
  }
  if (
    !settings.boolean('password.policy.allowPasswordToContainUsername', at) &&
    password.toLowerCase().includes(username.toLowerCase())
  )
    wrong.push("not the user's name");
  const pattern = settings.text('password.policy.regex', at);
  if (!fits(pattern, password)) wrong.push(`a match of ${pattern}`);
  if (wrong.length > 0)
    fail('invalidParameter', `password does not follow the policy; it must have: ${wrong.join(', ')}`, {
      parameter: 'password',
    });
}

const fits = (pattern: string, password: string): boolean =>
  pattern === '' || new RegExp(`^(?:${pattern})$`, 's').test(password);
