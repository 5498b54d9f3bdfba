// Two hosts and two tenants with the same addresses, on real guests: tags and room decide where a guest goes; no frame of one tenant
// reaches the other; a guest that lies about who it is is not heard; and a host whose agent died has lost nothing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Lab } from '#agent/lab/lab.ts';
import type { Db } from '#kernel/db.ts';
import type { Params, Thing } from '#tools/cloud/api.ts';
import { refusal, startTestCloud, until, type TestCloud } from './environment.ts';
import {
  capture,
  droppedBy,
  guestAnswers,
  inGuest,
  labOf,
  qemuPid,
  tapsOf,
  type Capture,
  type Frame,
  type GuestAt,
} from './inside.ts';
import { nothingIsLeft, openRows, rowsOf, takeStock, type Stock } from './stock.ts';

const BOOT_WITHIN_MS = 240_000;
const [NEAR_IP, FAR_IP] = ['10.1.1.11', '10.1.1.12'];
/** What a ping with this much data is on the wire: the last thing a guest says, so that all before it has arrived. */
const MARK = { data: 77, bytes: 14 + 20 + 8 + 77 };
const FORGED = { mac: '02:00:00:00:66:01', ip: '10.1.1.66', gateway: '10.1.1.1' };

interface Guest {
  thing: Thing;
  at: GuestAt;
  mac: string;
  tap: string;
}

