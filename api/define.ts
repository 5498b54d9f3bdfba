// How a promise is written down: `command`, its parameters `p`, a `response` and its fields `f`.
// Definitions are frozen data. The server, the console, the CLI, the SDK, listApis and the documentation read the same
// objects, so nothing here may know of a database or a request.
import type { Id } from '#base/id.ts';
import type { Kind, MapEntries, Param } from '#base/param.ts';
import type { EntityName } from './entities.ts';
import type { EventType } from './events.ts';

export type RoleType = 'Admin' | 'ResourceAdmin' | 'DomainAdmin' | 'User';
export const everyone = ['Admin', 'ResourceAdmin', 'DomainAdmin', 'User'] as const satisfies readonly RoleType[];
export const admins = ['Admin', 'ResourceAdmin', 'DomainAdmin'] as const satisfies readonly RoleType[];
export const rootOnly = ['Admin'] as const satisfies readonly RoleType[];

// ---- parameters

type Options = Omit<Param, 'kind' | 'required' | 'type' | 'entity' | 'access'> & { required?: boolean };
type EntityOptions = Options & { access?: 'use' | 'operate' };
type IsRequired<O> = O extends { required: true } ? true : false;

const param =
  <T>(kind: Kind) =>
  <const O extends Options = {}>(options?: O): Param<T, IsRequired<O>> =>
    Object.freeze({ ...options, kind, required: (options?.required ?? false) as IsRequired<O> });

function entityParam<T extends 'one' | 'many'>(kind: 'uuid' | 'uuids') {
  return <const E extends EntityName | readonly EntityName[], const O extends EntityOptions = {}>(
    entity: E,
    options?: O,
  ) => {
    type Kinds = E extends readonly (infer K extends string)[] ? K : E extends string ? E : never;
    type Value = T extends 'one' ? Id<Kinds> : Id<Kinds>[];
    const names: readonly EntityName[] = typeof entity === 'string' ? [entity] : entity;
    const made: Param<Value, IsRequired<O>> = {
      ...options,
      kind,
      entity: names,
      required: (options?.required ?? false) as IsRequired<O>,
    };
    return Object.freeze(made);
  };
}

type TextOf<O> = O extends { oneOf: readonly (infer V extends string)[] } ? V : string;
/** With `oneOf` the value has the union's type: the reader hands out the spelling of the list. */
const text = <const O extends Options = {}>(options?: O): Param<TextOf<O>, IsRequired<O>> =>
  Object.freeze({ ...options, kind: 'string', required: (options?.required ?? false) as IsRequired<O> });

/** Parameter kinds. An id always says what it names: the server loads that thing through the caller's rights or refuses. */
export const p = {
  string: text,
  boolean: param<boolean>('boolean'),
  integer: param<number>('integer'),
  long: param<number>('long'),
  double: param<number>('double'),
  date: param<Date>('date'),
  strings: param<string[]>('strings'),
  integers: param<number[]>('integers'),
  /** `name[0].field=value`, all of its encodings (`[i].key/.value`, `[0].free=text`). */
  map: param<MapEntries>('map'),
  uuid: entityParam<'one'>('uuid'),
  uuids: entityParam<'many'>('uuids'),
};

export type ParamMap = Readonly<Record<string, Param>>;
type Value<P> = P extends Param<infer T, infer R> ? (R extends true ? T : T | undefined) : never;
export type Values<P extends ParamMap> = { readonly [K in keyof P]: Value<P[K]> };

/** Paging and search, the same on every list. */
export const paging = {
  keyword: p.string(),
  page: p.integer(),
  pageSize: p.integer(),
};

/** Which domains a list shows, where things belong to domains only. */
export const domainScoping = {
  domainId: p.uuid('domain'),
  isRecursive: p.boolean(),
  listAll: p.boolean(),
};

/** Whose things a list shows. */
export const scoping = {
  account: p.string(),
  domainId: p.uuid('domain'),
  isRecursive: p.boolean(),
  listAll: p.boolean(),
  projectId: p.uuid('project', { all: true }),
};

/** Parameters of every asynchronous command that no command lists: the client may choose the job's id. */
export const asyncParams = {
  customJobId: p.string({ hidden: true }),
};

/** For whom a thing is made. */
export const ownership = {
  account: p.string(),
  domainId: p.uuid('domain'),
  projectId: p.uuid('project', { all: true }),
};

// ---- responses

export type FieldType =
  | 'string'
  | 'integer'
  | 'long'
  | 'double'
  | 'boolean'
  | 'date'
  | 'map'
  | 'object'
  | 'strings'
  | 'numbers'
  | 'maps'
  | 'objects';

export interface Field<T = unknown> {
  readonly type: FieldType;
  readonly summary?: string;
  readonly since?: string;
  /** Only these role types see it. */
  readonly roles?: readonly RoleType[];
  /** What an `object` or `objects` field holds. A function: responses may hold each other. */
  readonly of?: () => Response;
  /** Filled for root administrators only, though listed for everyone. */
  readonly fullView?: boolean;
  /** A password or key: never logged, never kept in clear. */
  readonly secret?: boolean;
  /** Type name in listApis where CloudStack prints another one (set, list, int). */
  readonly apiType?: string;
  readonly valueType?: T;
}

