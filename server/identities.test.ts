// Who was refused anywhere is refused everywhere at once, though every server remembers who callers are: what is changed
// through one server is asked of another.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { countStatements, openDb, type Db } from '#kernel/db.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import { testServer, userOf } from '#test/cloud.ts';
import { cloneDatabase } from '#test/database.ts';
import { answer, type Server } from './dispatch.ts';

const KEYS = { apiKey: 'the-key', secretKey: 'the-secret' };
let db: Db;
/** The connection of another server. */
let other: Db;
let server: Server;
let cleanUp: () => Promise<void>;

before(async () => {
  const clone = await cloneDatabase();
  db = openDb({ url: clone.url, max: 3 });
  other = openDb({ url: clone.url, max: 3 });
  const made = await testServer(db);
  server = made.server;
  cleanUp = async () => {
    made.close();
    await db.close();
    await other.close();
    await clone.drop();
  };
});
after(() => cleanUp());

let users = 300;
/** A domain with an account with a user with a key and a session. */
beforeEach(async () => {
  users += 1;
  const on = other.read;
  await on.run(sql`delete from session`);
  await on.run(sql`delete from api_keypair_rule`);
  await on.run(sql`delete from api_keypair`);
  await on.run(sql`insert into domain(parent_id, name, path, level) values (1, ${`d${users}`}, ${`/d${users}/`}, 1)`);
  await on.run(sql`insert into role(id, name, type) values (${users}, ${`r${users}`}, 'User')`);
  await on.run(
    sql`insert into account(id, name, type, role_id, domain_id) select ${users}, ${`a${users}`}, 0, ${users}, max(id) from domain`,
  );
  await on.run(
    sql`insert into cloud_user(id, account_id, username, password, first_name, last_name) values (${users}, ${users}, ${`u${users}`}, 'none', 'a', 'b')`,
  );
  await on.run(sql`insert into api_keypair(user_id, account_id, domain_id, name, api_key, secret_key)
    select ${users}, ${users}, max(id), 'key', ${KEYS.apiKey}, ${server.sealer.seal(KEYS.secretKey)} from domain`);
  const hash = server.sealer.hash;
  await on.run(
    sql`insert into session(id_hash, key_hash, user_id, expires) values (${hash('sid')}, ${hash('skey')}, ${users}, now() + interval '1 hour')`,
  );
});

const bySignature = async (command = 'listZones'): Promise<number> => (await userOf(server, KEYS).raw(command)).status;
const bySession = async (command = 'listZones'): Promise<number> =>
  (
    await answer(server, {
      method: 'GET',
      sent: new Map([
        ['command', command],
        ['response', 'json'],
        ['sessionkey', 'skey'],
      ]),
      cookies: new Map([
        ['JSESSIONID', 'sid'],
        ['sessionkey', 'skey'],
      ]),
      sourceIp: '127.0.0.1',
    })
  ).status;
const both = async (): Promise<number[]> => [await bySignature(), await bySession()];

const change = (statement: Sql): Promise<number> => other.read.run(statement);
const ofUser = (): Sql => sql`id = ${users}`;

