// Images from the API to the bytes: the cloud's verbs over a host's own code for images, a web server on loopback, and a folder as
// the image store.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { deleteImage, downloadImage, statImageStore } from '#agent/image/image.ts';
import { openBench, plainDisk, type Bench } from '#agent/image/test-images.ts';
import { toRefusal } from '#agent/refused.ts';
import { agentImages } from '#drivers/host/storage.ts';
import { HostRefused, type HostCalls } from '#drivers/host/calls.ts';
import { sql } from '#kernel/sql.ts';
import { methods, type Method } from '#protocol/messages.ts';
import { inCloud, type Params, type TestCloud } from '#test/cloud.ts';
import { fakeStorage } from '#test/fake-storage.ts';
import { settle } from '#test/jobs.ts';
import { makeZoneRows } from '#test/zone-rows.ts';

const parts = { 'image.download': downloadImage, 'image.delete': deleteImage, 'image.stat': statImageStore } as Partial<
  Record<Method, (params: never, options: never) => Promise<unknown>>
>;

/** A host that knows images only. */
const host: HostCalls = {
  isConnected: () => true,
  call: async (_id, method, params, call) => {
    try {
      return ((await parts[method]!(
        methods[method].params.parse(params) as never,
        { progress: (percent: number, text: string) => call?.progress(percent, text) } as never,
      )) ?? {}) as never;
    } catch (error) {
      throw new HostRefused(toRefusal(error));
    }
  },
};

interface Scene extends TestCloud {
  bench: Bench;
  register(params: Params): Promise<Record<string, unknown>>;
}

const onScene = (work: (scene: Scene) => Promise<void>) =>
  inCloud(async (cloud) => {
    const bench = await openBench();
    try {
      const zone = await makeZoneRows(cloud.db);
      Object.assign(cloud.world.drivers, fakeStorage().drivers, { image: agentImages(host) });
      await cloud.db.read.run(sql`update image_store set path = ${bench.storePath}`);
      await cloud.db.tx((tx) =>
        cloud.server.settings.write(tx, { name: 'secstorage.allowed.internal.sites', value: '127.0.0.1' }),
      );
      await work({
        ...cloud,
        bench,
        register: async (params) => {
          const {
            template: [made],
          } = await cloud.admin.call('registerTemplate', {
            name: 'image',
            format: 'RAW',
            hypervisor: 'Simulator',
            zoneid: zone.zoneUuid,
            ...params,
          });
          await settle(cloud.server);
          return (await cloud.admin.call('listTemplates', { templatefilter: 'all', id: made.id }))['template'][0];
        },
      });
    } finally {
      await bench.close();
    }
  });

test(
  'an image is fetched, checked, kept, shown with its size and digest, and removed',
  onScene(async ({ bench, register, admin }) => {
    const disk = plainDisk();
    const sha256 = createHash('sha256').update(disk).digest('hex');
    const image = await register({ url: bench.serve('/disk.img', disk), checksum: `{sha256}${sha256}` });
    assert.deepEqual(
      [image['isready'], image['status'], image['size'], image['physicalsize']],
      [true, 'Download Complete', disk.length, disk.length],
    );
    const folder = join(bench.storePath, 'template', String(image['id']));
    assert.ok((await readdir(folder)).includes(`${String(image['id'])}.raw`));
    await admin.job('deleteTemplate', { id: String(image['id']) });
    await assert.rejects(readdir(folder), { code: 'ENOENT' });
  }),
);

test(
  'what the host finds wrong is told in its words and nothing is kept',
  onScene(async ({ bench, register, db, server }) => {
    const url = bench.serve('/disk.img', plainDisk());
    const status = async (params: Params): Promise<string> => String((await register(params))['status']);
    assert.match(
      await status({ url, checksum: '0'.repeat(32) }),
      /^the MD5 checksum of the download does not match: expected 0{32}, got [0-9a-f]{32}$/,
    );
    assert.match(await status({ url, format: 'QCOW2' }), /not QCOW2 as declared|it looks like|cannot be read/i);
    assert.match(await status({ url: `${url}-absent` }), /answered 404 Not Found/);
    await db.tx((tx) => server.settings.write(tx, { name: 'max.template.iso.size', value: '0' }));
    assert.match(await status({ url }), /allowed/);
    await db.tx((tx) => server.settings.write(tx, { name: 'max.template.iso.size', value: '50' }));
    await db.tx((tx) => server.settings.write(tx, { name: 'secstorage.allowed.internal.sites', value: '' }));
    assert.match(await status({ url }), /127\.0\.0\.1/);
    assert.deepEqual(await readdir(join(bench.storePath, 'template')).catch(() => []), []);
  }),
);

test(
  'a file of the host is read below the allowed folder only',
  onScene(async ({ bench, register, db, server }) => {
    const folder = join(bench.folder, 'images');
    await mkdir(folder);
    await writeFile(join(folder, 'disk.img'), plainDisk());
    await db.tx((tx) => server.settings.write(tx, { name: 'secstorage.allowed.paths', value: folder }));
    assert.equal((await register({ url: `file://${folder}/disk.img` }))['isready'], true);
    assert.match(
      String((await register({ url: `file://${folder}/none.img` }))['status']),
      /none\.img is no file below/,
    );
  }),
);
