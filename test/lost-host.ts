// Two simulated hosts with two instances on the first of them, of which one wants to be available: for tests of what becomes of a
// host that is not heard of.
import { inCloud, type TestCloud } from './cloud.ts';
import { settle } from './jobs.ts';
import { runKeeper } from './keepers.ts';
import { bringImage, simWorld, type SimWorld } from './sim-hosts.ts';
import { makeZoneRows, type ZoneRows } from './zone-rows.ts';
import { sql } from '#kernel/sql.ts';
import { hostsConnected } from '#cloud/host/status.ts';

export interface LostScene extends TestCloud {
  sim: SimWorld;
  zone: ZoneRows;
  host: number;
  hostUuid: string;
  other: number;
  /** Where guests run, by the hosts themselves. */
  runsOn(name?: string): number[];
  states(): Promise<Record<string, string>>;
  hostStatus(): Promise<string>;
  fence(): Promise<string | undefined>;
  /** One look of the keeper, and the jobs it asked for. */
  keep(): Promise<void>;
  /** The host has not been heard for long enough to be in Alert. */
  silent(): Promise<void>;
  /** It dials in again. */
  back(): Promise<void>;
  /** A controller for the host, and high availability as it is said. */
  manage(how?: { ha: 'enabled' | 'disabled' | 'unconfigured' }): Promise<void>;
  /** What alerts say, newest last. */
  alerts(): Promise<string[]>;
  hostha(): Promise<{ haenable: boolean; haprovider?: string; hastate: string }>;
}

export const onLostHost = (work: (scene: LostScene) => Promise<void>): (() => Promise<void>) =>
  inCloud(async (cloud) => {
    const { db, world, server, admin } = cloud;
    const zone = await makeZoneRows(db);
    const sim = simWorld(zone.hostIds);
    Object.assign(world.drivers, sim.drivers);
    await bringImage(sim, zone);
    const [host, other] = zone.hostIds as [number, number];
    const { uuid } = await db.read.one<{ uuid: string }>(sql`select uuid from host where id = ${host}`);
    for (const name of ['wanted', 'plain'])
      await admin.job('deployVirtualMachine', {
        zoneid: zone.zoneUuid,
        templateid: zone.templateUuid,
        serviceofferingid: zone.offeringUuid,
        name,
        hostid: uuid,
      });
    await db.read.run(sql`update vm set ha_enabled = true where name = 'wanted'`);
    await work({
      ...cloud,
      sim,
      zone,
      host,
      hostUuid: uuid,
      other,
      runsOn: (name) =>
        [...sim.hosts]
          .filter(([, one]) => one.save().guests.some((guest) => name === undefined || guest.name === name))
          .map(([id]) => id),
      states: async () =>
        Object.fromEntries(
          (await db.read.rows<{ name: string; state: string }>(sql`select name, state from vm`)).map((vm) => [
            vm.name,
            vm.state,
          ]),
        ),
      hostStatus: async () =>
        (await db.read.one<{ status: string }>(sql`select status from host where id = ${host}`)).status,
      fence: async () =>
        (await db.read.first<{ state: string }>(sql`select state from host_fence where host_id = ${host}`))?.state,
      keep: async () => {
        await runKeeper(world, 'hosts.ha');
        await settle(server);
      },
      silent: async () => {
        await db.read.run(sql`update host set last_ping = now() - interval '1 minute' where id = ${host}`);
        await runKeeper(world, 'hosts.liveness');
      },
      back: async () => {
        sim.back(host);
        await db.tx((tx) => hostsConnected(tx, [sim.hosts.get(host)!.facts]));
      },
      manage: async ({ ha } = { ha: 'enabled' }) => {
        await db.read.run(sql`insert into out_of_band(host_id, enabled, driver, address, port, username, password)
          values (${host}, true, 'fake', ${String(host)}, 623, 'admin', ${world.sealer.seal('secret')})`);
        if (ha === 'unconfigured') return;
        await admin.job('configureHAForHost', { hostid: uuid, provider: 'SimulatorHAProvider' });
        if (ha === 'enabled') await admin.job('enableHAForHost', { hostid: uuid });
      },
      alerts: async () =>
        (await db.read.rows<{ text: string }>(sql`select subject as text from alert where type = 30 order by id`)).map(
          ({ text }) => text,
        ),
      hostha: async () => (await admin.call('listHosts', { id: uuid }))['host'][0].hostha,
    });
  });