describe('a caller who is remembered', () => {
  const refusals: Record<string, () => Sql> = {
    'whose user is disabled': () => sql`update cloud_user set state = 'disabled' where ${ofUser()}`,
    'whose user is removed': () => sql`update cloud_user set removed = now() where ${ofUser()}`,
    'whose account is locked': () => sql`update account set state = 'locked' where ${ofUser()}`,
    'whose account is removed': () => sql`update account set removed = now() where ${ofUser()}`,
    'whose domain is removed': () => sql`update domain set removed = now() where name = ${`d${users}`}`,
  };
  for (const [name, refusal] of Object.entries(refusals)) {
    test(`${name} is refused at once`, async () => {
      assert.deepEqual(await both(), [200, 200]);
      await change(refusal());
      assert.deepEqual(await both(), [401, 401]);
    });
  }

  test('whose user was disabled and is enabled again may call again', async () => {
    await change(sql`update cloud_user set state = 'disabled' where ${ofUser()}`);
    assert.deepEqual(await both(), [401, 401]);
    await change(sql`update cloud_user set state = 'enabled' where ${ofUser()}`);
    assert.deepEqual(await both(), [200, 200]);
  });

  test('whose key is removed is refused at once, its session not', async () => {
    assert.deepEqual(await both(), [200, 200]);
    await change(sql`update api_keypair set removed = now()`);
    assert.deepEqual(await both(), [401, 200]);
  });

  test('whose key ends is refused from then on, and before it starts', async () => {
    assert.equal(await bySignature(), 200);
    await change(sql`update api_keypair set end_date = now() - interval '1 second'`);
    assert.equal(await bySignature(), 401);
    await change(sql`update api_keypair set end_date = null, start_date = now() + interval '1 hour'`);
    assert.equal(await bySignature(), 401);
  });

  test('whose key gets a rule may do only that', async () => {
    assert.equal(await bySignature('listCapabilities'), 200);
    await change(
      sql`insert into api_keypair_rule(api_keypair_id, rule, permission, sort_order) select id, 'listZones', 'allow', 1 from api_keypair`,
    );
    assert.equal(await bySignature('listCapabilities'), 432);
    assert.equal(await bySignature('listZones'), 200);
  });

  test('whose key may not be used any more is refused at once', async () => {
    assert.deepEqual(await both(), [200, 200]);
    await change(sql`update cloud_user set api_key_access = false where ${ofUser()}`);
    assert.deepEqual(await both(), [401, 200]);
  });

  test('whose role loses a command, or is disabled, may not call it', async () => {
    assert.deepEqual(await both(), [200, 200]);
    await change(
      sql`insert into role_permission(role_id, rule, permission, sort_order) values (${users}, 'listZones', 'deny', 1)`,
    );
    assert.deepEqual(await both(), [432, 432]);
    await change(sql`delete from role_permission where role_id = ${users}`);
    assert.deepEqual(await both(), [200, 200]);
    await change(sql`update role set state = 'disabled' where ${ofUser()}`);
    assert.deepEqual(await both(), [432, 432]);
  });

  test('who gets another role has its rights at once', async () => {
    assert.equal(await bySignature('listHosts'), 432);
    await change(sql`update account set role_id = 1 where ${ofUser()}`);
    assert.equal(await bySignature('listHosts'), 200);
  });

  test('who is logged out elsewhere is logged out here', async () => {
    assert.equal(await bySession(), 200);
    await change(sql`delete from session`);
    assert.equal(await bySession(), 401);
  });

  test('whose session ends is refused, unless another server prolonged it', async () => {
    assert.equal(await bySession(), 200);
    const { idHash } = await other.read.one<{ idHash: string }>(sql`select id_hash as "idHash" from session`);
    const remembered = (await server.identities.ofSession(idHash))!;
    remembered.expires = new Date(0); // this server thinks that it is over
    assert.equal(await bySession(), 200);
    (await server.identities.ofSession(idHash))!.expires = new Date(0);
    await change(sql`update session set expires = now()`);
    assert.equal(await bySession(), 401);
  });

  test('whose session is used is written down once a minute, not with each request', async () => {
    const seen = async (): Promise<Date> => (await other.read.one<{ seen: Date }>(sql`select seen from session`)).seen;
    const first = await seen();
    await bySession();
    await bySession();
    assert.deepEqual(await seen(), first);
    await change(sql`delete from session`);
    const hash = server.sealer.hash;
    await change(
      sql`insert into session(id_hash, key_hash, user_id, seen, expires) values (${hash('sid')}, ${hash('skey')}, ${users}, now() - interval '5 minutes', now() + interval '1 minute')`,
    );
    const stale = await seen();
    assert.equal(await bySession(), 200);
    const touched = await seen();
    assert.ok(touched > stale);
    await bySession();
    assert.deepEqual(await seen(), touched);
  });

  test('a wrong session key prolongs nothing', async () => {
    await change(sql`update session set seen = now() - interval '5 minutes'`);
    const before = await other.read.one(sql`select seen, expires from session`);
    const reply = await answer(server, {
      method: 'GET',
      sent: new Map([
        ['command', 'listZones'],
        ['sessionkey', 'wrong'],
      ]),
      cookies: new Map([
        ['JSESSIONID', 'sid'],
        ['sessionkey', 'wrong'],
      ]),
      sourceIp: '127.0.0.1',
    });
    assert.equal(reply.status, 401);
    assert.deepEqual(await other.read.one(sql`select seen, expires from session`), before);
  });
});

test('a setting that is changed on another server is heeded by the next request', async () => {
  assert.equal(await bySignature(), 200);
  await change(sql`insert into setting(name, value) values ('api.key.access', 'false')`);
  assert.equal(await bySignature(), 401);
  await change(sql`delete from setting where name = 'api.key.access'`);
  assert.equal(await bySignature(), 200);
});

test('what is known of a caller costs one statement', async () => {
  await bySignature('listCapabilities');
  const { result, statements } = await countStatements(() => bySignature('listCapabilities'));
  assert.equal(result, 200);
  assert.equal(statements, 1);
});
