// How the words of a line are read, and what is refused before anything is sent.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readFlags, readPairs, requireAll, splitLine, splitWords } from './arguments.ts';
import type { Verb } from './catalog.ts';

const verb: Verb = {
  name: 'createThing',
  summary: '',
  isAsync: false,
  http: 'POST',
  params: [
    { name: 'name', type: 'string', required: true, summary: '' },
    { name: 'zoneid', type: 'uuid', required: true, summary: '' },
    { name: 'details', type: 'map', required: false, summary: '' },
    { name: 'userdata', type: 'string', required: false, summary: '' },
  ],
};
const paramsOf = (...pairs: string[]): object => readPairs(verb, pairs, '/').params;

test('flags may stand anywhere and have CloudMonkey’s letters', () => {
  const { flags, words } = readFlags(['list', '-o', 'csv', 'zones', '-p', 'prod', 'name=-x', '-d', '--no-wait']);
  assert.deepEqual({ ...flags }, { output: 'csv', profile: 'prod', debug: true, 'no-wait': true });
  assert.deepEqual(words, ['list', 'zones', 'name=-x']);
  assert.throws(() => readFlags(['-x']), { name: 'UsageError', message: "Unknown option '-x'" });
  assert.throws(() => readFlags(['list', '-o']), { name: 'UsageError', message: /--output.* argument missing/ });
});

test('a line of the shell splits at blanks outside of quotes', () => {
  assert.deepEqual(splitLine(`create  thing name="a b" x='c "d"' e=f\\ g h="" `), [
    'create',
    'thing',
    'name=a b',
    'x=c "d"',
    'e=f g',
    'h=',
  ]);
  assert.deepEqual(splitLine(`'back\\slash' "quo\\"te"`), ['back\\slash', 'quo"te']);
  assert.deepEqual(splitLine('   '), []);
  assert.throws(() => splitLine('name="a'), /a quote " is not closed/);
});

test('pairs are parameters in any case; brackets keep the case of their fields', () => {
  assert.deepEqual(splitWords(['create', 'thing', 'a=b', 'c=d']), {
    command: ['create', 'thing'],
    pairs: ['a=b', 'c=d'],
  });
  assert.deepEqual(paramsOf('NAME=x=y', 'zoneId=z', 'Details[0].rootDisk=virtio', 'details[1].key=a', 'response=xml'), {
    name: 'x=y',
    zoneid: 'z',
    'details[0].rootDisk': 'virtio',
    'details[1].key': 'a',
  });
  assert.deepEqual(readPairs(verb, ['filter=id, name,', 'name='], '/'), {
    params: { name: '' },
    filter: ['id', 'name'],
  });
});

test('@file is the content of the file; user data that is text is sent in base64', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'nephos-arguments-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'init.yaml'), '#cloud-config\npackages: [nginx]\n');
  assert.deepEqual(readPairs(verb, ['name=@init.yaml'], folder).params, { name: '#cloud-config\npackages: [nginx]\n' });
  const { userdata } = readPairs(verb, ['userdata=@init.yaml'], folder).params;
  assert.equal(Buffer.from(userdata!, 'base64').toString(), '#cloud-config\npackages: [nginx]\n');
  assert.deepEqual(paramsOf(`userdata=${userdata}`), { userdata });
  assert.deepEqual(paramsOf('name=@'), { name: '@' });
  assert.throws(() => readPairs(verb, ['name=@missing'], folder), {
    name: 'UsageError',
    message: /cannot read missing/,
  });
});

test('unknown parameters, words among the pairs and missing parameters are refused by name', () => {
  assert.throws(() => paramsOf('zonid=z'), /createThing has no parameter 'zonid'; did you mean: zoneid\?/);
  assert.throws(() => paramsOf('frobnicate=z'), /accepted: name, zoneid, details, userdata/);
  assert.throws(() => paramsOf('name=x', 'zone1'), /'zone1' is no parameter; key=value is accepted/);
  assert.throws(() => requireAll(verb, { 'details[0].a': 'b' }), {
    name: 'UsageError',
    message: /createThing needs name= zoneid=;/,
  });
  assert.doesNotThrow(() => requireAll(verb, { name: '', zoneid: 'z' }));
});
