// Downloads from a web server on loopback: what is kept, what is refused, and what is left after either.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Refused } from '../refused.ts';
import { parseChecksum } from './checksum.ts';
import { deleteImage, statImageStore } from './image.ts';
import { throttled } from './progress.ts';
import { IMAGE_ID, isoDisc, openBench, plainDisk } from './test-images.ts';
import type { Bench } from './test-images.ts';

const MIB = 1024 * 1024;
let bench: Bench;
const place = (): { storePath: string; imageId: string } => ({ storePath: bench.storePath, imageId: IMAGE_ID });
const imageFolder = (): string => join(bench.storePath, 'template', IMAGE_ID);
const digest = (algorithm: string, bytes: Buffer): string => createHash(algorithm).update(bytes).digest('hex');

before(async () => {
  bench = await openBench();
});
after(() => bench.close());

const says = (code: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Refused, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, message);
  return true;
};

test('a plain disk is kept as it is, with its size and SHA-256', async () => {
  const disk = plainDisk();
  const reply = await bench.download({ url: bench.serve('/plain.img', disk) });
  assert.deepEqual(reply, {
    format: 'RAW',
    virtualBytes: disk.length,
    physicalBytes: disk.length,
    sha256: digest('sha256', disk),
  });
  assert.deepEqual(await readFile(join(imageFolder(), `${IMAGE_ID}.raw`)), disk);
  assert.deepEqual((await readdir(imageFolder())).toSorted(), [`${IMAGE_ID}.json`, `${IMAGE_ID}.raw`]);
});

test('asking again for the same does nothing; asking for another replaces it', async () => {
  const url = bench.serve('/again.iso', isoDisc());
  const first = await bench.download({ url, format: 'ISO' });
  assert.deepEqual(await bench.download({ url, format: 'ISO' }), first);
  assert.equal(bench.asked('/again.iso'), 1);
  const other = await bench.download({ url: bench.serve('/other.img', plainDisk(128 * 1024)) });
  assert.equal(other.physicalBytes, 128 * 1024);
  assert.deepEqual((await readdir(imageFolder())).toSorted(), [`${IMAGE_ID}.json`, `${IMAGE_ID}.raw`]);
});

test('an image that lost bytes, and what a crashed download left, are fetched anew', async () => {
  const url = bench.serve('/lost.img', plainDisk());
  await bench.download({ url });
  await writeFile(join(imageFolder(), `${IMAGE_ID}.raw`), 'cut short');
  await mkdir(join(imageFolder(), 'arriving'), { recursive: true });
  await writeFile(join(imageFolder(), 'arriving/download'), 'half a file');
  await bench.download({ url });
  assert.equal(bench.asked('/lost.img'), 2);
  assert.deepEqual(await readFile(join(imageFolder(), `${IMAGE_ID}.raw`)), plainDisk());
  assert.deepEqual((await readdir(imageFolder())).toSorted(), [`${IMAGE_ID}.json`, `${IMAGE_ID}.raw`]);
});

test('a gzip file is unpacked; checksum and SHA-256 are those of the download', async () => {
  const disk = plainDisk(4 * MIB);
  const packed = gzipSync(disk);
  const reply = await bench.download({
    url: bench.serve('/disk.img.gz', packed),
    checksum: `{SHA-512}${digest('sha512', packed)}`,
  });
  assert.deepEqual(reply, {
    format: 'RAW',
    virtualBytes: disk.length,
    physicalBytes: disk.length,
    sha256: digest('sha256', packed),
  });
  const file = join(imageFolder(), `${IMAGE_ID}.raw`);
  assert.deepEqual(await readFile(file), disk);
  assert.ok((await stat(file)).blocks * 512 < MIB, 'zeros take no room');
});

test('checksums in every spelling are compared, and a wrong one leaves nothing', async (t) => {
  const disk = plainDisk();
  const url = bench.serve('/summed.img', disk);
  const right = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'].map((name) => digest(name, disk));
  for (const checksum of [
    ...right,
    `{MD5}${right[0]!.toUpperCase()}`,
    `{SHA-256}${right[3]}`,
    `{sha256}${right[3]}`,
    `{SHA1}${right[1]}`,
  ]) {
    await t.test(checksum.slice(0, 20), async () => {
      await deleteImage(place());
      await bench.download({ url, checksum });
    });
  }
  await deleteImage(place());
  const wrong = '0'.repeat(64);
  await assert.rejects(
    bench.download({ url, checksum: wrong }),
    says('refused', new RegExp(`SHA-256 checksum of the download does not match: expected ${wrong}, got ${right[3]}`)),
  );
  assert.deepEqual(await readdir(imageFolder()), []);
  for (const nonsense of ['', 'abc', '{SHA-256}abcd', `{CRC32}${right[0]}`, `{MD5}${right[3]}`, `${right[0]}g`])
    assert.throws(() => parseChecksum(nonsense), says('invalid', /is no checksum; give/));
});

