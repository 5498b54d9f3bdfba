// Drafts against the real definitions: what is complained about, what is sent, what is offered to whom.
import { expect, test } from 'vitest';
import { commands } from '#api/commands.ts';
import type { Command } from '#api/define.ts';
import { deployVirtualMachine } from '#api/vm/lifecycle.ts';
import { labelOfKey, offered, problemsOf, secretsOf, wireOf } from './values.ts';

const uuid = '3f2504e0-4f89-41d3-9a0c-0305e82c3301';

test('what is needed and what does not fit is said in the words of the server', () => {
  expect(problemsOf(deployVirtualMachine.params, { name: '1abc', leaseDuration: 'x', networkIds: 'nope' })).toEqual({
    serviceOfferingId: 'is needed',
    zoneId: 'is needed',
    networkIds: 'is no UUID; choose from the list',
    leaseDuration: "is 'x'; a whole number is accepted",
    name: "is '1abc'; accepted: at most 63 letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
  });
  expect(
    problemsOf(deployVirtualMachine.params, {
      serviceOfferingId: uuid,
      zoneId: uuid,
      name: 'web-1',
      networkIds: `${uuid},${uuid}`,
    }),
  ).toEqual({});
});

test('a draft becomes wire parameters, maps with their brackets', () => {
  const draft = {
    zoneId: uuid,
    name: '',
    startVm: 'false',
    details: [
      { key: 'cpuNumber', value: '2' },
      { key: '', value: 'x' },
    ],
    ipToNetworkList: [{ ip: '10.0.0.1', mac: '' }],
  };
  expect(wireOf(deployVirtualMachine.params, draft)).toEqual({
    zoneid: uuid,
    startvm: 'false',
    'details[0].cpuNumber': '2',
    'iptonetworklist[0].ip': '10.0.0.1',
  });
});

test('who may not give a parameter is not offered it', () => {
  expect('deploymentPlanner' in offered(deployVirtualMachine.params, 'User')).toBe(false);
  expect('deploymentPlanner' in offered(deployVirtualMachine.params, 'Admin')).toBe(true);
});

test('secrets are known by name', () => {
  expect(secretsOf(deployVirtualMachine.params)).toContain('password');
});

test('every parameter of every command has a readable label and an input of its kind', () => {
  for (const command of Object.values(commands) as Command[]) {
    for (const [key, param] of Object.entries(command.params))
      expect(labelOfKey(key, param), `${command.name} ${key}`).toMatch(/^[A-Z0-9][\w/ -]+$/i);
  }
  expect(labelOfKey('serviceOfferingId', deployVirtualMachine.params.serviceOfferingId)).toBe('Service offering');
  expect(labelOfKey('networkIds', deployVirtualMachine.params.networkIds)).toBe('Networks');
});
