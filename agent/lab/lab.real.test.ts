// Laboratories for real: two at once, adopted by a second start, gone without a trace after a stop, also when hosts
// still run something or the laboratory's files were lost. Needs root; no guest boots here.
import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { obstacle } from '../kvm/real-hosts.ts';
import { run, startDetached } from '../process.ts';
import { enterHost, labLeftovers, labStatus, startLab, stopLab } from './lab.ts';
import type { Lab, LabOptions } from './lab.ts';

const skip = await obstacle();
let dir: string;
let first: LabOptions;
let second: LabOptions;
let lab: Lab;

const page = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    get(url, { agent: false, timeout: 5000 }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk)).on('end', () => resolve(text));
    }).on('error', reject);
  });
const inside = async (index: number, ...argv: string[]): Promise<string> =>
  (await run([...enterHost(lab, index), ...argv])).stdout.trim();

describe('laboratories', { skip, timeout: 120_000 }, () => {
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nephos-lab-'));
    first = { dir, name: 'laba', hosts: 2, publicCidr: '198.51.100.0/25' };
    second = { dir, name: 'labb', hosts: 1, publicCidr: '198.51.100.128/25' };
    lab = await startLab(first);
  });
  after(async () => {
    for (const options of [first, second]) await stopLab(options);
    await rm(dir, { recursive: true });
  });

  test('each host is a machine of its own', async () => {
    assert.deepEqual(await Promise.all([1, 2].map((i) => inside(i, 'hostname'))), ['laba-h1', 'laba-h2']);
    const links = JSON.parse(await inside(1, 'ip', '-json', 'link')) as { ifname: string; master?: string }[];
    assert.deepEqual(links.map((link) => link.ifname).toSorted(), ['lo', 'phy0', 'phy1', 'pub']);
    assert.equal(links.find((link) => link.ifname === 'phy1')?.master, 'pub');
    await inside(1, 'ping', '-c1', '-W2', lab.hosts[1]!.underlayIp);
    await inside(2, 'ping', '-c1', '-W2', lab.managementIp);
    // What one host names or mounts, neither the other nor this machine sees.
    await inside(1, 'ip', 'netns', 'add', 'inner');
    assert.equal(await inside(2, 'ip', 'netns', 'list'), '');
    await assert.rejects(run(['ip', 'netns', 'exec', 'inner', 'true']));
  });

  test('the Internet answers here and behind the public bridge', async () => {
    assert.equal(await page(`http://${lab.gatewayIp}/`), 'hello from the Internet\n');
    assert.equal(await page(`http://${lab.gatewayIp}/ip`), `${lab.publicRootIp}\n`);
    const resolver = new Resolver({ timeout: 2000, tries: 1 });
    resolver.setServers([lab.gatewayIp]);
    assert.deepEqual(await resolver.resolve4('hello.internet.test'), [lab.gatewayIp]);
    await assert.rejects(resolver.resolve4('nowhere.test'), { code: 'ENOTFOUND' });
    await inside(1, 'ip', 'addr', 'add', '198.51.100.9/25', 'dev', 'pub');
    await inside(1, 'ping', '-c1', '-W2', lab.gatewayIp);
    await inside(1, 'ip', 'route', 'add', 'default', 'via', lab.gatewayIp);
    await inside(1, 'ping', '-c1', '-W2', '8.8.8.8');
  });

  test('a second start adopts what runs and brings back what does not', async () => {
    const before = await labStatus(lab);
    assert.ok(before.fabric && before.hosts.every((host) => host.anchor && host.libvirtd));
    await startLab(first);
    assert.deepEqual(await labStatus(lab), before);
    process.kill(before.hosts[1]!.libvirtd!, 'SIGKILL');
    lab = await startLab({ ...first, hosts: 3 });
    const again = await labStatus(lab);
    assert.equal(again.hosts.length, 3);
    assert.deepEqual(again.hosts[0], before.hosts[0]);
    assert.notEqual(again.hosts[1]!.libvirtd, before.hosts[1]!.libvirtd);
    await inside(3, 'ping', '-c1', '-W2', lab.hosts[0]!.underlayIp);
  });

  test('another laboratory beside it takes other names and addresses, and goes alone', async () => {
    const other = await startLab(second);
    assert.notEqual(other.subnet, lab.subnet);
    assert.equal(await page(`http://${other.gatewayIp}/`), 'hello from the Internet\n');
    await stopLab(second);
    assert.deepEqual(await labLeftovers('labb'), []);
    assert.ok((await labStatus(lab)).fabric);
    assert.ok((await labLeftovers('laba')).length > 3, 'a running laboratory is seen');
  });

  test('a stop ends whatever the hosts run, with or without the files', async () => {
    for (const lost of [false, true]) {
      lab = await startLab(first);
      const pids = [await startDetached([...enterHost(lab, 1), 'sleep', '1000'])];
      await inside(2, 'ip', 'netns', 'add', 'deep');
      pids.push(await startDetached([...enterHost(lab, 2), 'ip', 'netns', 'exec', 'deep', 'sleep', '1000']));
      if (lost) await rm(join(dir, 'laba'), { recursive: true });
      await stopLab(first);
      assert.deepEqual(await labLeftovers('laba'), []);
      for (const pid of pids) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
      assert.deepEqual(
        Object.keys(networkInterfaces()).filter((name) => name.startsWith('laba-')),
        [],
      );
    }
  });
});