describe('two hosts, two tenants', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  let cloud: TestCloud;
  let lab: Lab;
  let db: Db;
  let empty: Stock;
  let hosts: Thing[];
  const accounts = new Map<string, Params>();
  const offerings = new Map<string, Thing>();
  const guests = new Map<string, Guest>();
  const captures: Capture[] = [];

  const offer = async (name: string, more: Params): Promise<void> => {
    const basics = { name, displaytext: name, cpunumber: 1, cpuspeed: 100, memory: 128 };
    offerings.set(name, await cloud.api.make('createServiceOffering', { ...basics, ...more }));
  };
  const account = async (name: string): Promise<void> => {
    const made = await cloud.api.make('createAccount', {
      username: name,
      password: `correct horse ${name}`,
      firstname: name,
      lastname: 'of this test',
      email: `${name}@example.org`,
      accounttype: 0,
    });
    accounts.set(name, { account: name, domainid: String(made['domainid']) });
  };
  const deploy = (owner: string, name: string, { offering, ...more }: Params & { offering: string }): Promise<Thing> =>
    cloud.api.make('deployVirtualMachine', {
      zoneid: cloud.zone.id,
      templateid: cloud.template.id,
      serviceofferingid: offerings.get(offering)!.id,
      name,
      ...accounts.get(owner),
      ...more,
    });
  const keep = async (thing: Thing): Promise<void> => {
    const index = hosts.findIndex((host) => host.id === thing['hostid']) + 1;
    const [nic] = thing['nic'] as Thing[];
    const mac = String(nic!['macaddress']);
    const at = { lab, index, name: String(thing['instancename']) };
    const tap = (await tapsOf(lab, index)).get(mac) ?? assert.fail(`host ${index} has no card ${mac}`);
    guests.set(thing.name!, { thing, at, mac, tap });
  };
  const guest = (name: string): Guest => guests.get(name) ?? assert.fail(`there is no guest ${name}`);
  const say = async (name: string, script: string): Promise<string> => (await inGuest(guest(name).at, script)).said;
  const listen = async (name: string): Promise<() => readonly Frame[]> => {
    const heard = await capture(lab, guest(name).at.index, guest(name).tap);
    captures.push(heard);
    return heard.frames;
  };

  before(async () => {
    cloud = await startTestCloud({ mode: 'kvm', hosts: 2 });
    lab = await labOf(cloud);
    db = await openRows(cloud);
    hosts = (await cloud.api.list('listHosts', { type: 'Routing' })).toSorted((one, other) =>
      String(one.name).localeCompare(String(other.name)),
    );
    for (const [index, hosttags] of ['left', 'right'].entries())
      await cloud.api.make('updateHost', { id: hosts[index]!.id, hosttags });
    // So large that a host takes one of them and no second.
    const cpuspeed = Math.floor(Number(hosts[0]!['cpunumber']) * Number(hosts[0]!['cpuspeed']) * 0.6);
    await offer('large', { cpuspeed });
    await offer('large on the left', { cpuspeed, hosttags: 'left' });
    await offer('left', { hosttags: 'left' });
    await offer('right', { hosttags: 'right' });
    await offer('nowhere', { hosttags: 'nowhere' });
    for (const name of ['red', 'blue']) await account(name);
    empty = await takeStock(cloud, db, lab);
    const [red, blue] = await Promise.all([
      deploy('red', 'red-near', { offering: 'large on the left', ipaddress: NEAR_IP }),
      deploy('blue', 'blue-near', { offering: 'left', ipaddress: NEAR_IP }),
    ]);
    const [redFar, blueFar] = await Promise.all([
      deploy('red', 'red-far', { offering: 'large', ipaddress: FAR_IP }),
      deploy('blue', 'blue-far', { offering: 'right', ipaddress: FAR_IP }),
    ]);
    for (const thing of [red, blue, redFar, blueFar]) await keep(thing);
  });
  after(async () => {
    for (const one of captures) await one.stop();
    await db?.close();
    await cloud?.stop();
  });

  test('tags and room decide on the host', () => {
    const on = (name: string): unknown => guest(name).thing['hostname'];
    const [left, right] = hosts.map((host) => host.name);
    assert.deepEqual(['red-near', 'blue-near', 'blue-far'].map(on), [left, left, right]);
    assert.equal(on('red-far'), right, 'the left host has no room for a second large guest');
  });

  test('where nothing fits the job says why in one sentence, and everything is given back', async () => {
    const rows = await rowsOf(db);
    for (const [offering, why] of [
      [
        'large',
        /No host can take this instance \(1 × \d+ MHz and 128 MiB of memory\): 2 hosts have too little free CPU/,
      ],
      ['nowhere', /on a host tagged nowhere\): 2 hosts lack the tag nowhere/],
    ] as const) {
      const failed = await refusal(deploy('red', 'unfit', { offering }));
      assert.match(failed.text, why);
      const [left] = await cloud.api.list('listVirtualMachines', { name: 'unfit', listall: true });
      assert.equal(left!.state, 'Error');
      await cloud.api.make('expungeVirtualMachine', { id: left!.id });
    }
    assert.deepEqual(await rowsOf(db), rows);
  });

  let pids: number[];
  test('the agent of a host dies: its guests and their network go on', async () => {
    for (const { at } of guests.values()) await guestAnswers(at, BOOT_WITHIN_MS);
    pids = await Promise.all([...guests.values()].map(({ at }) => qemuPid(at)));
    await cloud.crashAgent(1);
  });

  test('two tenants with the same addresses: each reaches its own, and no frame of the other', async (t) => {
    const heard = new Map<string, () => readonly Frame[]>();
    for (const name of guests.keys()) heard.set(name, await listen(name));
    for (const [mine, other] of [
      ['red', 'blue'],
      ['blue', 'red'],
    ] as const) {
      // To everybody, to its own, and to cards of the other tenant by their address on the wire.
      const script = [
        `arping -c 2 -w 3 -I eth0 ${FAR_IP}`,
        `ip neigh replace 10.1.1.201 lladdr ${guest(`${other}-far`).mac} dev eth0`,
        `ip neigh replace 10.1.1.202 lladdr ${guest(`${other}-near`).mac} dev eth0`,
        'ping -c 2 -W 1 10.1.1.201; ping -c 2 -W 1 10.1.1.202',
        `echo by address: $(timeout 10 wget -q -O - http://${FAR_IP}/cgi-bin/info | grep ^hostname)`,
        `echo by name: $(timeout 10 wget -q -O - http://${mine}-far/cgi-bin/info | grep ^hostname)`,
        `echo of the other: $(timeout 10 ping -c 1 -W 1 ${other}-far 2>&1)`,
      ].join('; ');
      const said = await say(`${mine}-near`, script);
      assert.match(said, new RegExp(`by address: hostname=${mine}-far`), said);
      assert.match(said, new RegExp(`by name: hostname=${mine}-far`), said);
      assert.match(said, /of the other: ping: bad address/, said);
      assert.equal(said.match(/100% packet loss/g)?.length, 2, said);
    }
    for (const mine of ['red', 'blue'])
      assert.match(await say(`${mine}-near`, `ping -c 1 -W 5 -s ${MARK.data} ${FAR_IP}`), / 0% packet loss/);
    const routers = await cloud.api.list('listRouters', { listall: true });
    for (const mine of ['red', 'blue']) {
      const router = routers.find((one) => one['account'] === mine)!;
      const [card] = router['nic'] as Thing[];
      const own = new Set([guest(`${mine}-near`).mac, guest(`${mine}-far`).mac, String(card!['macaddress'])]);
      for (const name of [`${mine}-near`, `${mine}-far`]) {
        const frames = await until(`${name} heard the last frame`, () => {
          const all = heard.get(name)!();
          return Promise.resolve(all.some((frame) => frame.bytes === MARK.bytes) && all);
        });
        const strangers = frames.filter((frame) => !own.has(frame.source));
        assert.deepEqual(strangers, [], `${name} hears somebody else`);
        t.diagnostic(`${name}: ${frames.length} frames, all of its own network`);
      }
    }
  });

  test('a guest that forges its card, its address or its ARP is not heard, and the drops are counted', async (t) => {
    const [liar, victim] = [guest('red-near'), guest('red-far')];
    const heard = await listen('red-far');
    const said = await listen('red-near');
    const attack = async (what: string, script: string, isLie: (frame: Frame) => boolean): Promise<void> => {
      const dropped = await droppedBy(lab, liar.at.index, liar.tap);
      await say('red-near', script);
      assert.match(await say('red-near', `ping -c 1 -W 5 -s ${MARK.data} ${FAR_IP}`), / 0% packet loss/);
      const lies = await until(`${what}: it was said`, () => {
        const all = said().filter(isLie);
        return Promise.resolve(all.length > 0 && all);
      });
      const counted = (await droppedBy(lab, liar.at.index, liar.tap)) - dropped;
      assert.ok(counted >= lies.length, `${what}: ${lies.length} lies, ${counted} dropped`);
      assert.deepEqual(heard().filter(isLie), [], `${what}: the victim heard it`);
      t.diagnostic(`${what}: ${lies.length} forged frames sent, ${counted} counted as dropped, 0 heard`);
    };
    await attack(
      'a foreign MAC',
      `ip link set eth0 address ${FORGED.mac}; ping -c 2 -W 1 ${FAR_IP}; ip link set eth0 address ${liar.mac}`,
      (frame) => frame.source === FORGED.mac,
    );
    await attack(
      'a foreign IP address',
      `ip neigh replace ${FAR_IP} lladdr ${victim.mac} dev eth0; ip addr add ${FORGED.ip}/32 dev lo; ping -c 2 -W 1 -I ${FORGED.ip} ${FAR_IP}; ip addr del ${FORGED.ip}/32 dev lo`,
      (frame) => frame.ip === FORGED.ip,
    );
    await attack(
      'an ARP answer for the gateway',
      `ip addr add ${FORGED.gateway}/32 dev lo; arping -c 2 -w 3 -A -s ${FORGED.gateway} -I eth0 ${FORGED.gateway}; ip addr del ${FORGED.gateway}/32 dev lo`,
      (frame) => frame.arp && frame.source === liar.mac && frame.ip === FORGED.gateway,
    );
  });

  test('the agent comes back to the same guests, and its host is Up again', async () => {
    const state = async (): Promise<unknown> => (await cloud.api.list('listHosts', { id: hosts[0]!.id }))[0]!.state;
    await until('the host is not Up', async () => (await state()) !== 'Up');
    await cloud.startAgent(1);
    await until('the host is Up', async () => (await state()) === 'Up');
    assert.deepEqual(await Promise.all([...guests.values()].map(({ at }) => qemuPid(at))), pids);
    for (const [name, { thing }] of guests) {
      const [now] = await cloud.api.list('listVirtualMachines', { id: thing.id });
      assert.deepEqual([now!.state, now!['hostid']], ['Running', thing['hostid']], name);
      assert.match(await say(name, 'cat /var/lib/guest/boots'), /^1\s*$/, `${name} was started again`);
    }
  });

  test('nothing is left of them', async () => {
    for (const { thing } of guests.values())
      await cloud.api.make('destroyVirtualMachine', { id: thing.id, expunge: true });
    for (const network of await cloud.api.list('listNetworks', { listall: true }))
      await cloud.api.make('deleteNetwork', { id: network.id });
    await nothingIsLeft({ cloud, db, lab }, empty);
  });
});
