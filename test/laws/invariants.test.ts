// The check of a cloud at rest (test/invariants) can fail: a cloud with something of everything is right, and each way of breaking
// it that is tried is found under its name. Also the mutants of the engine: their texts are in its modules.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Saved } from '#agent/sim/control.ts';
import { callerOf } from '#server/authenticate.ts';
import { findIdentity } from '#cloud/identity/session.store.ts';
import type { Db } from '#kernel/db.ts';
import { silentLog } from '#kernel/log.ts';
import { sql, type Sql } from '#kernel/sql.ts';
import { testServer, userOf, type User } from '#test/cloud.ts';
import { MUTANTS, mutate, type MutantName } from '#test/chaos/mutants.ts';
import { rolledBack } from '#test/database.ts';
import { violations } from '#test/invariants/check.ts';
import { settle } from '#test/jobs.ts';
import { simWorld, type SimWorld } from '#test/sim-hosts.ts';
import { makeZoneRows, type ZoneRows } from '#test/zone-rows.ts';

interface Scene {
  db: Db;
  admin: User;
  zone: ZoneRows;
  sim: SimWorld;
  held: () => Promise<Saved>;
}

/** A cloud with an instance that runs, one that is stopped, a disk, an address, a rule and a tag. */
const inFullCloud = (work: (scene: Scene) => Promise<void>): Promise<void> =>
  rolledBack(async (db) => {
    const { server, world, close } = await testServer(db);
    try {
      const zone = await makeZoneRows(db);
      const sim = simWorld(zone.hostIds);
      Object.assign(world.drivers, sim.drivers);
      await download(sim, zone);
      const identity = (await findIdentity(db.read, 2))!;
      const admin = userOf(server, { caller: callerOf(identity), identity });
      const held = async (): Promise<Saved> => {
        const names = await db.read.rows<{ id: number; name: string }>(sql`select id, name from host`);
        const hosts = names.map(({ id, name }) => [name, structuredClone(sim.hosts.get(id)!.save())]);
        return { hosts: Object.fromEntries(hosts), storage: structuredClone(sim.storage.save()), twice: sim.twice };
      };
      await fill(admin, zone);
      await settle(server);
      await work({ db, admin, zone, sim, held });
    } finally {
      close();
    }
  });

async function download(sim: SimWorld, zone: ZoneRows): Promise<void> {
  await sim.storage.handlers['image.download'](
    {
      storePath: zone.storePath,
      imageId: zone.templateUuid,
      url: 'http://images.example/tiny',
      format: 'QCOW2',
      checksum: null,
      maxBytes: 1e9,
      allowedInternal: [],
      allowedPaths: [],
    },
    { job: null, trace: null, progress: () => {}, openStream: () => Promise.reject(new Error('no')), log: silentLog },
  );
}

async function fill(admin: User, zone: ZoneRows): Promise<void> {
  const deploy = (name: string) =>
    admin.job('deployVirtualMachine', {
      zoneid: zone.zoneUuid,
      templateid: zone.templateUuid,
      serviceofferingid: zone.offeringUuid,
      name,
    });
  const { virtualmachine: web } = await deploy('web');
  const { virtualmachine: off } = await deploy('off');
  await admin.job('stopVirtualMachine', { id: off.id });
  const { diskoffering } = await admin.call('listDiskOfferings', { name: 'Custom' });
  const { volume } = await admin.job('createVolume', {
    name: 'data',
    zoneid: zone.zoneUuid,
    diskofferingid: diskoffering[0].id,
    size: 1,
  });
  await admin.job('attachVolume', { id: volume.id, virtualmachineid: web.id });
  const networkid = web.nic[0].networkid;
  const { ipaddress } = await admin.job('associateIpAddress', { networkid });
  await admin.job('createFirewallRule', { ipaddressid: ipaddress.id, protocol: 'tcp', startport: 80 });
  await admin.job('createTags', {
    resourceids: web.id,
    resourcetype: 'UserVm',
    'tags[0].key': 'a',
    'tags[0].value': 'b',
  });
}

