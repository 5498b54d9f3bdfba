// The closed set of parameter kinds and how each is read from the text a client sent.
// Pure: what needs the database (does this id exist, may the caller use it) is the server's.

export type Kind =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'long'
  | 'double'
  | 'date'
  | 'uuid'
  | 'strings'
  | 'integers'
  | 'uuids'
  | 'map';

/** One entry of a bracket map: `details[0].key=a` gives index 0 the field `key`. */
export type MapEntries = ReadonlyMap<number, ReadonlyMap<string, string>>;

export interface Param<T = unknown, R extends boolean = boolean> {
  readonly kind: Kind;
  readonly required: R;
  /** What it is, in one line; where it is missing the glossary has one for the name. */
  readonly summary?: string;
  /** Name on the wire where it is not the key in lower case. */
  readonly wire?: string;
  /** Kind of thing a uuid names. Several: the first that exists is meant. */
  readonly entity?: readonly string[];
  /** -1 stands for all of them. */
  readonly all?: boolean;
  /** What the caller must be allowed to do with the named thing. Absent: only to know of it (lists do their own scoping). */
  readonly access?: 'use' | 'operate';
  readonly maxLength?: number;
  readonly min?: number;
  readonly max?: number;
  /** The whole text must match; `accepted` says in words what does. */
  readonly pattern?: RegExp;
  readonly accepted?: string;
  readonly oneOf?: readonly string[];
  /** Role types that may give it; from others it is ignored, as CloudStack does. */
  readonly roles?: readonly string[];
  readonly since?: string;
  /** Never logged, never kept in clear in a job. */
  readonly secret?: boolean;
  /** Accepted but not listed by listApis. */
  readonly hidden?: boolean;
  /** A value without a time: the start or the end of that day. */
  readonly endOfDay?: boolean;
  /** Fields that an entry of a map has, where they are a closed set. */
  readonly mapKeys?: readonly string[];
  /** Type name in listApis where CloudStack prints another one than the kind's. */
  readonly apiType?: string;
  readonly type?: T;
}

/** What is wrong with a value, as the end of the sentence «parameter x …». */
export class BadValue extends Error {
  override name = 'BadValue';
}

const DEFAULT_MAX_LENGTH = 255;

/** Reads one value of the given kind. `undefined`: blank, as if it had not been sent. Throws BadValue. */
export function readValue(param: Param, text: string): unknown {
  return readers[param.kind](text, param);
}

const readers: Record<Kind, (text: string, param: Param) => unknown> = {
  string: readString,
  boolean: (text) => (text === '' ? undefined : text.trim().toLowerCase() === 'true'),
  integer: (text, param) => (text.trim() === '' ? undefined : readWhole(text, param, 2_147_483_647)),
  long: (text, param) => readWhole(text, param, Number.MAX_SAFE_INTEGER),
  double: readDouble,
  date: (text, param) => (text === '' ? undefined : readDate(text, param.endOfDay ?? false)),
  uuid: (text) => (text === '' ? undefined : text.trim()),
  strings: (text, param) => splitList(text).map((item) => readString(item, param)),
  integers: (text, param) => splitList(text).map((item) => readWhole(item, param, 2_147_483_647)),
  uuids: (text) => splitList(text),
  map: () => {
    throw new BadValue('takes a map: name[0].field=value');
  },
};

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

function readString(text: string, param: Param): string | undefined {
  if (text === '') return undefined;
  const limit = param.maxLength ?? DEFAULT_MAX_LENGTH;
  if (text.length > limit) throw new BadValue(`is ${text.length} characters long; at most ${limit} are accepted`);
  if (param.oneOf) return readOneOf(text, param.oneOf);
  if (param.pattern && !param.pattern.test(text))
    throw new BadValue(`is ${quoted(text)}; accepted: ${param.accepted ?? String(param.pattern)}`);
  return text;
}

/** In any case, as CloudStack's are; the list's own spelling is what the handler sees. */
function readOneOf(text: string, accepted: readonly string[]): string {
  const found = accepted.find((value) => value.toLowerCase() === text.trim().toLowerCase());
  if (found === undefined) throw new BadValue(`is ${quoted(text)}; accepted: ${accepted.join(', ')}`);
  return found;
}

const quoted = (text: string): string => `'${text.length > 60 ? `${text.slice(0, 60)}…` : text}'`;

function readWhole(text: string, param: Param, limit: number): number {
  const trimmed = text.trim();
  if (!/^[+-]?\d{1,19}$/.test(trimmed)) throw new BadValue(`is ${quoted(text)}; a whole number is accepted`);
  const value = Number(trimmed);
  return inRange(value, { ...param, min: param.min ?? -limit, max: param.max ?? limit });
}

function readDouble(text: string, param: Param): number | undefined {
  if (text.trim() === '') return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new BadValue(`is ${quoted(text)}; a number is accepted`);
  return inRange(value, param);
}

function inRange(value: number, { min, max }: { min?: number; max?: number }): number {
  if (min !== undefined && value < min) throw new BadValue(`is ${value}; at least ${min} is accepted`);
  if (max !== undefined && value > max) throw new BadValue(`is ${value}; at most ${max} is accepted`);
  return value;
}

const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;
const LOCAL = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/;
const ZONED = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:?\d{2})$/;

/** CloudStack's date forms: ISO with zone (colon or not), `yyyy-MM-dd HH:mm:ss` and `yyyy-MM-dd` in the server's zone. */
export function readDate(text: string, endOfDay: boolean): Date {
  const trimmed = text.trim();
  const zoned = ZONED.exec(trimmed);
  const local = LOCAL.exec(trimmed);
  let date = new Date(NaN);
  if (zoned) date = new Date(zoned[1] + zoned[2]!.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2'));
  else if (local) date = new Date(`${local[1]}T${local[2]}`);
  else if (DATE_ONLY.test(trimmed)) date = new Date(`${trimmed}T${endOfDay ? '23:59:59' : '00:00:00'}`);
  if (Number.isNaN(date.getTime())) {
    throw new BadValue(
      `is ${quoted(text)}; accepted: yyyy-MM-dd, yyyy-MM-dd HH:mm:ss, or yyyy-MM-ddTHH:mm:ss with Z or an offset`,
    );
  }
  return date;
}
