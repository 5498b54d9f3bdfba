// Every parameter and response field has words of its own, and no words are left over for names that are gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands, laterCommands } from './commands.ts';
import { wireName, type Command, type Response } from './define.ts';
import { describe, describeField, describeParam, fieldWords } from './words.ts';
import { shared } from './words/shared.data.ts';
import { fields as fieldGlossary } from './words/fields.data.ts';
import { filters } from './words/filters.data.ts';
import { params as paramGlossary } from './words/params.data.ts';
import { serverFields } from './words/servers.data.ts';

const all: Command[] = Object.values({ ...commands, ...laterCommands });

function responses(): Set<Response> {
  const seen = new Set(all.map((command) => command.returns));
  for (const each of seen) for (const field of Object.values(each.fields)) if (field.of) seen.add(field.of());
  return seen;
}

test('every command says what it does', () => {
  for (const { name, summary } of all) assert.match(summary, /^[A-Z].{3,118}[^.]$/, name);
});

test('every parameter has words', () => {
  const without = all.flatMap(({ name, params }) =>
    Object.entries(params)
      .filter(([key, param]) => param.summary === undefined && describeParam(name, wireName(key, param)) === undefined)
      .map(([key]) => `${name}.${key}`),
  );
  assert.deepEqual(without, []);
});

test('every response field has words', () => {
  const without = [...responses()].flatMap(({ objectName, fields }) =>
    Object.entries(fields)
      .filter(
        ([name, field]) =>
          field.summary === undefined && fieldWords(objectName.toLowerCase(), name.toLowerCase()) === undefined,
      )
      .map(([name]) => `${objectName}.${name}`),
  );
  assert.deepEqual(without, []);
});

test('words are filled in', () => {
  for (const command of all)
    for (const key of Object.keys(command.params))
      assert.doesNotMatch(describe(command, key), /\{noun|undefined|^$/, `${command.name}.${key}`);
  for (const each of responses())
    for (const name of Object.keys(each.fields))
      assert.doesNotMatch(describeField(each, name), /\{noun|undefined|^$/, `${each.objectName}.${name}`);
});

test('the noun of a command is what people call it', () => {
  const { createZone, listVirtualMachines, createNetworkOffering, deployVirtualMachine, listNetworkOfferings } =
    commands;
  assert.equal(describe(createZone, 'name'), 'name of the zone');
  assert.equal(describe(listVirtualMachines, 'id'), 'only the instance with this id');
  assert.equal(describe(createNetworkOffering, 'forVpc'), 'whether the network offering is for VPC tiers');
  assert.equal(describe(deployVirtualMachine, 'zoneId'), 'zone the instance is in');
  assert.equal(describe(listNetworkOfferings, 'name'), 'only the network offering of this name');
});

test('no words are left over for names that are gone', () => {
  const names = new Set<string>();
  for (const { name, params } of all)
    for (const [key, param] of Object.entries(params))
      names.add(wireName(key, param)).add(`${name}.${wireName(key, param)}`);
  const read = new Set(names);
  for (const { objectName, fields } of responses())
    for (const name of Object.keys(fields)) names.add(name.toLowerCase()).add(`${objectName}.${name}`.toLowerCase());
  const unknown = (glossary: object, known: Set<string>): string[] =>
    Object.keys(glossary).filter((key) => !known.has(key));
  assert.deepEqual([...unknown(filters, read), ...unknown(paramGlossary, read)], []);
  assert.deepEqual([...unknown(shared, names), ...unknown(fieldGlossary, names), ...unknown(serverFields, names)], []);
});