test('a cloud in which all is well breaks nothing', () =>
  inFullCloud(async ({ db, held }) => assert.deepEqual(await violations(db, await held()), [])));

const web = sql`(select id from vm where name = 'web')`;
/** What is done to the rows, and what must be found. */
const rows: readonly (readonly [RegExp, Sql])[] = [
  [/a job has not ended/, sql`update job set finished = null, state = 'queued' where id = (select max(id) from job)`],
  [/a lane is not empty/, sql`insert into lane values ('vm:1', 1)`],
  [/a job stands in a lane/, sql`insert into job_lane(key, job_id) select 'vm:1', max(id) from job`],
  [
    /the end of a job was not told once: .* 2 times/,
    sql`insert into event(type, state, description, user_id, account_id, domain_id, start_id)
    select type, state, description, user_id, account_id, domain_id, start_id from event where start_id is not null and state = 'Completed' order by id limit 1`,
  ],
  [/the end of a job was not told once: .* 0 times/, sql`delete from event where start_id is not null`],
  [/done and has a step that was undone/, sql`update job_step set undone = true`],
  [/done and was being undone/, sql`update job set undoing = true`],
  [/a row of vm is on its way/, sql`update vm set state = 'Stopping' where id = ${web}`],
  [/a row of volume is on its way/, sql`update volume set state = 'Attaching' where name = 'data'`],
  [/a row of router is on its way/, sql`update router set state = 'Starting'`],
  [/a row of network is on its way/, sql`update network set state = 'Implementing'`],
  [/a row of public_ip is on its way/, sql`update public_ip set state = 'Releasing' where state = 'Allocated'`],
  [/a row of network_rule is on its way/, sql`update network_rule set state = 'Revoke'`],
  [/a network is being deleted/, sql`update network set deleting = now()`],
  [/letting go of a network/, sql`update host_network set removing = now()`],
  [/a router was not told the newest/, sql`update network set generation = generation + 1`],
  [/a card belongs to no guest/, sql`update vm set state = 'Error' where name = 'off'`],
  [/a card is in no network/, sql`update network set removed = now()`],
  [/a running guest has no card/, sql`update nic set removed = now()`],
  [/a disk is on a guest that is gone/, sql`update vm set removed = now() where id = ${web}`],
  [/a root disk is on no guest/, sql`update volume set vm_id = null where type = 'ROOT'`],
  [/an address is taken by nobody/, sql`update public_ip set network_id = null where state = 'Allocated'`],
  [/a free address is somebody/, sql`update public_ip set state = 'Free' where state = 'Allocated'`],
  [/has not one way out/, sql`update public_ip set source_nat = true where state = 'Allocated'`],
  [/a rule is of no address or guest/, sql`update public_ip set state = 'Free' where state = 'Allocated'`],
  [/a network identifier is not the network/, sql`update vni set network_id = null`],
  [
    /a network identifier is taken by nobody/,
    sql`update vni set network_id = 1 where vni = (select max(vni) from vni)`,
  ],
  [/a router is of no network/, sql`update network set state = 'Allocated'`],
  [/a tag is on nothing/, sql`update resource_tag set resource_uuid = gen_random_uuid()`],
  [
    /a worker is written down that is not alive/,
    sql`insert into worker(name, version, beat) values ('x', 1, 'yesterday')`,
  ],
  [/an account's instances are miscounted/, sql`update resource_count set used = used + 1 where type = 0`],
  [/an account's addresses are miscounted/, sql`update resource_count set used = used + 1 where type = 1`],
  [/an account's volumes are miscounted/, sql`update resource_count set used = used - 1 where type = 2`],
  [/an account's networks are miscounted/, sql`update resource_count set used = 0 where type = 6`],
  [/an account's memory are miscounted/, sql`delete from resource_count where type = 9`],
  [/a domain's processors are miscounted/, sql`update resource_count set used = 9 where type = 8 and owner_type = 'd'`],
  [
    /a domain's primary storage are miscounted/,
    sql`update resource_count set used = 0 where type = 10 and owner_type = 'd'`,
  ],
  [/a host's capacity is miscounted/, sql`update host set cpu_reserved_mhz = cpu_reserved_mhz + 1`],
  [/a host's capacity is miscounted/, sql`update host set memory_reserved_mib = 0`],
  [/a guest holds a host and does not run/, sql`update vm set host_id = (select min(id) from host) where name = 'off'`],
  [/a pool's room is miscounted/, sql`update storage_pool set allocated_bytes = allocated_bytes - 1`],
  [
    /guests by state are miscounted/,
    sql`insert into vm_count_change select account_id, domain_id, state, id / 1024, 1, 1 from vm where removed is null limit 1`,
  ],
  [/a guest is on the hosts only/, sql`update vm set state = 'Stopped', host_id = null where id = ${web}`],
  [
    /a guest is not on the hosts/,
    sql`update vm set state = 'Running', host_id = (select min(id) from host) where name = 'off'`,
  ],
  [/a size of a guest is not on the hosts/, sql`update vm set memory_mib = 1 where id = ${web}`],
  [/a disk of a guest is on the hosts only/, sql`update volume set vm_id = null where name = 'data'`],
  [/a card of a guest is not on the hosts/, sql`update nic set mac = '02:00:00:00:00:99' where vm_id = ${web}`],
  [
    /a file of a volume is on the hosts only/,
    sql`update volume set state = 'Expunged', removed = now() where name = 'data'`,
  ],
  [/a file of a volume is not on the hosts/, sql`update volume set size_bytes = 1 where name = 'data'`],
  [/a template in a pool is on the hosts only/, sql`delete from template_pool`],
  [/a network is on the hosts only/, sql`delete from host_network`],
  [
    /a router is not on the hosts/,
    sql`update router set host_id = (select max(id) from host h where h.id <> router.host_id)`,
  ],
];

class Back extends Error {}

test('every way of breaking the rows is found', () =>
  inFullCloud(async ({ db, held }) => {
    const saved = await held();
    for (const [wanted, breaking] of rows) {
      let found: string[] = [];
      await db
        .tx(async (tx) => {
          assert.ok((await tx.run(breaking)) > 0, `nothing was broken for ${String(wanted)}`);
          found = await violations(db, saved);
          throw new Back();
        })
        .catch((error: unknown) => {
          if (!(error instanceof Back)) throw error;
        });
      assert.ok(
        found.some((one) => wanted.test(one)),
        `${String(wanted)} was not found: ${found.join('; ')}`,
      );
    }
  }));

test('what hosts hold beside or twice is found', () =>
  inFullCloud(async ({ db, held }) => {
    const found = async (change: (saved: Saved) => void): Promise<string> => {
      const saved = await held();
      change(saved);
      return (await violations(db, saved)).join('\n');
    };
    const [name, other] = Object.keys((await held()).hosts) as [string, string];
    /** The host with the guest, and the other. */
    const sides = (saved: Saved): [string, string] =>
      saved.hosts[name]!.guests.length > 0 ? [name, other] : [other, name];
    assert.match(
      await found((s) => s.hosts[sides(s)[1]]!.guests.push(...s.hosts[sides(s)[0]]!.guests)),
      /runs on two hosts/,
    );
    assert.match(await found((s) => (s.hosts[sides(s)[0]]!.guests = [])), /a guest is not on the hosts/);
    assert.match(
      await found((s) => s.hosts[name]!.routers.push({ id: 'x', generation: 1 })),
      /a router is on the hosts only/,
    );
    assert.match(
      await found((s) => s.hosts[name]!.networks.push({ vni: 9, generation: 1 })),
      /a network is on the hosts only/,
    );
    assert.match(
      await found((s) => (Object.values(s.storage.pools)[0]!.volumes['x'] = 1)),
      /a file of a volume is on the hosts only/,
    );
  }));

test('each mutant of the engine still has something to change', () => {
  for (const name of Object.keys(MUTANTS) as MutantName[]) {
    const { file } = MUTANTS[name];
    const source = readFileSync(new URL(`../..${file}`, import.meta.url), 'utf8');
    assert.notEqual(mutate(MUTANTS[name], file, source), source, name);
  }
});
