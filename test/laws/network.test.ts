// Workflows of networks under the five laws: what is asked for is on the router and in the rows, or in neither.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { associateIt, disassociateIt } from '#cloud/address/associate.ts';
import { deleteIt } from '#cloud/network/delete.ts';
import { plugNic, tellRouters, unplugNic } from '#cloud/network/nic-verbs.ts';
import { tidyKeeper } from '#cloud/network/tidy.ts';
import { implementNetwork } from '#cloud/network/create.ts';
import { restartIt } from '#cloud/network/restart.ts';
import { destroyIt, rebootIt, startIt, stopIt } from '#cloud/router/verbs.ts';
import { addSecondary, removeSecondary } from '#cloud/network/secondary-ip.ts';
import { applyIt } from '#cloud/network/update.ts';
import { addRule, changeIt, removeRule } from '#cloud/rule/apply.ts';
import type { Workflow } from '#kernel/job.ts';
import { sql } from '#kernel/sql.ts';
import { freeNics } from '#cloud/network/network.ts';
import { reconcileKeeper } from '#cloud/router/reconcile.ts';
import type { HostsDriver } from '#cloud/host/driver.ts';
import type { GuestNic, HypervisorDriver } from '#cloud/vm/driver.ts';
import { checkLaws } from '#test/laws.ts';
import { inNetworkCloud, type NetworkCloud } from '#test/network-cloud.ts';

interface Scene extends NetworkCloud {
  net: { id: number; uuid: string };
  web: { id: number; uuid: string; nicId: number; nicUuid: string; ip: string };
  cards: Map<string, GuestNic>;
}

const onScene = (work: (scene: Scene) => Promise<void>): Promise<void> =>
  inNetworkCloud(async (at) => {
    const net = await at.network();
    const web = await at.guest(net.id, 'web');
    const cards = new Map<string, GuestNic>();
    at.cloud.world.drivers.hypervisor = {
      attachNic: async (_host, _name, nic) => {
        cards.set(nic.mac, nic);
      },
      detachNic: async (_host, _name, { mac }) => {
        cards.delete(mac);
      },
    } as Partial<HypervisorDriver> as HypervisorDriver;
    await work({ ...at, net, web, cards });
  })();

/** Asks for it through the API, then takes the job out of the line: the law runs it. */
async function asked<I>(
  { cloud, user }: Scene,
  command: string,
  params: Record<string, string | number | boolean>,
  as = user,
): Promise<I> {
  const { jobid } = await as.call(command, params);
  const { id, input } = await cloud.db.read.one<{ id: number; input: I }>(
    sql`select id, input from job where uuid = ${jobid}`,
  );
  await cloud.db.read.run(sql`delete from job where id = ${id}`);
  await cloud.db.read.run(sql`delete from lane`);
  return input;
}

/** What rows and the router say, side by side. */
async function held({ cloud, net, hosts, cards }: Scene): Promise<Record<string, unknown>> {
  const rows = await cloud.db.read.one<Record<string, unknown>>(sql`select
    (select count(*)::int from network_rule where removed is null) as rules, (select count(*)::int from network_rule where removed is null and state <> 'Active') as unsettled,
    (select count(*)::int from public_ip where state = 'Allocated') as addresses, (select count(*)::int from public_ip where state in ('Releasing', 'Allocating')) as pending,
    (select count(*)::int from nic where removed is null) as nics, (select state from network where id = ${net.id}) as network, (select removed is not null from network where id = ${net.id}) as removed,
    (select state from router where network_id = ${net.id} and removed is null) as router, (select used::int from resource_count where owner_type = 'a' and type = 1) as counted, (select count(*)::int from lane) as lanes,
    (select count(*)::int from nic_secondary_ip) as secondaries`);
  const [state] = [...hosts.routers.values()]
    .flatMap((routers) => [...routers.values()])
    .filter((router) => router.guest.hosts.some((host) => host.name === 'web') || router.guest.hosts.length === 0);
  return {
    ...rows,
    onRouter: state ? { firewall: state.firewall.length, addresses: state.public!.addresses.length } : null,
    cards: cards.size,
  };
}
const calm = {
  rules: 0,
  unsettled: 0,
  addresses: 1,
  pending: 0,
  nics: 1,
  network: 'Implemented',
  removed: false,
  router: 'Running',
  counted: 1,
  lanes: 0,
  onRouter: { firewall: 0, addresses: 1 },
  cards: 0,
  secondaries: 0,
};
const withRule = { ...calm, addresses: 2, counted: 2, rules: 1, onRouter: { firewall: 1, addresses: 2 } };
const withAddress = { ...calm, addresses: 2, counted: 2, onRouter: { firewall: 0, addresses: 2 } };

