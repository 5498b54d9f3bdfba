// Details as parameters carry them: `details[0].a=1&details[0].b=2` or `details[0].key=a&details[0].value=1`.
import type { MapEntries } from '#base/param.ts';

export function readDetails(entries: MapEntries | undefined): Record<string, string> {
  const found = new Map<string, string>();
  for (const fields of entries?.values() ?? []) {
    const key = fields.get('key');
    if (key !== undefined && fields.has('value')) found.set(key, fields.get('value')!);
    else for (const [name, value] of fields) found.set(name, value);
  }
  return Object.fromEntries(found);
}
