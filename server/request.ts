// From bytes to parameters: the query string and form of an API call, decoded as CloudStack decodes them. Nothing here
// knows what a parameter means.
import type { MapEntries } from '#base/param.ts';
import { fail } from '#api/errors.ts';

/** Parameters as sent: names keep their case, for the signature needs it. */
export type Sent = ReadonlyMap<string, string>;

export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  readonly sent: Sent;
  readonly cookies: ReadonlyMap<string, string>;
  readonly sourceIp: string;
}

export interface Decoded {
  /** By lower-case name. */
  readonly plain: ReadonlyMap<string, string>;
  readonly maps: ReadonlyMap<string, MapEntries>;
}

const MAX_FORM_KEYS = 5_000;
const MAX_MAP_INDEX = 10_000;

/** `a=1&b=2`: the last occurrence of a name wins, or the first when `firstWins` (form bodies). Tokens without `=` are ignored. */
export function parseQuery(text: string, firstWins = false): Map<string, string> {
  const found = new Map<string, string>();
  if (text === '') return found;
  const tokens = text.split('&');
  if (tokens.length > MAX_FORM_KEYS)
    fail('badRequest', `the request has ${tokens.length} parameters; at most ${MAX_FORM_KEYS} are accepted`);
  for (const token of tokens) {
    const equals = token.indexOf('=');
    if (equals < 0) continue;
    const name = decodePart(token.slice(0, equals));
    if (firstWins && found.has(name)) continue;
    found.set(name, decodePart(token.slice(equals + 1)));
  }
  return found;
}

function decodePart(text: string): string {
  if (!CODED.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // A stray per cent sign stands for itself, as servlet containers read it.
    return text
      .replaceAll('+', ' ')
      .replace(/%[0-9a-f]{2}/gi, (code) => String.fromCharCode(parseInt(code.slice(1), 16)));
  }
}

const CODED = /[%+]/;

/** The value of the first parameter of that name (lower case), in whatever case it was sent. */
export function sentAs(sent: Sent, lower: string): string | undefined {
  for (const [name, value] of sent) if (name.length === lower.length && name.toLowerCase() === lower) return value;
  return undefined;
}

/** Query and form together; the query string wins. */
export function mergeSent(query: Map<string, string>, form: Map<string, string>): Map<string, string> {
  const merged = new Map(form);
  for (const [name, value] of query) merged.set(name, value);
  return merged;
}

export function parseCookies(header: string | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of (header ?? '').split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0) found.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  return found;
}

// eslint-disable-next-line no-control-regex -- the characters are the point
const CONTROL = /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]/;
const MAY_HAVE_CONTROL = new Set(['activationrule']);

/** Lower-cases names, unpacks `name[0].field` and refuses control characters. */
export function decode(sent: Sent): Decoded {
  const plain = new Map<string, string>();
  const maps = new Map<string, Map<number, Map<string, string>>>();
  for (const [name, value] of sent) {
    const lower = name.toLowerCase();
    if (CONTROL.test(value) && !MAY_HAVE_CONTROL.has(lower)) {
      fail(
        'invalidParameter',
        `Received value for parameter ${lower} has control characters; only line breaks are accepted`,
        { parameter: lower },
      );
    }
    if (name.includes('[')) addMapEntry(maps, { name, value });
    else plain.set(lower, value);
  }
  return { plain, maps };
}

function addMapEntry(
  maps: Map<string, Map<number, Map<string, string>>>,
  { name, value }: { name: string; value: string },
): void {
  const parts = /^([^[\]]+)\[(\d+)\]\.(.+)$/.exec(name);
  if (!parts || /[[\]]/.test(parts[3]!))
    fail('malformedParameter', `The parameter ${name} is malformed; accepted: name[0].field=value`, {
      parameter: name,
    });
  const [, map, index, field] = parts as unknown as [string, string, string, string];
  if (Number(index) > MAX_MAP_INDEX)
    fail('malformedParameter', `The parameter ${name} has index ${index}; at most ${MAX_MAP_INDEX} is accepted`, {
      parameter: name,
    });
  const entries = maps.get(map.toLowerCase()) ?? new Map<number, Map<string, string>>();
  maps.set(map.toLowerCase(), entries);
  const fields = entries.get(Number(index)) ?? new Map<string, string>();
  entries.set(Number(index), fields);
  fields.set(field, value);
}
