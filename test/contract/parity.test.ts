// Compares every promise in api/ with what CloudStack's command is, field by field, and with the types the Go SDK decodes.
// Where we deviate on purpose the deviation is named, with its reason, in exceptions.ts; one that is no longer needed fails too.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Param } from '#base/param.ts';
import { commands, laterCommands } from '#api/commands.ts';
import { wireName, type Command, type Field, type Response } from '#api/define.ts';
import { fieldType, paramType } from '#api/types.ts';
import { exceptions } from './exceptions.ts';
import {
  commandFacts,
  fieldFact,
  goContract,
  paramFact,
  responseFacts,
  type CommandFact,
  type FieldFact,
  type ParamFact,
} from './facts.ts';

const defined: Record<string, Command> = { ...commands, ...laterCommands };
const LETTERS: Readonly<Record<string, string>> = { Admin: 'A', ResourceAdmin: 'R', DomainAdmin: 'D', User: 'U' };
const letters = (roles: readonly string[] | undefined): string => (roles ?? []).map((role) => LETTERS[role]).join('');

/** Differences found, and the exceptions that explained one. */
const used = new Set<string>();
function differences(): { say: (what: string, ours: unknown, theirs: unknown) => void; found: string[] } {
  const found: string[] = [];
  const say = (what: string, ours: unknown, theirs: unknown): void => {
    if (JSON.stringify(ours) === JSON.stringify(theirs)) return;
    if (what in exceptions) used.add(what);
    else found.push(`${what}: ours ${JSON.stringify(ours)}, CloudStack's ${JSON.stringify(theirs)}`);
  };
  return { say, found };
}

const own = Object.values(defined).filter((command) => command.own);

test('what is ours is no command of CloudStack under another meaning', () => {
  for (const { name } of own) assert.equal(commandFacts[name], undefined, name);
});

for (const [name, command] of Object.entries(defined)) {
  if (command.own) continue;
  const fact = commandFacts[name];

  test(`${name} is what CloudStack's is`, () => {
    assert.ok(fact, 'no such command in CloudStack');
    const { say, found } = differences();
    compareCommand(command, fact, say);
    compareParams(command, fact, say);
    compareResponse(command.returns, fact.response, say);
    assert.deepEqual(found, []);
  });

  if (goContract.commands[name]) {
    test(`${name} is what the Go SDK decodes`, () => {
      const { say, found } = differences();
      compareGo(command, say);
      assert.deepEqual(found, []);
    });
  }
}

after(() => {
  const surplus = Object.keys(exceptions).filter((key) => !used.has(key));
  if (surplus.length > 0) throw new Error(`exceptions that explain nothing: ${surplus.join(', ')}`);
});

type Say = ReturnType<typeof differences>['say'];

function compareCommand(command: Command, fact: CommandFact, say: Say): void {
  const { name } = command;
  say(`${name} name`, command.name, name);
  say(`${name} mode`, command.mode, fact.mode);
  say(`${name} key`, command.key, fact.key);
  say(`${name} errorKey`, command.errorKey, fact.errorKey ?? fact.key);
  say(`${name} shape`, command.shape, fact.shape === 'raw' ? 'flat' : fact.shape);
  if (fact.object !== undefined) say(`${name} object`, command.objectName ?? command.returns.objectName, fact.object);
  say(`${name} roles`, letters(command.roles), fact.roles);
  say(`${name} http`, command.http, fact.http);
  say(`${name} since`, command.since, fact.since);
  say(`${name} resource`, command.resource, fact.resource);
  if (fact.event !== undefined)
    say(`${name} event`, command.event, typeof fact.event === 'string' ? fact.event : fact.event[0]);
  if (fact.class !== undefined)
    say(`${name} class`, command.javaClass, fact.class.replace('org.apache.cloudstack.api.command.', ''));
  if (fact.paged)
    say(
      `${name} paging`,
      ['page', 'pagesize'].every((key) => wireNames(command).includes(key)),
      true,
    );
}

const wireNames = (command: Command): string[] =>
  Object.entries(command.params).map(([key, param]) => wireName(key, param));

function compareParams(command: Command, fact: CommandFact, say: Say): void {
  const theirs = fact.params.map(paramFact);
  say(`${command.name} params`, wireNames(command).toSorted(), theirs.map((each) => each.name).toSorted());
  for (const [key, param] of Object.entries(command.params)) {
    const wire = wireName(key, param);
    const their = theirs.find((each) => each.name === wire);
    if (their) compareParam(`${command.name}.${wire}`, { ours: param, theirs: their }, say);
  }
}

function compareParam(at: string, { ours, theirs }: { ours: Param; theirs: ParamFact }, say: Say): void {
  const item = /^list<(.*)>$/.exec(theirs.type)?.[1];
  say(`${at} type`, paramType(ours), item === undefined ? theirs.type : 'list');
  if (item === 'uuid') say(`${at} item`, ours.kind, 'uuids');
  if (theirs.type === 'uuid') say(`${at} kind`, ours.kind, 'uuid');
  say(`${at} required`, ours.required, theirs.required);
  say(`${at} length`, ours.pattern && theirs.maxLength === undefined ? undefined : ours.maxLength, theirs.maxLength);
  say(`${at} roles`, letters(ours.roles), theirs.roles ?? '');
  // Ours may ask for a right where CloudStack checks it later, in code.
  if (theirs.access !== undefined && ours.kind.startsWith('uuid')) say(`${at} access`, ours.access, theirs.access);
  say(`${at} since`, ours.since, theirs.since);
}