interface Law<I> {
  ask: (scene: Scene) => Promise<I>;
  done: unknown;
  failed: readonly unknown[];
}

/** What the job leaves open the keepers finish: they run once before it is looked at. */
const law = <I>(name: string, flow: Workflow<I, unknown, never>, { ask, done, failed }: Law<I>): void => {
  test(name, { timeout: 240_000 }, async () => {
    await checkLaws(flow, (work) =>
      onScene(async (scene) => {
        const input = await ask(scene);
        await work({
          db: scene.cloud.db,
          world: scene.cloud.world,
          input,
          verify: async (outcome) => {
            scene.cloud.world.drivers.hosts = { isConnected: () => true } as Partial<HostsDriver> as HostsDriver;
            await reconcileKeeper(scene.cloud.world).run(new AbortController().signal);
            const found = await held(scene);
            if (outcome === 'failed' && failed.some((one) => isDeepStrictEqual(one, found))) return;
            assert.deepEqual(found, outcome === 'done' ? done : failed[0]);
          },
        });
      }),
    );
  });
};

const rule = async (scene: Scene): Promise<{ ipaddressid: string; protocol: string; startport: number }> => ({
  ipaddressid: (await scene.address(scene.net.uuid)).id,
  protocol: 'tcp',
  startport: 80,
});
const routerId = async ({ cloud }: Scene): Promise<string> =>
  (await cloud.admin.call('listRouters', { listall: true }))['router'][0].id;

law('a rule is on the router and Active, or nowhere', addRule, {
  ask: async (scene) => asked(scene, 'createFirewallRule', await rule(scene)),
  done: withRule,
  failed: [withAddress],
});

law('a rule that is deleted is nowhere, or still Active', removeRule, {
  ask: async (scene) =>
    asked(scene, 'deleteFirewallRule', {
      id: (await scene.user.job('createFirewallRule', await rule(scene)))['firewallrule'].id,
    }),
  done: withAddress,
  failed: [withRule],
});

law("an address is the network's and on its router, or nobody's", associateIt, {
  ask: (scene) => asked(scene, 'associateIpAddress', { networkid: scene.net.uuid }),
  done: withAddress,
  failed: [calm],
});

law('an address given back is free', disassociateIt, {
  ask: async (scene) => asked(scene, 'disassociateIpAddress', { id: (await scene.address(scene.net.uuid)).id }),
  done: calm,
  failed: [calm],
});

law('a restarted network has its router', restartIt, {
  ask: (scene) => asked(scene, 'restartNetwork', { id: scene.net.uuid, cleanup: true }),
  done: calm,
  failed: [calm],
});

law('a stopped router is on no host, or runs', stopIt, {
  ask: async (scene) => asked(scene, 'stopRouter', { id: await routerId(scene) }, scene.cloud.admin),
  done: { ...calm, router: 'Stopped', onRouter: null },
  failed: [calm],
});
law('a rebooted router runs', rebootIt, {
  ask: async (scene) => asked(scene, 'rebootRouter', { id: await routerId(scene) }, scene.cloud.admin),
  done: calm,
  failed: [calm],
});
law('a destroyed router is on no host, or runs', destroyIt, {
  ask: async (scene) => asked(scene, 'destroyRouter', { id: await routerId(scene) }, scene.cloud.admin),
  done: { ...calm, router: null, onRouter: null },
  failed: [calm, { ...calm, router: null, onRouter: null }],
});

const secondNetwork = async (scene: Scene): Promise<string> =>
  (await scene.network({ name: 'second', networkofferingid: await scene.offering('DefaultL2NetworkOffering') })).uuid;
law('a card is plugged in, or gone', plugNic, {
  ask: async (scene) =>
    asked(scene, 'addNicToVirtualMachine', { virtualmachineid: scene.web.uuid, networkid: await secondNetwork(scene) }),
  done: { ...calm, nics: 2, cards: 1 },
  failed: [calm],
});
law('a card is unplugged, or still there', unplugNic, {
  ask: async (scene) => {
    const { virtualmachine } = await scene.user.job('addNicToVirtualMachine', {
      virtualmachineid: scene.web.uuid,
      networkid: await secondNetwork(scene),
    });
    return asked(scene, 'removeNicFromVirtualMachine', {
      virtualmachineid: scene.web.uuid,
      nicid: virtualmachine.nic[1].id,
    });
  },
  done: calm,
  failed: [{ ...calm, nics: 2, cards: 1 }, calm],
});

