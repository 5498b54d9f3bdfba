// What keeps instances running while hosts come and go, on real guests and two hosts: a guest moves while somebody talks to it,
// a host is emptied for maintenance, a host is cut off, a host dies. At no time do two processes have the guest's disk.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { namespaceNumber, processesOf } from '#agent/lab/belonging.ts';
import { enterHost, readLab, type Lab } from '#agent/lab/lab.ts';
import { utsFile } from '#agent/lab/names.ts';
import { run } from '#agent/process.ts';
import type { Thing } from '#tools/cloud/api.ts';
import { refusal, startTestCloud, until, type TestCloud } from './environment.ts';

const BOOT_WITHIN_MS = 240_000;
const KNOCK_EVERY_MS = 100;
const COUNT_EVERY_MS = 50;
/** How long a guest outlives its host's last heartbeat here; others wait twice as long and five seconds more. */
const LEASE_S = 5;
const RECOVERED_WITHIN_MS = 180_000;

describe('instances while hosts come and go', { skip: process.getuid?.() !== 0 && 'needs root' }, () => {
  let cloud: TestCloud;
  let lab: Lab;
  let vm: Thing;
  let hosts: Thing[];
  let at: string;

  before(async () => {
    cloud = await startTestCloud({ mode: 'kvm', hosts: 2, env: { NEPHOS_LEASE_S: String(LEASE_S) } });
    lab = (await readLab(path.join(cloud.dataDir, 'lab'), cloud.labName))!;
    hosts = (await cloud.api.list('listHosts', { type: 'Routing' })).toSorted((one, other) =>
      String(one.name).localeCompare(String(other.name)),
    );
    vm = await cloud.api.make('deployVirtualMachine', {
      zoneid: cloud.zone.id,
      templateid: cloud.template.id,
      serviceofferingid: cloud.offering.id,
      name: 'mover',
      hostid: hosts[0]!.id,
    });
    const ip = await cloud.api.make('associateIpAddress', {
      networkid: String((vm['nic'] as Thing[])[0]!['networkid']),
    });
    at = String(ip['ipaddress']);
    await cloud.api.make('createPortForwardingRule', {
      ipaddressid: ip.id,
      protocol: 'tcp',
      publicport: 80,
      privateport: 80,
      virtualmachineid: vm.id,
    });
    await until('the guest answers', async () => (await boots()) !== undefined, BOOT_WITHIN_MS);
  });
  after(async () => {
    await cloud?.stop();
  });

  /** How often the guest has booted, by its own word; undefined while it does not answer. */
  async function boots(): Promise<string | undefined> {
    const answer = await fetch(`http://${at}/cgi-bin/info`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => undefined,
    );
    return /^boots=(\d+)/m.exec((await answer?.text().catch(() => '')) ?? '')?.[1];
  }
  const now = async (): Promise<Thing> => (await cloud.api.list('listVirtualMachines', { id: vm.id }))[0]!;
  /** Numbers of the hosts on which a QEMU of the guest is running, asked of libvirt itself. */
  const runsOn = async (): Promise<number[]> => {
    const on: number[] = [];
    for (const { index } of lab.hosts) {
      const { stdout } = await run([...enterHost(lab, index), 'virsh', '-q', 'list', '--state-running', '--name']);
      if (stdout.split(/\s+/).includes(String(vm['instancename']))) on.push(index);
    }
    return on;
  };

  /** Fetches the guest's page over and over while something happens: the longest time without an answer, in ms. */
  async function withoutAnswer(work: () => Promise<unknown>): Promise<number> {
    let [last, longest, over] = [Date.now(), 0, false];
    const knocking = (async () => {
      while (!over) {
        const ok = await fetch(`http://${at}/`, { signal: AbortSignal.timeout(1_000) }).then(
          (answer) => answer.ok,
          () => false,
        );
        if (ok) [longest, last] = [Math.max(longest, Date.now() - last), Date.now()];
        await new Promise((resolve) => {
          setTimeout(resolve, KNOCK_EVERY_MS);
        });
      }
    })();
    await work();
    await until('it answers afterwards', async () => (await boots()) !== undefined, BOOT_WITHIN_MS);
    over = true;
    await knocking;
    return Math.max(longest, Date.now() - last);
  }

  test('it moves to the other host and goes on where it was', async () => {
    const [found] = await cloud.api.list('findHostsForMigration', { virtualmachineid: vm.id });
    assert.equal(found!.id, hosts[1]!.id);
    assert.equal(found!['suitableformigration'], true);
    const { text } = await refusal(
      cloud.api.make('migrateVirtualMachine', { virtualmachineid: vm.id, hostid: hosts[0]!.id }),
    );
    assert.match(text, /runs on that host already/);
    const before = await boots();
    const began = Date.now();
    const gapMs = await withoutAnswer(() =>
      cloud.api.make('migrateVirtualMachine', { virtualmachineid: vm.id, hostid: hosts[1]!.id }),
    );
    process.stderr.write(`live migration: ${Date.now() - began} ms, longest time without an answer ${gapMs} ms\n`);
    assert.equal(await boots(), before, 'it was not booted again');
    assert.deepEqual(await runsOn(), [2]);
    assert.equal((await now())['hostid'], hosts[1]!.id);
  });

  test('its host is emptied for maintenance: it and its router go on elsewhere', async () => {
    const before = await boots();
    const gapMs = await withoutAnswer(async () => {
      const host = await cloud.api.make('prepareHostForMaintenance', { id: hosts[1]!.id });
      assert.equal(host['resourcestate'], 'Maintenance');
    });
    process.stderr.write(`maintenance: longest time without an answer ${gapMs} ms\n`);
    assert.deepEqual(await runsOn(), [1]);
    assert.equal((await now())['hostid'], hosts[0]!.id);
    assert.equal(await boots(), before, 'it was not booted again');
    const { text } = await refusal(
      cloud.api.make('migrateVirtualMachine', { virtualmachineid: vm.id, hostid: hosts[1]!.id }),
    );
    assert.match(text, /in maintenance/);
    const refused = await refusal(cloud.api.make('prepareHostForMaintenance', { id: hosts[0]!.id }));
    assert.match(refused.text, /mover \(No host can take this instance .*in maintenance/);
    await cloud.api.make('cancelHostMaintenance', { id: hosts[0]!.id });
    await cloud.api.make('cancelHostMaintenance', { id: hosts[1]!.id });
  });

  /** Processes of QEMU on this machine that have the guest's disk: all hosts together. */
  function users(volumeId: string): number[] {
    return readdirSync('/proc').flatMap((pid) => {
      if (!/^\d+$/.test(pid)) return [];
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
        return command.includes('qemu-system') && command.includes(volumeId) ? [Number(pid)] : [];
      } catch {
        return []; // it has just ended
      }
    });
  }
  /** Counts all the while; fails at the first moment in which there are two. */
  async function neverTwice(work: () => Promise<unknown>): Promise<void> {
    const [root] = await cloud.api.list('listVolumes', { virtualmachineid: vm.id, type: 'ROOT' });
    let most = 0;
    const counting = setInterval(() => (most = Math.max(most, users(root!.id).length)), COUNT_EVERY_MS);
    try {
      await work();
      assert.equal(users(root!.id).length, 1);
    } finally {
      clearInterval(counting);
    }
    assert.equal(most, 1, 'at no time did two processes have the disk');
  }
  const cable = (host: number, state: 'up' | 'down'): Promise<unknown> =>
    Promise.all(
      [`u${host}`, `p${host}`].map((port) => run(['ip', '-n', `${lab.name}-fab`, 'link', 'set', port, state])),
    );
  const hostState = async (index: number): Promise<unknown> =>
    (await cloud.api.list('listHosts', { id: hosts[index - 1]!.id }))[0]!['state'];
  const isAt = (index: number): Promise<unknown> =>
    until(
      `it runs on host ${index}`,
      async () => {
        const { state, hostid } = await now();
        return state === 'Running' && hostid === hosts[index - 1]!.id;
      },
      RECOVERED_WITHIN_MS,
    );

  /** Some end by themselves when others do. */
  function killIfThere(pid: number): void {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  test('a host that is cut off ends it before another one starts it', async () => {
    await cloud.api.make('updateVirtualMachine', { id: vm.id, haenable: true });
    await cloud.api.make('updateConfiguration', { name: 'kvm.ha.degraded.max.period', value: '3' });
    assert.deepEqual(await runsOn(), [1]);
    const began = Date.now();
    await neverTwice(async () => {
      await cable(1, 'down');
      await isAt(2);
    });
    process.stderr.write(`host cut off: running elsewhere after ${Date.now() - began} ms\n`);
    assert.deepEqual(await runsOn(), [2]);
    await cable(1, 'up');
    await until('the host is up again', async () => (await hostState(1)) === 'Up', RECOVERED_WITHIN_MS);
    const alerts = await cloud.api.list('listAlerts', { type: 30 });
    const said = alerts.map((alert) => String(alert['description'])).join('\n');
    assert.match(said, /is being fenced/);
    assert.match(said, /mover was lost with its host and is started on another/);
  });

  test('a host that dies: it is started on the other one, and answers under its address', async () => {
    await until('the first host takes instances again', async () => {
      const [found] = await cloud.api.list('findHostsForMigration', { virtualmachineid: vm.id });
      return found?.['suitableformigration'] === true;
    });
    const began = Date.now();
    await neverTwice(async () => {
      const uts = await namespaceNumber(utsFile(lab.name, 2));
      for (const pid of await processesOf({ uts: new Set([uts!]), net: new Set() })) killIfThere(pid);
      await isAt(1);
    });
    const startedAfterMs = Date.now() - began;
    await until('it answers', async () => (await boots()) !== undefined, BOOT_WITHIN_MS);
    process.stderr.write(
      `host dead: running elsewhere after ${startedAfterMs} ms, answers after ${Date.now() - began} ms\n`,
    );
    assert.deepEqual([await hostState(2), await hostState(1)], ['Down', 'Up']);
  });
});
