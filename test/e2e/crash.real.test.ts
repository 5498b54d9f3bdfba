// The management server is killed twenty times in the middle of a deploy on real hosts: QEMU, taps, disks and a router are under way
// when it dies. Each time the job ends done or undone by the next server, and the hosts hold what the API tells and nothing else.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Lab } from '#agent/lab/lab.ts';
import type { Db } from '#kernel/db.ts';
import type { Thing } from '#tools/cloud/api.ts';
import {
  agree,
  calmDeploy,
  crashAt,
  deployment,
  momentsIn,
  randomFrom,
  seed,
  sorted,
  type Step,
  type World,
} from './crashes.ts';
import { startTestCloud, type TestCloud } from './environment.ts';
import { inside, labOf, tapsOf } from './inside.ts';
import { nothingIsLeft, openRows, takeStock, type Stock } from './stock.ts';

const CRASHES = 20;
const QEMU = '/usr/bin/qemu-system-x86_64';

describe('a server that dies again and again', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  let cloud: TestCloud;
  let lab: Lab;
  let db: Db;
  let empty: Stock;
  let steps: Step[];
  before(async () => {
    cloud = await startTestCloud({ mode: 'kvm', hosts: 2 });
    lab = await labOf(cloud);
    db = await openRows(cloud);
    empty = await takeStock(cloud, db, lab);
  });
  after(async () => {
    await db?.close();
    await cloud?.stop();
  });

  /** Domains, cards and disks as the hosts have them. */
  async function held(): Promise<World> {
    const at = await Promise.all(
      lab.hosts.map(async ({ index, hostname }) => {
        const [domains, taps] = await Promise.all([
          inside(lab, index, 'virsh', '-c', 'qemu:///system', 'list', '--all', '--name'),
          tapsOf(lab, index),
        ]);
        return { guests: domains.split('\n').filter((name) => name !== ''), macs: [...taps.keys()], hostname };
      }),
    );
    return sorted({
      guests: at.flatMap((host) => host.guests.map((name) => `${name} on ${host.hostname}`)),
      macs: at.flatMap((host) => host.macs),
      volumes: readdirSync(path.join(cloud.dataDir, 'primary')).filter(
        (name) => name !== 'template' && name !== '.nephos',
      ),
    });
  }
  const expunge = async (guest: Thing | undefined): Promise<void> => {
    if (guest) await cloud.api.make('destroyVirtualMachine', { id: guest.id, expunge: true });
  };
  const expungeNamed = async (name: string): Promise<void> =>
    expunge((await cloud.api.list('listVirtualMachines', { listall: true, name }))[0]);

  test('deploys that nobody disturbs', async () => {
    for (const name of ['brings-the-network', 'calm']) {
      steps = await calmDeploy({ cloud, db }, name);
      await agree({ cloud, held });
      await expungeNamed(name);
    }
  });

  test(`killed at ${CRASHES} moments of a deploy, it is done or undone each time`, async (t) => {
    t.diagnostic(
      `seed ${seed}; steps: ${steps.map((step) => `${step.name} ${step.toMs - step.fromMs} ms`).join(', ')}`,
    );
    const ends = await crashAt({ cloud, db, held }, momentsIn(steps, CRASHES, randomFrom(seed)), expunge);
    t.diagnostic(`after ${CRASHES} crashes: ${JSON.stringify(ends)}`);
    assert.equal(ends.Running + ends.Error + ends.never, CRASHES);
  });

  test('a guest whose host cannot start it any more is started on the other', async () => {
    const [first, second] = (await cloud.api.list('listHosts', { type: 'Routing' })).toSorted((one, other) =>
      String(one.name).localeCompare(String(other.name)),
    );
    const made = await cloud.api.make('deployVirtualMachine', { ...deployment(cloud, 'moves'), hostid: first!.id });
    await cloud.api.make('stopVirtualMachine', { id: made.id, forced: true });
    // It is where it ran last that a guest is tried first.
    await inside(lab, 1, 'mount', '--bind', '/bin/false', QEMU);
    try {
      const started = await cloud.api.make('startVirtualMachine', { id: made.id });
      assert.deepEqual([started.state, started['hostid']], ['Running', second!.id]);
    } finally {
      await inside(lab, 1, 'umount', QEMU);
    }
    const events = await cloud.api.list('listEvents', { resourceid: made.id, resourcetype: 'VirtualMachine' });
    assert.ok(
      events.some((event) => /did not start on its host and is tried on another/.test(String(event['description']))),
    );
    await agree({ cloud, held });
    await expunge(made);
  });

  test('no row, interface, namespace, domain, mount, process or file is left', async () => {
    for (const network of await cloud.api.list('listNetworks', { listall: true }))
      await cloud.api.make('deleteNetwork', { id: network.id });
    await nothingIsLeft({ cloud, db, lab }, empty);
  });
});
