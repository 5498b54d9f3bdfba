// Every command the server has × what must be refused: nobody logged in, a role without it, a required parameter missing, a
// value of the wrong form, an id of nothing, an id of somebody else. Generated from the definitions; no case is written by hand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wireName, type Command } from '#api/define.ts';
import type { EntityName } from '#api/entities.ts';
import type { Param } from '#base/param.ts';
import { entities } from '#cloud/entities.ts';
import { answer } from '#server/dispatch.ts';
import { allHandlers } from '#server/handlers.ts';
import { inCloud, type User } from '../cloud.ts';
import { makeAccount, makeDomain } from '../tenants.ts';
import { ownedThings, sharedThings, type Things } from './things.ts';

const served = [...allHandlers().values()].map((handler) => handler.command);
const NOTHING = '00000000-0000-4000-8000-00000000dead';
type Sent = Record<string, string>;

const params = (command: Command): [string, Param][] =>
  Object.entries(command.params).map(([key, param]) => [wireName(key, param), param]);
const mayCall = (command: Command, role: Command['roles'][number]): boolean => command.roles.includes(role);

/** A value that is read without complaint. */
function valid(param: Param, things: Things): string | undefined {
  if (param.entity)
    return param.entity.map((kind) => things.get(kind as EntityName)).find((uuid) => uuid !== undefined);
  if (param.oneOf) return param.oneOf[0];
  if (param.kind === 'boolean') return 'true';
  if (param.kind === 'date') return '2026-01-01';
  if (['integer', 'long', 'double', 'integers'].includes(param.kind)) return String(param.min ?? 1);
  return param.pattern?.test('a') === false ? '10.0.0.1' : 'a';
}

/** All required parameters but one, with values that are read without complaint. */
function required(command: Command, things: Things, except?: string): Sent | undefined {
  const sent: Sent = {};
  for (const [name, param] of params(command)) {
    if (!param.required || name === except) continue;
    if (param.kind === 'map') {
      sent[`${name}[0].key`] = 'a';
      continue;
    }
    const value = valid(param, things);
    if (value === undefined) return undefined; // nothing of that kind exists: the command cannot be asked well
    sent[name] = value;
  }
  return sent;
}

async function refused(user: User, command: Command, sent: Sent): Promise<{ errorcode: number; errortext: string }> {
  try {
    return await user.refused(command.name, sent);
  } catch (error) {
    throw new Error(`${command.name} ${JSON.stringify(sent)}: ${(error as Error).message}`, { cause: error });
  }
}

test(
  'nobody without a session or key',
  inCloud(async ({ server }) => {
    for (const command of served) {
      const reply = await answer(server, {
        method: 'POST',
        cookies: new Map(),
        sourceIp: '127.0.0.1',
        sent: new Map([
          ['command', command.name],
          ['response', 'json'],
        ]),
      });
      assert.equal(reply.status, 401, command.name);
    }
  }),
);

test(
  'nobody whose role does not have it',
  inCloud(async (cloud) => {
    const { user } = await makeAccount(cloud, { name: 'tenant' });
    for (const command of served.filter((one) => !mayCall(one, 'User'))) {
      const { errorcode, errortext } = await refused(user, command, {});
      assert.equal(errorcode, 432, command.name);
      assert.match(errortext, /does not exist or is not available for the account/);
    }
  }),
);

test(
  'a required parameter that is missing is named',
  inCloud(async ({ admin, db }) => {
    const { things } = await sharedThings(db);
    for (const command of served) {
      for (const [name, param] of params(command)) {
        if (!param.required) continue;
        const { errorcode, errortext } = await refused(admin, command, required(command, things, name) ?? {});
        assert.equal(errorcode, 431, `${command.name} ${name}`);
        assert.match(errortext, /missing parameter|entity does not exist|invalid value/, `${command.name} ${name}`);
      }
    }
  }),
);

const MALFORMED: Partial<Record<Param['kind'], string>> = {
  integer: 'many',
  long: '1.5',
  double: 'x',
  date: 'tomorrow',
  integers: '1,two',
  uuid: 'not-an-id',
  uuids: 'not-an-id',
};

test(
  'a value of the wrong form is refused by name',
  inCloud(async ({ admin, db }) => {
    const { things } = await sharedThings(db);
    let cases = 0;
    for (const command of served) {
      const base = required(command, things);
      for (const [name, param] of params(command)) {
        const bad =
          MALFORMED[param.kind] ??
          (param.kind === 'string' && !param.oneOf ? 'x'.repeat((param.maxLength ?? 255) + 1) : undefined);
        if (bad === undefined || !base || (param.roles && !param.roles.includes('Admin'))) continue;
        const { errorcode, errortext } = await refused(admin, command, { ...base, [name]: bad });
        assert.equal(errorcode, 431, `${command.name} ${name}: ${errortext}`);
        assert.ok(
          errortext.toLowerCase().includes(name.toLowerCase()),
          `${command.name} ${name} is not named: ${errortext}`,
        );
        cases += 1;
      }
    }
    assert.ok(cases > 500, `${cases} cases`);
  }),
);

