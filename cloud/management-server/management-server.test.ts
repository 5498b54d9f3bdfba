// Servers as operators see them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud } from '#test/cloud.ts';
import { makeAccount } from '#test/tenants.ts';

test(
  'servers are listed with their load; a silent one is Down',
  inCloud(async ({ admin, db }) => {
    await db.read.run(
      sql`insert into management_server(name, address, version, facts) values ('a', '10.0.0.1', '4.23.0.0', '{"cpus":4,"load":[0.5,0.4,0.3],"memoryTotal":4294967296,"memoryFree":1073741824}'), ('b', '10.0.0.2', '4.23.0.0', '{}')`,
    );
    await db.read.run(sql`update management_server set seen = now() - interval '1 hour' where name = 'b'`);
    const metrics = (await admin.call('listManagementServersMetrics'))['managementserver'];
    assert.deepEqual(
      metrics.map(({ name, state }: { name: string; state: string }) => [name, state]),
      [
        ['a', 'Up'],
        ['b', 'Down'],
      ],
    );
    assert.ok(metrics[0].version.split('.').length >= 3);
    assert.deepEqual(
      [metrics[0].availableprocessors, metrics[0].systemloadaverages, metrics[0].systemmemoryused],
      [4, [0.5, 0.4, 0.3], '3.00 GiB'],
    );
    const [a] = (await admin.call('listManagementServers', { name: 'a', peers: true }))['managementserver'];
    assert.deepEqual(
      a.peers.map(({ peername, peerstate }: { peername: string; peerstate: string }) => [peername, peerstate]),
      [['b', 'Down']],
    );
  }),
);

test(
  'the database says how it is, to root administrators',
  inCloud(async (cloud) => {
    const { dbMetrics } = await cloud.admin.call('listDbMetrics');
    assert.match(dbMetrics.version, /^\d+\.\d+/);
    assert.match(dbMetrics.versioncomment, /^PostgreSQL /);
    assert.ok(dbMetrics.connections >= 1 && dbMetrics.uptime >= 0 && dbMetrics.hostname);
    assert.ok(!('queries' in dbMetrics) && !('dbloadaverages' in dbMetrics));
    const { user } = await makeAccount(cloud, { name: 'user' });
    assert.equal((await user.refused('listDbMetrics')).errorcode, 432);
  }),
);
