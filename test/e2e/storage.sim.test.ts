// Images and volumes in a simulated cloud of real processes: what a tenant does with disks, and that nothing is left of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { refusal, startTestCloud, until, type TestCloud } from './environment.ts';
import type { Thing } from '#tools/cloud/api.ts';

const GIB = 2 ** 30;
let cloud: TestCloud;
before(async () => {
  cloud = await startTestCloud({ mode: 'simulator', guest: true });
});
after(async () => {
  await cloud?.stop();
});

const find = async (command: string, params: Record<string, string>): Promise<Thing | undefined> =>
  (await cloud.api.list(command, params))[0];
const allocated = async (): Promise<number> =>
  Number((await find('listStoragePools', { zoneid: cloud.zone.id }))!['disksizeallocated']);

test('an image is registered, ready within seconds, and deleted', async () => {
  const made = await cloud.api.make('registerTemplate', {
    name: 'other',
    displaytext: 'another image',
    format: 'RAW',
    hypervisor: 'Simulator',
    url: 'http://images.example/other.raw',
    zoneid: cloud.zone.id,
  });
  const now = (): Promise<Thing | undefined> => find('listTemplates', { templatefilter: 'self', id: made.id });
  await until('the image is ready', async () => (await now())!['isready'] === true, 10_000);
  assert.equal((await now())!['status'], 'Download Complete');
  await cloud.api.make('deleteTemplate', { id: made.id });
  assert.equal(await now(), undefined);
});

test('a volume is attached to the running guest, grows, moves to another guest, and is gone', async () => {
  const before = await allocated();
  const offering = await find('listDiskOfferings', { name: 'Custom' });
  const volume = await cloud.api.make('createVolume', {
    name: 'data',
    zoneid: cloud.zone.id,
    diskofferingid: offering!.id,
    size: 3,
  });
  assert.equal(volume.state, 'Allocated');
  const guest = cloud.file.virtualmachineid!;
  const attached = await cloud.api.make('attachVolume', { id: volume.id, virtualmachineid: guest });
  assert.deepEqual([attached.state, attached['deviceid'], attached['virtualmachineid']], ['Ready', 1, guest]);
  assert.equal(await allocated(), before + 3 * GIB);
  assert.equal((await cloud.api.make('resizeVolume', { id: volume.id, size: 5 }))['size'], 5 * GIB);
  assert.match((await refusal(cloud.api.make('resizeVolume', { id: volume.id, size: 2 }))).text, /cannot shrink/);
  await cloud.api.make('stopVirtualMachine', { id: guest });
  await cloud.api.make('startVirtualMachine', { id: guest });
  await cloud.api.make('detachVolume', { virtualmachineid: guest, deviceid: 1 });
  const second = await cloud.api.make('deployVirtualMachine', {
    zoneid: cloud.zone.id,
    templateid: cloud.template.id,
    serviceofferingid: cloud.offering.id,
    name: 'second',
    diskofferingid: offering!.id,
    size: 1,
  });
  assert.equal((await cloud.api.make('attachVolume', { id: volume.id, virtualmachineid: second.id }))['deviceid'], 2);
  const disks = await cloud.api.list('listVolumes', { virtualmachineid: second.id });
  assert.deepEqual(
    disks.map((disk) => `${String(disk['type'])} ${String(disk['deviceid'])} ${disk.state!}`).toSorted(),
    ['DATADISK 1 Ready', 'DATADISK 2 Ready', 'ROOT 0 Ready'],
  );
  await cloud.api.make('destroyVirtualMachine', { id: second.id, expunge: true });
  const left = await cloud.api.list('listVolumes', { zoneid: cloud.zone.id, type: 'DATADISK' });
  assert.equal(left.length, 2, 'data disks stay with their owner');
  for (const disk of left) await cloud.api.make('deleteVolume', { id: disk.id });
  await until('the room is free again', async () => (await allocated()) === before, 15_000);
  assert.equal(
    (await cloud.api.list('listVolumes', { zoneid: cloud.zone.id })).length,
    1,
    'the first guest’s root disk',
  );
});
