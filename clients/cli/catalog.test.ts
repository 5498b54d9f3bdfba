// Every command that is promised can be typed the way people type it, and what is mistyped is met with a suggestion.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands } from '#api/commands.ts';
import { nearest, openCatalog, splitName, toText } from './catalog.ts';
import { describeDefinitions, describeTold } from './describe.ts';

const verbs = describeDefinitions(Object.values(commands));
const catalog = openCatalog(toText(verbs));
const otherNumber = (noun: string): string =>
  noun.endsWith('ies') ? noun.replace(/ies$/, 'y') : noun.endsWith('s') ? noun.replace(/s$/, '') : `${noun}s`;

for (const name of Object.keys(commands)) {
  test(`${name} is found by each of its forms`, () => {
    const { verb, noun } = splitName(name);
    const forms = [[name], [name.toLowerCase()], [name.toUpperCase()], [verb, noun], [verb, name.slice(verb.length)]];
    const numbered = noun ? [[verb, otherNumber(noun)], [verb + otherNumber(noun)]] : [];
    for (const form of [...forms, ...numbered]) assert.equal(catalog.match(form)?.name, name, form.join(' '));
  });
}

test('a description holds what the definition promises', () => {
  const deploy = catalog.get('deployVirtualMachine');
  assert.ok(deploy);
  assert.deepEqual([deploy.isAsync, deploy.http], [true, 'POST']);
  const zone = deploy.params.find(({ name }) => name === 'zoneid');
  assert.deepEqual([zone?.type, zone?.required, zone?.lists], ['uuid', true, ['listZones']]);
  assert.ok(zone?.summary);
  assert.equal(catalog.get('listZones')?.http, 'GET');
});

test('what an id names is looked up with a command that lists such things', () => {
  const lists = verbs.flatMap(({ params }) => params.flatMap((param) => param.lists ?? []));
  assert.deepEqual(
    lists.filter((name) => !name.startsWith('list') || !catalog.get(name)),
    [],
  );
  const listOf = (command: string, name: string): readonly string[] | undefined =>
    catalog.get(command)?.params.find((param) => param.name === name)?.lists;
  assert.deepEqual(listOf('startVirtualMachine', 'id'), ['listVirtualMachines']);
  assert.deepEqual(listOf('deployVirtualMachine', 'templateid'), ['listTemplates', 'listIsos']);
  assert.deepEqual(listOf('deployVirtualMachine', 'networkids'), ['listNetworks']);
  assert.deepEqual(listOf('updateStoragePool', 'id'), ['listStoragePools']);
  assert.deepEqual(listOf('deleteEgressFirewallRule', 'id'), ['listEgressFirewallRules']);
  assert.deepEqual(listOf('queryAsyncJobResult', 'jobid'), ['listAsyncJobs']);
  assert.deepEqual(listOf('registerTemplate', 'ostypeid'), ['listOsTypes']);
});

test('mistyped commands are met with near ones, unfinished ones with where to look', () => {
  assert.throws(() => catalog.find(['list', 'zonez']), {
    name: 'UsageError',
    message: /^unknown command 'list zonez'; did you mean: list zones/,
  });
  assert.throws(() => catalog.find(['deploy', 'vm']), /did you mean: deploy virtualmachine\?/);
  assert.throws(() => catalog.find(['list']), /list what\? 'nephos help list'/);
  assert.throws(() => catalog.find(['frobnicate', 'it']), /'nephos help' lists the verbs; 'nephos sync'/);
  assert.deepEqual(nearest('zonid', ['id', 'zoneid', 'podid', 'name']), ['zoneid', 'podid']);
});

test('what a server tells adds commands and parameters, and takes nothing away', () => {
  const told = describeTold([
    {
      name: 'listMoons',
      description: 'moons',
      isasync: false,
      params: [
        { name: 'planetId', type: 'uuid', required: true, related: 'createPlanet,listPlanetsMetrics,listPlanets' },
      ],
    },
    {
      name: 'listZones',
      description: 'other words',
      params: [
        { name: 'newfilter', type: 'string' },
        { name: 'id', type: 'uuid', required: true },
      ],
    },
    { name: 'moveMoon', isasync: true, params: [] },
  ]);
  const both = openCatalog(toText(verbs), toText(told));
  assert.deepEqual(both.get('listmoons')?.params[0], {
    name: 'planetid',
    type: 'uuid',
    required: true,
    summary: '',
    lists: ['listPlanets'],
  });
  assert.deepEqual(
    [both.get('moveMoon')?.http, both.get('moveMoon')?.isAsync, both.get('listMoons')?.http],
    ['POST', true, 'GET'],
  );
  const zones = both.get('listZones');
  assert.equal(zones?.summary, catalog.get('listZones')?.summary);
  assert.equal(zones?.params.find(({ name }) => name === 'id')?.required, false);
  assert.ok(zones?.params.some(({ name }) => name === 'newfilter'));
});