const compared = new Map<Response, string>();

function compareResponse(ours: Response, theirClass: string, say: Say): void {
  if (compared.get(ours) === theirClass) return;
  compared.set(ours, theirClass);
  const theirs = (responseFacts[theirClass] ?? []).map(fieldFact);
  const expected = [...theirs.map((each) => each.name), 'jobid', 'jobstatus'];
  say(`${theirClass} fields`, Object.keys(ours.fields).toSorted(), expected.toSorted());
  for (const their of theirs) {
    const field = ours.fields[their.name];
    if (field) compareField(`${theirClass}.${their.name}`, { ours: field, theirs: their }, say);
  }
}

/** Names of CloudStack's types that are not those of listApis. */
const PRINTED: Readonly<Record<string, string>> = { 'map<string,object>': 'map', 'map<string,list:string>': 'map' };

function compareField(at: string, { ours, theirs }: { ours: Field; theirs: FieldFact }, say: Say): void {
  const nested = theirs.type === 'object' && !theirs.list ? theirs.holds?.toLowerCase() : undefined;
  say(
    `${at} type`,
    fieldType(ours),
    theirs.apiType ?? (theirs.list ? 'list' : (nested ?? PRINTED[theirs.type] ?? theirs.type)),
  );
  say(`${at} roles`, letters(ours.roles), theirs.roles ?? '');
  say(`${at} since`, ours.since, theirs.since);
  if (theirs.holds !== undefined && ours.of) compareResponse(ours.of(), theirs.holds, say);
}

// ---- Go

const GO_PARAM: Readonly<Record<string, readonly string[]>> = {
  string: ['string', 'uuid', 'date', 'list'],
  bool: ['boolean'],
  int: ['integer', 'short', 'long'],
  int64: ['long', 'integer'],
  float64: ['double', 'float'],
  UUID: ['uuid', 'string'],
  '[]string': ['list'],
  'map[string]string': ['map'],
  '[]map[string]string': ['map'],
};
/** JSON that each Go type accepts. Some ids and flags are decoded from both. */
const GO_FIELD: Readonly<Record<string, readonly string[]>> = {
  string: ['string', 'date'],
  bool: ['boolean'],
  int: ['integer', 'long'],
  int64: ['long', 'integer'],
  float64: ['double', 'integer', 'long'],
  UUID: ['string'],
  '[]string': ['strings'],
  '[]interface{}': ['strings', 'objects', 'maps', 'numbers'],
  '[]int64': ['numbers'],
  '[]float64': ['numbers'],
  'map[string]string': ['map'],
  'map[string]interface{}': ['map'],
  '[]map[string]string': ['maps'],
  'json.RawMessage': ['map', 'object'],
};

function compareGo(command: Command, say: Say): void {
  const go = goContract.commands[command.name]!;
  say(`${command.name} Go http`, command.http, go.http);
  say(`${command.name} Go async`, command.mode.startsWith('async'), go.async);
  for (const [wire = '', type = ''] of go.params.map((each) => each.split(':'))) {
    const found = Object.entries(command.params).find(([key, param]) => wireName(key, param) === wire);
    if (found) say(`${command.name}.${wire} Go type`, accepts(GO_PARAM, type, paramType(found[1])), true);
  }
  const item = go.returns === undefined ? undefined : goItem(command, go.returns);
  if (item !== undefined) compareGoFields({ ours: command.returns, type: item }, say);
}

const accepts = (table: Readonly<Record<string, readonly string[]>>, go: string, ours: string): boolean =>
  go === 'interface{}' || (table[go] ?? []).includes(ours);

/** Lists answer `{count, <object>: []*Item}`, a few others `{<object>: Item}`; the rest are decoded into the item itself. */
function goItem(command: Command, returns: string): string | undefined {
  const fields = goContract.types[returns] ?? [];
  const object = (command.objectName ?? command.returns.objectName).toLowerCase();
  const wrapped = fields.find((each) =>
    each.toLowerCase().startsWith(`${object}:${command.shape === 'list' ? '[]@' : '@'}`),
  );
  return wrapped ? wrapped.split('@')[1] : returns;
}

function compareGoFields({ ours, type }: { ours: Response; type: string }, say: Say): void {
  for (const [name = '', go = ''] of (goContract.types[type] ?? []).map((each) => each.split(/:(.*)/))) {
    const key = Object.keys(ours.fields).find((each) => each.toLowerCase() === name.toLowerCase());
    const field = key === undefined ? undefined : ours.fields[key];
    if (!field) continue;
    const at = `Go ${ours.objectName}.${name}`;
    const [list, nested] = go.split('@');
    if (nested === undefined) say(at, field.type, goAccepts(go, field.type));
    else {
      say(at, field.type, list === '[]' ? 'objects' : 'object');
      if (field.of) compareGoFields({ ours: field.of(), type: nested }, say);
    }
  }
}

/** The field's own type where Go takes it, otherwise what Go has. */
const goAccepts = (go: string, type: string): string => (accepts(GO_FIELD, go, type) ? type : go);
