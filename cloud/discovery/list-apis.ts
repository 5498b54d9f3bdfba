// listApis: the commands this server answers and the caller may call, as their definitions say. What a command looks like
// does not change while the server runs, so it is written once per kind of role.
import { listApis } from '#api/config/discovery.ts';
import type { apiFieldResponse, apiParameterResponse, apiResponse } from '#api/config/responses.ts';
import type { Command, Response, RoleType, Shape } from '#api/define.ts';
import { wireName } from '#api/define.ts';
import { fail } from '#api/errors.ts';
import { fieldType, paramType } from '#api/types.ts';
import { describe, describeField } from '#api/words.ts';
import { implement } from '../context.ts';

type Api = Shape<typeof apiResponse>;
const DEFAULT_LENGTH = 255;

/** Object names of kinds of things whose answers are not called as the thing is. */
const OBJECTS: Readonly<Record<string, string>> = {
  guestos: 'ostype',
  guestoscategory: 'oscategory',
  sshkeypair: 'keypair',
  apikeypair: 'userapikey',
  provider: 'networkserviceprovider',
  asyncjob: 'asyncjobs',
  egressrule: 'firewallrule',
};

interface Catalogue {
  readonly byObject: ReadonlyMap<string, string>;
  readonly shown: Map<string, Api>;
}
const catalogues = new WeakMap<readonly Command[], Catalogue>();

/** Names of commands by what they answer with: where a client finds values for an id. */
function catalogueOf(commands: readonly Command[]): Catalogue {
  const known = catalogues.get(commands);
  if (known) return known;
  const names = new Map<string, string[]>();
  for (const { name, returns } of commands)
    if (returns.objectName !== 'success')
      names.set(returns.objectName, [...(names.get(returns.objectName) ?? []), name]);
  const made = {
    byObject: new Map([...names].map(([object, all]) => [object, all.join(',')])),
    shown: new Map<string, Api>(),
  };
  catalogues.set(commands, made);
  return made;
}

export const listCommands = implement(listApis, async (cx, { name }) => {
  const { commands } = cx.rights;
  const catalogue = catalogueOf(commands);
  const mine = commands.filter((command) => cx.rights.mayCall(command));
  const wanted =
    name === undefined ? mine : mine.filter((command) => command.name.toLowerCase() === name.toLowerCase());
  if (name !== undefined && wanted.length === 0)
    fail(
      'internal',
      `The API [${name}] does not exist or is not available for the account for user id [${cx.caller.userUuid}].`,
      { parameter: 'name' },
    );
  return { items: wanted.map((command) => shown(catalogue, command, cx.caller.roleType)), count: wanted.length };
});

function shown(catalogue: Catalogue, command: Command, role: RoleType): Api {
  const key = `${role} ${command.name}`;
  const api = catalogue.shown.get(key) ?? describeCommand(catalogue, command, role);
  catalogue.shown.set(key, api);
  return api;
}

function describeCommand({ byObject }: Catalogue, command: Command, role: RoleType): Api {
  const related = (byObject.get(command.returns.objectName) ?? '')
    .split(',')
    .filter((name) => name && name !== command.name)
    .join(',');
  return {
    name: command.name,
    description: command.summary,
    isasync: command.mode === 'async' || command.mode === 'async-create',
    since: command.since,
    related,
    httprequesttype: command.http,
    params: Object.entries(command.params)
      .filter(([, param]) => !param.hidden && (!param.roles || param.roles.includes(role)))
      .map(([key]) => describeParameter(byObject, command, key)),
    response: describeFields(command.returns, role, [command.returns]),
  };
}

function describeParameter(
  byObject: Catalogue['byObject'],
  command: Command,
  key: string,
): Shape<typeof apiParameterResponse> {
  const param = command.params[key]!;
  const related = [
    ...new Set(
      (param.entity ?? []).map((kind) => byObject.get(OBJECTS[kind] ?? kind)).filter((names) => names !== undefined),
    ),
  ].join(',');
  return {
    name: wireName(key, param),
    description: describe(command, key),
    type: paramType(param),
    length: param.maxLength ?? DEFAULT_LENGTH,
    required: param.required,
    since: param.since,
    ...(related === '' ? {} : { related }),
  };
}

/** `above` are the responses it stands in: one that holds itself is not unfolded again. */
function describeFields(of: Response, role: RoleType, above: readonly Response[]): Shape<typeof apiFieldResponse>[] {
  return Object.entries(of.fields)
    .filter(([, field]) => !field.roles || field.roles.includes(role))
    .map(([name, field]) => {
      const inner = field.of?.();
      return {
        name,
        description: describeField(of, name),
        type: fieldType(field),
        ...(inner && !above.includes(inner) ? { response: describeFields(inner, role, [...above, inner]) } : {}),
      };
    });
}
