// Turns definitions, ours or those a server tells with listApis, into the descriptions of the catalog.
// Invariant: an id parameter names the commands that list such things, whenever there are any.
import type { Command } from '#api/define.ts';
import { wireName } from '#api/define.ts';
import { describe } from '#api/words.ts';
import type { Param } from '#base/param.ts';
import { fold, splitName } from './catalog.ts';
import type { Parameter, Verb } from './catalog.ts';

type Lists = (entity: string) => readonly string[];

export function describeDefinitions(commands: readonly Command[]): Verb[] {
  const lists = listsOf(commands);
  return commands.map((command) => ({
    name: command.name,
    summary: command.summary,
    isAsync: command.mode.startsWith('async'),
    http: command.http,
    params: Object.entries(command.params).map(([key, param]) => ({
      name: wireName(key, param),
      summary: describe(command, key),
      ...describeParam(param, lists),
    })),
  }));
}

function describeParam(param: Param, listsOfThings: Lists): Omit<Parameter, 'name' | 'summary'> {
  const { kind: type, required, oneOf: values, hidden } = param;
  const lists = param.entity?.flatMap(listsOfThings) ?? [];
  return {
    type,
    required,
    ...(values ? { values } : {}),
    ...(hidden ? { hidden } : {}),
    ...(lists.length ? { lists } : {}),
  };
}

/** Things whose list has another name than they. */
const namedOtherwise: Readonly<Record<string, string>> = {
  acl: 'listNetworkACLLists',
  apikeypair: 'listUserKeys',
  egressrule: 'listEgressFirewallRules',
  guestos: 'listOsTypes',
  guestoscategory: 'listOsCategories',
  provider: 'listNetworkServiceProviders',
  userdata: 'listUserData',
};

function listsOf(commands: readonly Command[]): Lists {
  const listing = commands.filter(({ mode, name }) => mode === 'list' && name.startsWith('list'));
  const known = new Set(commands.map(({ name }) => name));
  const byNoun = new Map(listing.map(({ name }) => [fold(splitName(name).noun), name]));
  const byObject = new Map(
    listing.toReversed().map((command) => [command.objectName ?? command.returns.objectName, command.name]),
  );
  return (entity) => {
    const other = namedOtherwise[entity];
    const found = other !== undefined && known.has(other) ? other : (byNoun.get(fold(entity)) ?? byObject.get(entity));
    return found === undefined ? [] : [found];
  };
}

interface ToldParam {
  name: string;
  description?: string;
  type?: string;
  required?: boolean;
  related?: string;
}
interface ToldApi {
  name: string;
  description?: string;
  isasync?: boolean;
  httprequesttype?: string;
  params?: ToldParam[];
}

/** From the `api` objects of listApis, of this server or of an Apache CloudStack. */
export const describeTold = (apis: readonly ToldApi[]): Verb[] =>
  apis.map((api) => ({
    name: api.name,
    summary: api.description ?? '',
    isAsync: api.isasync === true,
    http:
      api.httprequesttype === 'GET' || (!api.httprequesttype && /^(get|list|query|find)./i.test(api.name))
        ? 'GET'
        : 'POST',
    params: (api.params ?? []).filter(({ name }) => typeof name === 'string').map(describeToldParam),
  }));

function describeToldParam({ name, description, type = 'string', required, related }: ToldParam): Parameter {
  const lists = (related ?? '')
    .split(',')
    .filter((api) => api.startsWith('list'))
    .sort((a, b) => a.length - b.length)
    .slice(0, 1);
  return {
    name: name.toLowerCase(),
    type: type === 'list' && lists.length ? 'uuids' : type,
    required: required === true,
    summary: description ?? '',
    ...(lists.length ? { lists } : {}),
  };
}
