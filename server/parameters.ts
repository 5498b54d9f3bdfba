// The parameters of a command: read by their kinds, then every id loaded through the caller's rights.
import type { Command } from '#api/define.ts';
import { wireName } from '#api/define.ts';
import type { EntityName } from '#api/entities.ts';
import { fail, notFoundText } from '#api/errors.ts';
import { BadValue, readValue, type MapEntries, type Param } from '#base/param.ts';
import { checkAccess } from '#cloud/access.ts';
import type { Caller } from '#cloud/context.ts';
import type { Tx } from '#kernel/db.ts';
import type { Page } from '#kernel/list.ts';
import type { Settings } from '#kernel/settings.ts';
import type { NamedThings } from './named.ts';
import type { Decoded } from './request.ts';

export type Values = Record<string, unknown>;

/** A parameter with the names it is looked up by. */
interface Slot {
  readonly key: string;
  readonly param: Param;
  /** On the wire. */
  readonly name: string;
  readonly lower: string;
}
interface Slots {
  readonly all: readonly Slot[];
  /** Those that name things. */
  readonly named: readonly Slot[];
}

const slotsKnown = new WeakMap<Command, Slots>();
/** Worked out once per definition. */
function slotsOf(command: Command): Slots {
  const known = slotsKnown.get(command);
  if (known) return known;
  const all = Object.entries(command.params).map(([key, param]): Slot => {
    const name = wireName(key, param);
    return { key, param, name, lower: name.toLowerCase() };
  });
  const slots = { all, named: all.filter(({ param }) => param.entity) };
  slotsKnown.set(command, slots);
  return slots;
}

/** By the definition's keys; blank ones are absent. Unknown parameters are ignored, as clients rely on. */
export function readParameters(command: Command, decoded: Decoded, caller: Caller): Values {
  const values: Values = {};
  for (const slot of slotsOf(command).all) {
    const { key, param, name } = slot;
    if (param.roles && !param.roles.includes(caller.roleType)) continue;
    const value = readOne(command, slot, decoded);
    if (value !== undefined) values[key] = value;
    else if (param.required)
      fail(
        'missingParameter',
        `Unable to execute API command ${command.name.toLowerCase()} due to missing parameter ${name}`,
        { parameter: name },
      );
  }
  return values;
}

function readOne(command: Command, { name, lower, param }: Slot, decoded: Decoded): unknown {
  if (param.kind === 'map') return readMap(decoded, lower);
  const text = decoded.plain.get(lower);
  if (text === undefined) return undefined;
  try {
    return readValue(param, text);
  } catch (error) {
    if (!(error instanceof BadValue)) throw error;
    return fail(
      'invalidParameter',
      `Unable to execute API command ${command.name.toLowerCase()} due to invalid value. Parameter ${name} ${error.message}`,
      { parameter: name },
    );
  }
}

const readMap = ({ maps }: Decoded, name: string): MapEntries | undefined => maps.get(name);

/** Replaces what id parameters name by internal ids. Unknown and forbidden ones are refused here, before any verb runs. */
export async function resolveEntities(
  on: { tx: Tx; named: NamedThings },
  { command, caller, given }: { command: Command; caller: Caller; given: Values },
): Promise<Values> {
  const named = slotsOf(command).named.filter(({ key }) => given[key] !== undefined);
  if (named.length === 0) return given;
  const values: Values = { ...given };
  for (const { key, param, name } of named) {
    const one = (text: string): Promise<number> => resolveOne(on, { command, caller, param, name, text });
    if (param.kind === 'uuid') values[key] = await one(values[key] as string);
    else values[key] = await inSequence(values[key] as string[], one);
  }
  return values;
}

async function inSequence<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

/** Lists that only show: an id of what is gone names nothing to show. */
const isList = (command: Command): boolean => command.mode === 'list' && command.http === 'GET';

/** Resource administrators have a few commands of root's (addHost, deleteHost): to use these is to manage infrastructure. */
const managesWith = ({ roles }: Command, { roleType }: Caller): boolean =>
  roleType === 'ResourceAdmin' && roles.includes('ResourceAdmin') && !roles.includes('DomainAdmin');

interface Named {
  command: Command;
  caller: Caller;
  param: Param;
  name: string;
  text: string;
}

async function resolveOne(
  { tx, named: things }: { tx: Tx; named: NamedThings },
  { command, caller, param, name, text }: Named,
): Promise<number> {
  if (text === '-1' && (param.all || isList(command))) return -1; // in a list: nothing bears it
  const named = await things.find(tx, param.entity as readonly EntityName[], { text, removed: isList(command) });
  if (!named) return fail('notFound', notFoundText(command.name, name, text), { parameter: name });
  if (param.access)
    await checkAccess(tx, caller, {
      ...named,
      access: param.access,
      parameter: name,
      manages: managesWith(command, caller),
    });
  return named.found.id;
}

/** `page` and `pagesize` come together, except `pagesize=-1` alone, which means everything. */
export function readPage(values: Values, settings: Settings): Page {
  const page = values['page'] as number | undefined;
  const size = values['pageSize'] as number | undefined;
  const max = settings.number('default.page.size');
  const everything = max === -1 ? Number.MAX_SAFE_INTEGER : max;
  if (size === -1 && page === undefined) return { offset: 0, limit: Number.MAX_SAFE_INTEGER };
  if (size === undefined && page === undefined) return { offset: 0, limit: everything };
  if (size === undefined)
    fail('invalidParameter', '"page" is given without "pagesize"; both are needed', { parameter: 'pagesize' });
  if (page === undefined)
    fail('invalidParameter', '"pagesize" is given without "page"; both are needed', { parameter: 'page' });
  if (size > everything)
    fail('invalidParameter', `Page size can't exceed max allowed page size value: ${max}`, { parameter: 'pagesize' });
  if (size < 1)
    fail('invalidParameter', `pagesize is ${size}; at least 1 is accepted, or -1 without page for everything`, {
      parameter: 'pagesize',
    });
  if (page < 1) fail('invalidParameter', `page is ${page}; pages count from 1`, { parameter: 'page' });
  return { offset: (page - 1) * size, limit: size };
}