test('no more than the limit is taken, whatever the server says', async () => {
  const url = bench.serve('/large.img', plainDisk(2 * MIB));
  await assert.rejects(
    bench.download({ url, maxBytes: MIB }),
    says('refused', /is 2\.0 MiB and larger than the 1\.0 MiB allowed/),
  );
  let sent = 0;
  const endless = bench.serve('/endless.img', (_request, answer) => {
    const more = (): void => {
      while (!answer.destroyed && answer.write(plainDisk(64 * 1024))) sent += 64 * 1024;
    };
    answer.on('drain', more).writeHead(200);
    more();
  });
  await assert.rejects(
    bench.download({ url: endless, maxBytes: MIB }),
    says('refused', /the download is larger than the 1\.0 MiB allowed/),
  );
  assert.ok(sent < 64 * MIB);
  assert.deepEqual(await readdir(imageFolder()), []);
});

test('a gzip bomb is stopped while it unpacks', async () => {
  const bomb = gzipSync(Buffer.alloc(256 * MIB), { level: 9 });
  assert.ok(bomb.length < MIB);
  const before = process.memoryUsage().rss;
  await assert.rejects(
    bench.download({ url: bench.serve('/bomb.gz', bomb), maxBytes: 8 * MIB }),
    says('refused', /unpacks to more than the 8\.0 MiB allowed/),
  );
  assert.ok(process.memoryUsage().rss - before < 128 * MIB);
  assert.deepEqual(await readdir(imageFolder()), []);
});

test('one layer of packing is unpacked, and a damaged one is named', async () => {
  await assert.rejects(
    bench.download({ url: bench.serve('/twice.gz', gzipSync(gzipSync(plainDisk()))) }),
    says('refused', /looks like a gzip file/),
  );
  await assert.rejects(
    bench.download({ url: bench.serve('/cut.gz', gzipSync(plainDisk()).subarray(0, 1000)) }),
    says('refused', /damaged gzip file/),
  );
});

test('a download that stops or breaks off fails and leaves nothing', async () => {
  const silent = bench.serve('/silent.img', (_request, answer) =>
    answer.writeHead(200, { 'content-length': '1000' }).write('x'),
  );
  await assert.rejects(bench.download({ url: silent }), says('failed', /has sent nothing for 1 s/));
  const broken = bench.serve('/broken.img', (_request, answer) => {
    answer.writeHead(200, { 'content-length': '1000' }).write('x', () => answer.destroy());
  });
  await assert.rejects(bench.download({ url: broken }), says('failed', /download from 127\.0\.0\.1:\d+ failed/));
  assert.deepEqual(await readdir(imageFolder()), []);
});

test('what is no image is refused by the name of what it looks like', async (t) => {
  const lookalikes: [bytes: string | Buffer, what: RegExp][] = [
    ['<!DOCTYPE html><html><body>Not found</body></html>', /a web page \(HTML\)/],
    ['\n\n  <html lang="en">', /a web page/],
    ['<?xml version="1.0"?><Error/>', /an XML document/],
    ['{"error": "no such file"}', /a JSON document/],
    ['just some words', /a text/],
    ['#!/bin/sh\nrm -rf /\n', /a script/],
    ['', /an empty file/],
    ['# Disk DescriptorFile\nRW 1 FLAT "/etc/passwd" 0\n', /a VMDK description without its disk/],
    [Buffer.from([0x7f, 0x45, 0x4c, 0x46, ...Array<number>(600).fill(1)]), /a program \(ELF\)/],
    [Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(600)]), /a ZIP file/],
    [Buffer.concat([Buffer.from('vhdxfile'), Buffer.alloc(70_000)]), /a VHDX disk/],
    [Buffer.alloc(70_000, 0x17), /data of an unknown kind/],
  ];
  for (const [bytes, what] of lookalikes) {
    await t.test(what.source, () =>
      assert.rejects(
        bench.download({ url: bench.serve('/lookalike', Buffer.from(bytes)) }),
        says('refused', new RegExp(`no image: it looks like ${what.source}`)),
      ),
    );
  }
  await assert.rejects(
    bench.download({ url: bench.serve('/disk', plainDisk()), format: 'QCOW2' }),
    says('refused', /the file is a plain disk, not QCOW2 as declared/),
  );
  await assert.rejects(
    bench.download({ url: bench.serve('/iso', isoDisc()), format: 'RAW' }),
    says('refused', /the file is an ISO image, not RAW as declared/),
  );
});

test('progress grows, comes seldom, and ends at 100', async () => {
  const told: number[] = [];
  await rm(imageFolder(), { recursive: true, force: true });
  await bench.download(
    { url: bench.serve('/told.img', plainDisk(8 * MIB)) },
    { progress: (percent) => told.push(percent) },
  );
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  );
  assert.equal(told.at(-1), 100);
  let clock = 0;
  const seen: number[] = [];
  const tell = throttled(
    (percent) => seen.push(percent),
    () => clock,
  );
  for (; clock < 1000; clock += 10) tell(clock / 20, '');
  assert.deepEqual(seen, [0, 12.5, 25, 37.5]);
});

test('a deleted image is gone, and deleting it again is as well', async () => {
  await bench.download({ url: bench.serve('/gone.img', plainDisk()) });
  await deleteImage(place());
  await deleteImage(place());
  assert.deepEqual(await readdir(join(bench.storePath, 'template')), []);
  const { totalBytes, usedBytes } = await statImageStore({ storePath: join(bench.folder, 'new store') });
  assert.ok(totalBytes > usedBytes && usedBytes > 0);
});
