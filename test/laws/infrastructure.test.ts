// Workflows of hosts and primary storage under the five laws: what was asked for is there, or it is as before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { enterMaintenance as enterHost } from '#cloud/host/maintenance.ts';
import { dialAgain } from '#cloud/host/reconnect.ts';
import { heardOfHosts, hostsConnected } from '#cloud/host/status.ts';
import { evictTemplates } from '#cloud/storage-pool/delete.ts';
import { enterMaintenance as enterPool } from '#cloud/storage-pool/maintenance.ts';
import type { StorageDriver } from '#cloud/volume/driver.ts';
import type { Workflow } from '#kernel/job.ts';
import { sql } from '#kernel/sql.ts';
import { inCloud, type TestCloud } from '#test/cloud.ts';
import { addHost, factsOf, makeZone, testHosts, type TestHosts } from '#test/hosts.ts';
import { checkLaws } from '#test/laws.ts';

interface Scene {
  cloud: TestCloud;
  hosts: TestHosts;
  host: { id: number; uuid: string };
  pool: { id: number; uuid: string };
  evicted: Set<string>;
}

async function onScene(work: (scene: Scene) => Promise<void>): Promise<void> {
  await inCloud(async (cloud) => {
    const hosts = testHosts();
    const evicted = new Set<string>();
    cloud.world.drivers.hosts = hosts;
    const storage: Partial<StorageDriver> = {
      stat: async () => ({ totalBytes: 100, usedBytes: 1 }),
      evictTemplate: async (_hostId, { templateId }) => void evicted.add(templateId),
    };
    cloud.world.drivers.storage = storage as StorageDriver;
    const place = await makeZone(cloud);
    const host = await addHost(cloud, hosts, { place, facts: factsOf('host1') });
    const { storagepool } = await cloud.admin.call('createStoragePool', {
      name: 'p',
      url: 'SharedMountPoint://localhost/p',
      zoneid: place.zoneid,
    });
    const { id } = await cloud.db.read.one<{ id: number }>(
      sql`select id from storage_pool where uuid = ${storagepool.id}`,
    );
    await work({ cloud, hosts, host, pool: { id, uuid: storagepool.id }, evicted });
  })();
}

/** Asks for it through the API, then takes the job out of the line: the law runs it. */
async function asked<I>({ cloud }: Scene, command: string, id: string): Promise<I> {
  await cloud.admin.call(command, { id });
  const job = await cloud.db.read.one<{ id: number; input: I }>(
    sql`select id, input from job where state = 'queued' order by id desc limit 1`,
  );
  await cloud.db.read.run(sql`delete from job where id = ${job.id}`);
  await cloud.db.read.run(sql`delete from lane`);
  return job.input;
}

interface Law<I> {
  ask: (scene: Scene) => Promise<I>;
  verify: (scene: Scene, outcome: 'done' | 'failed') => Promise<void>;
}
const law = <I>(name: string, flow: Workflow<I, unknown, never>, { ask, verify }: Law<I>): void => {
  test(name, { timeout: 240_000 }, async () => {
    await checkLaws(flow, (work) =>
      onScene(async (scene) => {
        const input = await ask(scene);
        await work({
          db: scene.cloud.db,
          world: scene.cloud.world,
          input,
          verify: (outcome) => verify(scene, outcome),
        });
      }),
    );
  });
};
const hostNow = ({ cloud, host }: Scene) =>
  cloud.db.read.one<{ status: string; resourceState: string }>(
    sql`select status, resource_state as "resourceState" from host where id = ${host.id}`,
  );

law('a host enters maintenance, or says that it could not', enterHost, {
  ask: (scene) => asked(scene, 'prepareHostForMaintenance', scene.host.uuid),
  verify: async (scene, outcome) => {
    const { resourceState } = await hostNow(scene);
    assert.equal(resourceState, outcome === 'done' ? 'Maintenance' : 'ErrorInPrepareForMaintenance');
  },
});

law('a pool enters maintenance, or says that it could not', enterPool, {
  ask: (scene) => asked(scene, 'enableStorageMaintenance', scene.pool.uuid),
  verify: async ({ cloud, pool }, outcome) => {
    const { state } = await cloud.db.read.one<{ state: string }>(
      sql`select state from storage_pool where id = ${pool.id}`,
    );
    assert.equal(state, outcome === 'done' ? 'Maintenance' : 'ErrorInMaintenance');
  },
});

law('a link is dropped and comes again; a host that is heard is Up in any case', dialAgain, {
  ask: async (scene) => {
    const { guid } = await scene.cloud.db.read.one<{ guid: string }>(sql`select guid from host`);
    scene.hosts.reconnect = async (id) => {
      await scene.cloud.db.tx((tx) => hostsConnected(tx, [factsOf('host1', { guid })]));
      scene.hosts.reconnected.push(id);
    };
    return asked(scene, 'reconnectHost', scene.host.uuid);
  },
  verify: async (scene, outcome) => {
    const { status } = await hostNow(scene);
    assert.ok(outcome === 'done' ? status === 'Up' : ['Up', 'Disconnected'].includes(status), status);
    await heardOfHosts(scene.cloud.db.read, [
      { hostId: scene.host.id, cpuUsedPercent: 1, memoryUsedMib: 1, sequence: 1, everyS: 5 },
    ]);
    assert.equal((await hostNow(scene)).status, 'Up');
  },
});

law('templates are taken off a pool that goes', evictTemplates, {
  ask: async (scene) => {
    const { db } = scene.cloud;
    await db.read.run(sql`with t as (insert into template(account_id, domain_id, name, display_text, format, hypervisor)
        values (2, 1, 'a', 'a', 'QCOW2', 'KVM'), (2, 1, 'b', 'b', 'QCOW2', 'KVM') returning id)
      insert into template_pool(template_id, pool_id, state) select t.id, ${scene.pool.id}, 'Ready' from t`);
    return asked(scene, 'deleteStoragePool', scene.pool.uuid);
  },
  verify: async ({ cloud, evicted }, outcome) => {
    const left = await cloud.db.read.rows(sql`select 1 from template_pool`);
    assert.equal(left.length, 0);
    if (outcome === 'done') assert.equal(evicted.size, 2);
  },
});