test(
  'an id of nothing is told in the sentence clients look for',
  inCloud(async ({ admin, db }) => {
    const { things } = await sharedThings(db);
    for (const command of served) {
      const base = required(command, things);
      for (const [name, param] of params(command)) {
        if (!param.entity || !base) continue;
        const { errorcode, errortext } = await refused(admin, command, { ...base, [name]: NOTHING });
        assert.equal(errorcode, 431, `${command.name} ${name}: ${errortext}`);
        assert.ok(
          errortext.includes(`value=${NOTHING} due to incorrect long value format, or entity does not exist`),
          `${command.name} ${name}: ${errortext}`,
        );
      }
    }
  }),
);

test(
  'an id of -1 is told the same, but where it means all of them',
  inCloud(async ({ admin, db }) => {
    const { things } = await sharedThings(db);
    let cases = 0;
    for (const command of served.filter((one) => one.mode !== 'list')) {
      const base = required(command, things);
      for (const [name, param] of params(command)) {
        if (!param.entity || param.all || !base || (param.roles && !param.roles.includes('Admin'))) continue;
        const { errorcode, errortext } = await refused(admin, command, { ...base, [name]: '-1' });
        assert.deepEqual(
          [errorcode, errortext.includes(`value=-1`)],
          [431, true],
          `${command.name} ${name}: ${errortext}`,
        );
        cases += 1;
      }
    }
    assert.ok(cases > 100, `${cases} cases`);
  }),
);

const isOwned = (param: Param): boolean =>
  param.entity!.every(
    (kind) => entities[kind as EntityName].ownership === 'owned' || entities[kind as EntityName].table === 'template',
  );

test(
  'an id of somebody else is refused: another account, a sibling domain, the domain above',
  inCloud(async (cloud) => {
    const { things, zone } = await sharedThings(cloud.db);
    const domain = await makeDomain(cloud.db, 'one');
    const below = await makeDomain(cloud.db, 'below', domain);
    const sibling = await makeDomain(cloud.db, 'two');
    const me = await makeAccount(cloud, { name: 'me', domainId: below.id });
    const mine = new Map([...things, ...(await ownedThings(cloud.db, { ...me, zone }))]);
    let cases = 0;
    for (const [name, domainId] of [
      ['neighbour', below.id],
      ['above', domain.id],
      ['sibling', sibling.id],
    ] as const) {
      const other = await makeAccount(cloud, { name, domainId });
      const foreign = await ownedThings(cloud.db, { ...other, zone });
      for (const command of served.filter((one) => mayCall(one, 'User') && one.mode !== 'list')) {
        const base = required(command, mine);
        for (const [parameter, param] of params(command)) {
          if (
            !param.entity ||
            !param.access ||
            !isOwned(param) ||
            !base ||
            (param.roles && !param.roles.includes('User'))
          )
            continue;
          const uuid = valid(param, foreign);
          if (uuid === undefined) continue;
          const { errorcode, errortext } = await refused(me.user, command, { ...base, [parameter]: uuid });
          assert.ok(
            errorcode === 531 || errorcode === 431,
            `${command.name} ${parameter} of ${name}: ${errorcode} ${errortext}`,
          );
          assert.match(errortext, /may not|entity does not exist/, `${command.name} ${parameter} of ${name}`);
          cases += 1;
        }
      }
    }
    assert.ok(cases > 150, `${cases} cases`);
  }),
);

test(
  'a list shows nothing of somebody else',
  inCloud(async (cloud) => {
    const { things, zone } = await sharedThings(cloud.db);
    const me = await makeAccount(cloud, { name: 'me' });
    const other = await makeAccount(cloud, { name: 'other' });
    const foreign = await ownedThings(cloud.db, { ...other, zone });
    const uuids = [...foreign].filter(([kind]) => kind !== 'domain').map(([, uuid]) => uuid);
    for (const command of served.filter((one) => mayCall(one, 'User') && one.mode === 'list' && one.http === 'GET')) {
      const base = required(command, things);
      if (!base) continue;
      for (const sent of [base, { ...base, listall: 'true' }, { ...base, listall: 'true', isrecursive: 'true' }]) {
        const reply = await me.user.raw(command.name, sent);
        const leaked = uuids.filter((uuid) => reply.text.includes(uuid));
        assert.deepEqual(
          leaked,
          [],
          `${command.name} ${JSON.stringify(sent)} shows ${[...foreign]
            .filter(([, uuid]) => leaked.includes(uuid))
            .map(([kind]) => kind)
            .join(', ')}`,
        );
      }
    }
  }),
);
