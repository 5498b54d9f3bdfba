// No command acts on a thing that belongs to somebody without asking whether the caller may: an id parameter of such a kind
// says which right it needs. Lists are left out, because they show only what the caller may see.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands, laterCommands } from '#api/commands.ts';
import type { Command } from '#api/define.ts';
import type { EntityName } from '#api/entities.ts';

/** Things that belong to an account or a domain. */
const owned: ReadonlySet<EntityName> = new Set([
  'account',
  'acl',
  'affinitygroup',
  'apikeypair',
  'asyncjob',
  'bgppeer',
  'egressrule',
  'firewallrule',
  'instancegroup',
  'ipforwardingrule',
  'iso',
  'kmskey',
  'network',
  'nic',
  'nicsecondaryip',
  'portforwardingrule',
  'project',
  'publicipaddress',
  'router',
  'securitygroup',
  'snapshot',
  'sshkeypair',
  'template',
  'user',
  'userdata',
  'virtualmachine',
  'volume',
  'vpc',
]);

/** For whom something is made: resolved, and checked, together with the account's name. */
const owner = new Set(['domainId', 'projectId', 'account']);

const all: Command[] = Object.values({ ...commands, ...laterCommands });

test('an id of an owned thing says which right it needs', () => {
  const unchecked = all
    .filter(({ mode, http }) => mode !== 'list' || http === 'POST')
    .flatMap(({ name, params }) =>
      Object.entries(params)
        .filter(
          ([key, { entity, access }]) =>
            !owner.has(key) && access === undefined && entity?.some((each) => owned.has(each as EntityName)),
        )
        .map(([key]) => `${name}.${key}`),
    );
  assert.deepEqual(unchecked, []);
});

test('what takes a password says that it is secret', () => {
  const open = all.flatMap(({ name, params }) =>
    Object.entries(params)
      .filter(([key, { secret, kind }]) => /password$|secretkey$/i.test(key) && kind === 'string' && !secret)
      .map(([key]) => `${name}.${key}`),
  );
  assert.deepEqual(open, []);
});
