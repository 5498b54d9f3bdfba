// Lets a person write a name where the API wants an id: `zoneid=zone1` is looked up through the command that lists zones.
// Invariant: a name is replaced only when exactly one thing bears it; otherwise nothing is sent and the candidates are told.
import { isUuid } from '#base/id.ts';
import type { Client } from '../sdk/client.ts';
import { ApiFailure } from '../sdk/failure.ts';
import type { WireParams } from '../sdk/signature.ts';
import type { Catalog, Parameter, Verb } from './catalog.ts';
import { UsageError } from './world.ts';

export interface Candidate {
  id: string;
  label: string;
  names: string[];
}
export interface Source {
  client: Client;
  catalog: Catalog;
}

const isId = (value: string): boolean => isUuid(value) || /^(-1|\d*)$/.test(value);
const isIdParam = ({ type, lists }: Parameter): boolean => lists !== undefined && /^uuids?$/.test(type);
/** They narrow the lists of the others. */
const scope = ['domainid', 'projectid', 'zoneid', 'account'];

export async function resolveNames(source: Source, verb: Verb, params: WireParams): Promise<WireParams> {
  const resolved: Record<string, string> = { ...params };
  const inOrder = verb.params.filter(isIdParam).sort((a, b) => rank(a) - rank(b));
  for (const param of inOrder) {
    const value = resolved[param.name];
    if (value === undefined) continue;
    const parts = param.type === 'uuids' ? value.split(',') : [value];
    const ids: string[] = [];
    for (const part of parts)
      ids.push(isId(part) ? part : await lookUp(source, { param, name: part, params: resolved }));
    resolved[param.name] = ids.join(',');
  }
  return resolved;
}

const rank = ({ name }: Parameter): number => (scope.includes(name) ? scope.indexOf(name) : scope.length);

interface Wanted {
  param: Parameter;
  name: string;
  params: WireParams;
}

async function lookUp(source: Source, wanted: Wanted): Promise<string> {
  try {
    return await resolveName(source, wanted);
  } catch (error) {
    if (!(error instanceof ApiFailure)) throw error;
    const given = `${wanted.param.name}=${wanted.name}`;
    throw new Error(`${given} is no id, and to look it up as a name is refused: ${error.message}`, { cause: error });
  }
}

async function resolveName(source: Source, { param, name, params }: Wanted): Promise<string> {
  const bearing = (candidates: Candidate[]): Candidate[] => candidates.filter(({ names }) => names.includes(name));
  const similar = await candidatesFor(source, param, { params, keyword: name });
  const all = bearing(similar).length ? similar : await candidatesFor(source, param, { params }); // a keyword does not find every kind of name
  const exact = bearing(all);
  if (exact.length === 1) return exact[0]!.id;
  const shown = [exact, similar, all].find(({ length }) => length > 0) ?? [];
  const list = shown
    .slice(0, 10)
    .map(({ id, label }) => `\n  ${id}  ${label}`)
    .join('');
  const what = exact.length > 1 ? `${exact.length} things are called '${name}'` : `nothing is called '${name}'`;
  throw new UsageError(
    `${param.name}: ${what}${list ? `; there are:${list}` : ''}${shown.length > 10 ? `\n  … and ${shown.length - 10} more` : ''}`,
  );
}

/** What an id parameter could name: ids with what people call them. */
export async function candidatesFor(
  { client, catalog }: Source,
  param: Parameter,
  wish: { params: WireParams; keyword?: string },
): Promise<Candidate[]> {
  const verbs = (param.lists ?? []).map((name) => catalog.get(name)).filter((verb) => verb !== undefined);
  const answers = await Promise.allSettled(
    verbs.map(async (verb) => {
      const asked = questionFor(verb, wish);
      return asked ? candidatesIn(await client.request(verb.name, asked, verb.http)) : [];
    }),
  );
  const found = answers
    .filter(({ status }) => status === 'fulfilled')
    .map((answer) => (answer as PromiseFulfilledResult<Candidate[]>).value);
  // One of several kinds may be closed to the caller; all of them is a reason to stop.
  const [refused] = answers;
  if (found.length === 0 && refused?.status === 'rejected') throw refused.reason;
  return [...new Map(found.flat().map((candidate) => [candidate.id, candidate])).values()];
}

// The widest question the list command takes. Undefined when it wants something we cannot know.
function questionFor(
  verb: Verb,
  { params, keyword }: { params: WireParams; keyword?: string },
): WireParams | undefined {
  const wishes: Record<string, string | undefined> = {
    listall: 'true',
    templatefilter: 'executable',
    isofilter: 'executable',
    keyword,
    ...Object.fromEntries(Object.entries(params).filter(([name]) => scope.includes(name))),
  };
  const needed = Object.fromEntries(
    verb.params.filter(({ required }) => required).map(({ name }) => [name, params[name]]),
  );
  const all = { ...needed, ...wishes };
  const asked = verb.params.map(({ name }) => [name, all[name]] as const).filter(([, value]) => value !== undefined);
  const isComplete = verb.params.every(({ name, required }) => !required || all[name] !== undefined);
  return isComplete ? Object.fromEntries(asked as [string, string][]) : undefined;
}

const naming = ['name', 'displayname', 'username', 'ipaddress', 'path', 'displaytext', 'description'];

function candidatesIn(answer: Readonly<Record<string, unknown>>): Candidate[] {
  const items = Object.values(answer).find(Array.isArray) as Record<string, unknown>[] | undefined;
  return (items ?? [])
    .filter(({ id }) => typeof id === 'string')
    .map((item) => {
      const names = naming
        .map((field) => item[field])
        .filter((value) => typeof value === 'string' && value !== '') as string[];
      const place = [item.zonename, item.account].filter(Boolean).join(', ');
      return { id: item.id as string, names, label: `${names[0] ?? '(no name)'}${place ? ` (${place})` : ''}` };
    });
}