const gone = {
  rules: 0,
  unsettled: 0,
  addresses: 0,
  pending: 0,
  nics: 0,
  network: 'Destroy',
  removed: true,
  router: null,
  counted: 0,
  lanes: 0,
  onRouter: null,
  cards: 0,
  secondaries: 0,
};
const empty = { ...calm, nics: 0 };
law('a deleted network is gone with all it had, or as it was', deleteIt, {
  ask: async (scene) => {
    await scene.cloud.db.read.run(sql`update vm set state = 'Stopped', host_id = null where id = ${scene.web.id}`);
    await freeNics(scene.cloud.db.read, scene.web.id);
    return asked(scene, 'deleteNetwork', { id: scene.net.uuid });
  },
  done: gone,
  failed: [empty, gone],
});

law('what changes about a rule leaves it Active', changeIt, {
  ask: async (scene) => {
    const { firewallrule } = await scene.user.job('createFirewallRule', await rule(scene));
    return asked(scene, 'updateFirewallRule', { id: firewallrule.id, fordisplay: false }, scene.cloud.admin);
  },
  done: withRule,
  failed: [withRule],
});
law('what changes about a network leaves it as it is', applyIt, {
  ask: (scene) => asked(scene, 'updateNetwork', { id: scene.net.uuid, displaytext: 'other' }),
  done: calm,
  failed: [calm],
});
law('a stopped router that is started runs, or is stopped', startIt, {
  ask: async (scene) => {
    const id = await routerId(scene);
    await scene.cloud.admin.job('stopRouter', { id });
    return asked(scene, 'startRouter', { id }, scene.cloud.admin);
  },
  done: calm,
  failed: [{ ...calm, router: 'Stopped', onRouter: null }, calm],
});
law('another default card is told to the routers, now or later', tellRouters, {
  ask: async (scene) => {
    const { virtualmachine } = await scene.user.job('addNicToVirtualMachine', {
      virtualmachineid: scene.web.uuid,
      networkid: await secondNetwork(scene),
    });
    return asked(scene, 'updateDefaultNicForVirtualMachine', {
      virtualmachineid: scene.web.uuid,
      nicid: virtualmachine.nic[1].id,
    });
  },
  done: { ...calm, nics: 2, cards: 1 },
  failed: [{ ...calm, nics: 2, cards: 1 }],
});

const plugged = { ...calm, cards: 1 };
law('a further address is let through, or nobody’s', addSecondary, {
  ask: (scene) => asked(scene, 'addIpToNic', { nicid: scene.web.nicUuid }),
  done: { ...plugged, secondaries: 1 },
  failed: [calm, plugged],
});
law('a further address that is removed is nobody’s, or still there', removeSecondary, {
  ask: async (scene) => {
    const { nicsecondaryip } = await scene.user.job('addIpToNic', { nicid: scene.web.nicUuid });
    return asked(scene, 'removeIpFromNic', { id: nicsecondaryip.id });
  },
  done: plugged,
  failed: [{ ...plugged, secondaries: 1 }, plugged],
});

test('a network that is to be there without guests is, or is shut down', { timeout: 240_000 }, async () => {
  await checkLaws(implementNetwork, (work) =>
    onScene(async (scene) => {
      const { db, world } = scene.cloud;
      await db.read.run(sql`update network_offering set is_persistent = true where not for_vpc`);
      const { id } = await scene.network({ name: 'second' });
      await db.read.run(sql`delete from job where kind = ${implementNetwork.kind} and finished is null`);
      await db.read.run(sql`delete from lane`);
      await work({
        db,
        world,
        input: { networkId: id },
        verify: async (outcome) => {
          world.drivers.hosts = { isConnected: () => true } as Partial<HostsDriver> as HostsDriver;
          await tidyKeeper(world).run(new AbortController().signal);
          const { state } = await db.read.one<{ state: string }>(sql`select state from network where id = ${id}`);
          assert.equal(state, outcome === 'done' ? 'Implemented' : 'Allocated');
          const routers = [...scene.hosts.routers.values()].reduce((sum, of) => sum + of.size, 0);
          assert.equal(routers, outcome === 'done' ? 2 : 1);
        },
      });
    }),
  );
});