export type FieldMap = Readonly<Record<string, Field>>;
export interface Response<F extends FieldMap = FieldMap> {
  /** Name of the object inside the answer, for instance `virtualmachine`. */
  readonly objectName: string;
  readonly fields: F;
}

type FieldOptions = Omit<Field, 'type' | 'of' | 'valueType'>;
const field =
  <T>(type: FieldType) =>
  (options: FieldOptions = {}): Field<T> =>
    Object.freeze({ ...options, type });
const nested =
  <R extends Response, T>(type: 'object' | 'objects') =>
  (of: () => R, options: FieldOptions = {}): Field<T> =>
    Object.freeze({ ...options, type, of });

/** Field types of a response. Dates are Date objects in code and `yyyy-MM-dd'T'HH:mm:ssZ` on the wire. */
export const f = {
  string: field<string>('string'),
  integer: field<number>('integer'),
  long: field<number>('long'),
  double: field<number>('double'),
  boolean: field<boolean>('boolean'),
  date: field<Date>('date'),
  map: field<Readonly<Record<string, unknown>>>('map'),
  strings: field<readonly string[]>('strings'),
  numbers: field<readonly number[]>('numbers'),
  maps: field<readonly Readonly<Record<string, unknown>>[]>('maps'),
  object: <R extends Response>(of: () => R, options?: FieldOptions) => nested<R, Shape<R>>('object')(of, options),
  objects: <R extends Response>(of: () => R, options?: FieldOptions) =>
    nested<R, readonly Shape<R>[]>('objects')(of, options),
};

type FieldValue<F> = F extends Field<infer T> ? T | null | undefined : never;
/** What a view builds: every field optional, null and undefined are left out of the answer. */
export type Shape<R extends Response> = { [K in keyof R['fields']]?: FieldValue<R['fields'][K]> };

/** A pending job about the thing shown. Every response has them; the server fills them in. */
const jobFields = { jobid: f.string(), jobstatus: f.integer() };

export const response = <const F extends FieldMap>(objectName: string, fields: F): Response<F & typeof jobFields> =>
  Object.freeze({ objectName, fields: Object.freeze({ ...fields, ...jobFields }) });

/** The answer of a verb that has nothing to show. */
export const success = response('success', {
  success: f.boolean({ summary: 'true if the operation was carried out' }),
  displaytext: f.string({ summary: 'any text associated with the success or failure' }),
});

// ---- commands

/** `sync` answers at once with one thing; `list` at once with several (in pages where it has `page`; a few verbs that change
 * something answer so too, because CloudStack's do: see `http`); `async` answers with a job; `async-create` with a job and the id of what it makes. */
export type Mode = 'sync' | 'list' | 'async' | 'async-create';

export interface Command<P extends ParamMap = ParamMap, R extends Response = Response, M extends Mode = Mode> {
  readonly name: string;
  readonly summary: string;
  readonly roles: readonly RoleType[];
  readonly mode: M;
  readonly params: P;
  readonly returns: R;
  /** Name of the object in the answer where it is not the response's own. */
  readonly objectName?: string;
  /** `object` wraps once in the object name; `list` adds count; `flat` puts the fields right under the key. Follows from mode unless given. */
  readonly shape: 'object' | 'list' | 'success' | 'flat';
  /** Response key where it is not `<name in lower case>response`. */
  readonly key: string;
  /** Key of an error where it differs from `key`. */
  readonly errorKey: string;
  readonly since?: string;
  /** Event written when it is done (asynchronous: when scheduled, started and completed). */
  readonly event?: EventType;
  /** What kind of thing the job is about, for jobinstancetype and the event's resource type. */
  readonly resource?: string;
  /** CloudStack's command class below org.apache.cloudstack.api.command, shown as `cmd` of a job. */
  readonly javaClass?: string;
  /** GET where the name does not say so, POST where it does. */
  readonly http: 'GET' | 'POST';
  /** Answers without a session or key. */
  readonly anonymous?: boolean;
  /** Ours: CloudStack has no such command. */
  readonly own?: true;
}

interface CommandOptions<P extends ParamMap, R extends Response, M extends Mode> {
  summary: string;
  roles: readonly RoleType[];
  mode: M;
  params: P;
  returns: R;
  objectName?: string;
  shape?: Command['shape'];
  key?: string;
  errorKey?: string;
  since?: string;
  event?: EventType;
  resource?: string;
  javaClass?: string;
  http?: 'GET' | 'POST';
  anonymous?: boolean;
  own?: true;
}

const READS = /^(get|list|query|find)./;

/** Writes down a promise. What can be derived from the name is derived. */
export function command<const P extends ParamMap, R extends Response, const M extends Mode>(
  name: string,
  options: CommandOptions<P, R, M>,
): Command<P, R, M> {
  const key = options.key ?? `${name.toLowerCase()}response`;
  const derived = options.returns === (success as Response) ? 'success' : options.mode === 'list' ? 'list' : 'object';
  return Object.freeze({
    ...options,
    name,
    key,
    errorKey: options.errorKey ?? key,
    shape: options.shape ?? derived,
    http: options.http ?? (READS.test(name.toLowerCase()) ? 'GET' : 'POST'),
  });
}

/** Name of a parameter on the wire. */
export const wireName = (key: string, definition: Param): string => definition.wire ?? key.toLowerCase();
