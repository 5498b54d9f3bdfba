// A cloud with a zone, two hosts at the driver interface and an account with a network, for tests of networks and their nouns.
import { inCloud, type TestCloud, type User } from './cloud.ts';
import { fakeNetworkHosts, type FakeNetworkHosts } from './fake-network.ts';
import { makeGuest, makeNetworkZone, type NetworkZone } from './network-rows.ts';
import { makeAccount, type TestAccount } from './tenants.ts';
import { seenNetwork } from '#cloud/network/look.ts';
import { addNics, prepareNetworks } from '#cloud/network/network.ts';
import type { RouterState } from '#cloud/network/driver.ts';
import type { Call } from '#kernel/job.ts';
import { sql } from '#kernel/sql.ts';

export const testCall: Call = {
  job: 'test',
  epoch: 1,
  trace: null,
  signal: new AbortController().signal,
  progress: () => {},
};

export interface NetworkCloud {
  readonly cloud: TestCloud;
  readonly zone: NetworkZone;
  readonly hosts: FakeNetworkHosts;
  readonly alice: TestAccount;
  readonly bob: TestAccount;
  readonly user: User;
  /** An isolated network with source NAT of alice's; its id and uuid. */
  network(options?: Readonly<Record<string, string>>): Promise<{ id: number; uuid: string }>;
  /** A guest of alice's that runs on a host, with a card in the network. */
  guest(
    networkId: number,
    name: string,
    host?: number,
  ): Promise<{ id: number; uuid: string; nicId: number; nicUuid: string; ip: string }>;
  /** What the first host with a router of the network was told last. */
  router(networkId: number): Promise<RouterState>;
  address(networkUuid: string): Promise<{ id: string; ipaddress: string }>;
  offering(name: string): Promise<string>;
}

export const inNetworkCloud = (work: (at: NetworkCloud) => Promise<void>) =>
  inCloud(async (cloud) => {
    const zone = await makeNetworkZone(cloud.db);
    const [alice, bob] = [await makeAccount(cloud, { name: 'alice' }), await makeAccount(cloud, { name: 'bob' })];
    const hosts = fakeNetworkHosts();
    cloud.world.drivers.network = hosts;
    const idOf = async (table: string, uuid: string): Promise<number> =>
      (await cloud.db.read.one<{ id: number }>(sql`select id from ${sql.raw(table)} where uuid = ${uuid}`)).id;
    const offering = async (name: string): Promise<string> =>
      (await cloud.db.read.one<{ uuid: string }>(sql`select uuid from network_offering where name = ${name}`)).uuid;
    await work({
      cloud,
      zone,
      hosts,
      alice,
      bob,
      user: alice.user,
      offering,
      network: async (options = {}) => {
        const { network } = await alice.user.call('createNetwork', {
          name: 'net',
          zoneid: zone.zoneUuid,
          networkofferingid: await offering('DefaultIsolatedNetworkOfferingWithSourceNatService'),
          ...options,
        });
        return { id: await idOf('network', network.id), uuid: network.id };
      },
      guest: async (networkId, name, host = 0) => {
        const hostId = zone.hosts[host]!.id;
        const vm = await makeGuest(cloud.db.read, zone, { accountId: alice.accountId, name, hostId });
        const [nic] = await addNics(cloud.db.read, [
          { vmId: vm.id, network: await seenNetwork(cloud.db.read, networkId), deviceId: 0, isDefault: true },
        ]);
        await prepareNetworks(cloud.world, testCall, { vmId: vm.id, hostId });
        await cloud.db.read.run(sql`update vm set state = 'Running' where id = ${vm.id}`);
        const { ip } = await cloud.db.read.one<{ ip: string }>(
          sql`select host(ip) as ip from nic where id = ${nic!.id}`,
        );
        return { id: vm.id, uuid: vm.uuid, nicId: nic!.id, nicUuid: nic!.uuid, ip };
      },
      router: async (networkId) => {
        const { uuid, hostId } = await cloud.db.read.one<{ uuid: string; hostId: number }>(
          sql`select uuid, host_id as "hostId" from router where network_id = ${networkId} and removed is null`,
        );
        const state = hosts.routers.get(hostId)?.get(uuid);
        if (!state) throw new Error('no host has the router');
        return state;
      },
      address: async (networkUuid) =>
        (await alice.user.job('associateIpAddress', { networkid: networkUuid }))['ipaddress'],
    });
  });
