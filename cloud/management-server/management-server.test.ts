// Servers as operators see them, and how they are told to stand.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { makeAccount } from '#test/tenants.ts';
import { addHost, factsOf, makeZone, testHosts } from '#test/hosts.ts';

/** A server that lives, as its own process writes it. */
async function addServer({ db }: TestCloud, name: string, roles = ['api', 'worker']): Promise<string> {
  const worker = await db.read.one<{ id: number }>(
    sql`insert into worker(name, version) values (${name}, 1) returning id`,
  );
  const { uuid } = await db.read.one<{ uuid: string }>(
    sql`insert into management_server(name, address, version, run, worker, roles, service_port) values (${name}, '10.0.0.1', '4.23.0.0', 7, ${worker.id}, ${roles}, 8080) returning uuid`,
  );
  return uuid;
}
const die = ({ db }: TestCloud, name: string) => db.read.run(sql`delete from worker where name = ${name}`);
const stateNow = async ({ admin }: TestCloud, name: string) =>
  (await admin.call('listManagementServers', { name }))['managementserver'][0].state;

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

test(
  'a server shows its hosts, its running jobs and its peers, and is Down as soon as its proof of life is gone',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const [one, two] = [await addServer(cloud, 'one'), await addServer(cloud, 'two')];
    const hosts = testHosts();
    cloud.world.drivers.hosts = hosts;
    const host = await addHost(cloud, hosts, { place: await makeZone(cloud), facts: factsOf('host1') });
    await db.read.run(
      sql`insert into host_link(guid, host_id, server_id, run, generation, facts) select guid, id, (select id from management_server where name = 'one'), 7, 1, '{}' from host`,
    );
    await db.read.run(
      sql`insert into job(kind, input, state, owner) select 'recorded', '{}', 'running', worker from management_server where name = 'one'`,
    );
    const [shown] = (await admin.call('listManagementServers', { id: one, peers: true }))['managementserver'];
    assert.deepEqual(
      [shown.agents, shown.agentscount, shown.pendingjobscount, shown.lastagents],
      [[host.uuid], 1, 1, []],
    );
    const [peer] = shown.peers;
    assert.deepEqual([peer.peerid, peer.peerrunid, peer.peerserviceport, peer.state], [two, '7', '8080', 'Up']);
    const [linked] = (await admin.call('listHosts', { managementserverid: one }))['host'];
    assert.deepEqual([linked.id, linked.managementserverid, linked.managementservername], [host.uuid, one, 'one']);
    assert.deepEqual(await admin.call('listHosts', { managementserverid: two }), {});
    await die(cloud, 'one');
    const [dead] = (await admin.call('listManagementServers', { id: one }))['managementserver'];
    assert.deepEqual([dead.state, dead.agentscount], ['Down', 0]);
  }),
);

test(
  'maintenance is asked for and called off, one server at a time and never of the last one',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const one = await addServer(cloud, 'one');
    const refused = async (command: string, params: Record<string, string | boolean>) =>
      (await admin.refused(command, params)).errortext;
    await addServer(cloud, 'answers-only', ['api']);
    assert.match(
      await refused('prepareForMaintenance', { managementserverid: one }),
      /one is the only management server that is Up and holds hosts/,
    );
    const two = await addServer(cloud, 'two');
    assert.match(
      await refused('prepareForMaintenance', { managementserverid: one, algorithm: 'best' }),
      /algorithm is 'best'; accepted: static, roundrobin, shuffle/,
    );
    assert.match(await refused('cancelMaintenance', { managementserverid: one }), /one is Up; only one that is/);
    const { prepareformaintenance: prepared } = await admin.call('prepareForMaintenance', {
      managementserverid: one,
      algorithm: 'roundrobin',
    });
    assert.deepEqual(
      [prepared.managementserverid, prepared.state, prepared.maintenanceinitiated, prepared.shutdowntriggered],
      [one, 'PreparingForMaintenance', true, false],
    );
    assert.match(
      await refused('prepareForShutdown', { managementserverid: two }),
      /one is PreparingForMaintenance; wait until it is done, or cancel it/,
    );
    const setting = await admin.call('listConfigurations', { name: 'indirect.agent.lb.algorithm' });
    assert.equal(setting['configuration'][0].value, 'roundrobin');
    await db.read.run(sql`update management_server set state = 'Maintenance' where name = 'one'`);
    const { cancelmaintenance } = await admin.call('cancelMaintenance', { managementserverid: one, rebalance: false });
    assert.equal(cancelmaintenance.state, 'Up');
    assert.deepEqual(await db.read.one(sql`select draws from management_server where name = 'one'`), { draws: false });
    const { event } = await admin.call('listEvents', { type: 'MS.MAINTENANCE.CANCEL' });
    assert.deepEqual(
      [event[0].state, event[0].resourcetype, event[0].resourceid],
      ['Completed', 'ManagementServer', one],
    );
  }),
);

test(
  'a shutdown is prepared, called off and triggered; only a server that is down is removed',
  inCloud(async (cloud) => {
    const { admin, db } = cloud;
    const one = await addServer(cloud, 'one');
    const at = { managementserverid: one };
    assert.equal((await admin.call('readyForShutdown', at))['readyforshutdown'].readyforshutdown, false);
    assert.equal((await admin.call('prepareForShutdown', at))['prepareforshutdown'].state, 'PreparingForShutDown');
    await db.read.run(sql`update management_server set state = 'ReadyToShutDown'`);
    assert.equal((await admin.call('readyForShutdown', at))['readyforshutdown'].readyforshutdown, true);
    assert.equal((await admin.call('cancelShutdown', at))['cancelshutdown'].state, 'Up');
    assert.match(
      (await admin.refused('removeManagementServer', { id: one })).errortext,
      /one is Up; only one that is Down/,
    );
    const { triggershutdown } = await admin.call('triggerShutdown', at);
    assert.deepEqual([triggershutdown.state, triggershutdown.shutdowntriggered], ['ShuttingDown', true]);
    assert.match((await admin.refused('cancelShutdown', at)).errortext, /one is ShuttingDown/);
    await die(cloud, 'one');
    assert.equal(await stateNow(cloud, 'one'), 'Down');
    assert.match((await admin.refused('triggerShutdown', at)).errortext, /one is Down/);
    assert.deepEqual(await admin.call('removeManagementServer', { id: one }), { success: true });
    assert.deepEqual(await admin.call('listManagementServers'), {});
  }),
);
