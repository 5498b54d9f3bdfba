// Two servers on one database: what is set on one is in force on the other at once, not at the next refresh.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '#kernel/log.ts';
import { sql } from '#kernel/sql.ts';
import { userOf } from '#test/cloud.ts';
import { ADMIN_PASSWORD, cloneDatabase } from '#test/database.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';
import { callerOf } from './authenticate.ts';
import { startServer, type Running } from './start.ts';

const start = (databaseUrl: string, name: string): Promise<Running> =>
  startServer({
    databaseUrl,
    name,
    key: Buffer.alloc(32, 7),
    listen: { host: '127.0.0.1', port: 0 },
    agents: { hosts: ['127.0.0.1'], port: 0 },
    integrationPort: 0,
    adminPassword: ADMIN_PASSWORD,
    log: silentLog,
  });

async function soon(condition: () => boolean): Promise<number> {
  const begun = Date.now();
  while (!condition()) {
    assert.ok(Date.now() - begun < 2_000, 'not within two seconds');
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
  return Date.now() - begun;
}

test('settings and roles changed on one server hold on the other', async () => {
  const { url, drop } = await cloneDatabase();
  const servers: Running[] = [];
  try {
    for (const name of ['one', 'two']) servers.push(await start(url, name));
    const [one, two] = servers as [Running, Running];
    const identity = (await findIdentity(one.server.db.read, 2))!;
    const admin = userOf(one.server, { caller: callerOf(identity), identity });
    await admin.call('updateConfiguration', { name: 'expunge.delay', value: 77 });
    await soon(() => two.server.settings.number('expunge.delay') === 77);
    const { role } = await admin.call('createRole', { name: 'r', type: 'User' });
    const { id: roleId } = await one.server.db.read.one<{ id: number }>(
      sql`select id from role where uuid = ${role.id}`,
    );
    const command = one.server.handlers.get('listZones')!.command;
    const allows = () => two.server.permissions.allows({ roleId, roleType: 'User' }, command);
    await soon(allows);
    await admin.call('createRolePermission', { roleid: role.id, rule: 'listZones', permission: 'deny' });
    await soon(() => !allows());
  } finally {
    for (const server of servers) await server.stop(0);
    await drop();
  }
});
