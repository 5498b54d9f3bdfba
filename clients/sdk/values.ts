// How typed values become the text of a request, and an answer becomes the shape its definition promises.
// Ids are UUIDs here: the numbers that the server's own code calls Id never leave it.
import type { Id } from '#base/id.ts';
import { readDate } from '#base/param.ts';
import type { MapEntries, Param } from '#base/param.ts';
import { wireName } from '#api/define.ts';
import type { Command, Field, ParamMap, Response, Shape } from '#api/define.ts';
import type { WireParams } from './signature.ts';
import type { Answer } from './transport.ts';

type Scalar = string | number | boolean;
/** `{a: 1}` is sent as `name[0].a=1`, a list of such records as `name[0].…`, `name[1].…`. */
export type MapInput = Readonly<Record<string, Scalar>> | readonly Readonly<Record<string, Scalar>>[];

type Given<T> = T extends MapEntries
  ? MapInput
  : T extends Id<string>
    ? string
    : T extends readonly Id<string>[]
      ? readonly string[]
      : T extends readonly (infer E)[]
        ? readonly E[]
        : T extends Date
          ? Date | string
          : T;
type Needed<P extends ParamMap> = { [K in keyof P]: P[K] extends Param<unknown, true> ? K : never }[keyof P];
type Free<P extends ParamMap> = Exclude<keyof P, Needed<P>>;
type GivenFor<P> = P extends Param<infer T> ? Given<T> : never;

/** What a caller passes for a definition: required keys must be there, everything else may be. */
export type Inputs<P extends ParamMap> = { readonly [K in Needed<P>]: GivenFor<P[K]> } & {
  readonly [K in Free<P>]?: GivenFor<P[K]> | undefined;
};

export function encodeParams(params: ParamMap, inputs: Readonly<Record<string, unknown>>): WireParams {
  const wire: Record<string, string> = {};
  for (const [key, value] of Object.entries(inputs)) {
    const definition = params[key];
    if (!definition) throw new TypeError(`there is no parameter ${key}; accepted: ${Object.keys(params).join(', ')}`);
    if (value === undefined) continue;
    if (definition.kind === 'map') Object.assign(wire, encodeMap(wireName(key, definition), value as MapInput));
    else wire[wireName(key, definition)] = encodeValue(value);
  }
  return wire;
}

function encodeMap(name: string, value: MapInput): WireParams {
  const records = Array.isArray(value) ? value : [value];
  return Object.fromEntries(
    records.flatMap((record: object, index) =>
      Object.entries(record).map(([field, text]) => [`${name}[${index}].${field}`, String(text)]),
    ),
  );
}

function encodeValue(value: unknown): string {
  if (value instanceof Date) return `${value.toISOString().slice(0, 19)}+0000`;
  return Array.isArray(value) ? value.map(String).join(',') : String(value);
}

export interface Page<T> {
  /** All that match, not only those of this page. */
  readonly count: number;
  readonly items: readonly T[];
}

/** The things of a list answer, whatever their key is. */
export function decodeList<R extends Response>(returns: R, answer: Answer): Page<Shape<R>> {
  const held = Object.entries(answer).find(([key]) => key !== 'count')?.[1];
  const objects = held === undefined ? [] : Array.isArray(held) ? held : [held];
  const items = objects.map((object) => decodeObject(returns, object as Answer));
  return { count: typeof answer.count === 'number' ? answer.count : items.length, items };
}

/** The thing of an answer: wrapped once in its noun, a list of one, or flat. */
export function decodeOne<R extends Response>(definition: Command<ParamMap, R>, answer: Answer): Shape<R> {
  const noun = (definition.objectName ?? definition.returns.objectName).toLowerCase();
  const wrapped = Object.entries(answer).find(
    ([key, value]) => key.toLowerCase() === noun && typeof value === 'object',
  )?.[1];
  const one = Array.isArray(wrapped) ? wrapped[0] : wrapped;
  return decodeObject(definition.returns, (one ?? answer) as Answer);
}

function decodeObject<R extends Response>(returns: R, object: Answer): Shape<R> {
  const decoded = Object.entries(object).map(([name, value]) => [name, decodeField(returns.fields[name], value)]);
  return Object.fromEntries(decoded) as Shape<R>;
}

function decodeField(field: Field | undefined, value: unknown): unknown {
  if (field?.type === 'date' && typeof value === 'string') return readDate(value, false);
  if (field?.type === 'boolean' && typeof value === 'string') return value === 'true';
  if (field?.of === undefined || typeof value !== 'object' || value === null) return value;
  const returns = field.of();
  return Array.isArray(value)
    ? value.map((item) => decodeObject(returns, item as Answer))
    : decodeObject(returns, value as Answer);
}
