// Real images of every format, made by qemu-img and then, byte by byte, by somebody who means harm.
// Needs qemu-img, bzip2 and xz.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { run } from '../process.ts';
import { Refused } from '../refused.ts';
import { deleteImage, fetchTemplate } from './image.ts';
import { inspectImage } from './inspect.ts';
import type { ImageFormat } from './magic.ts';
import { IMAGE_ID, isoDisc, openBench, plainDisk } from './test-images.ts';
import type { Bench } from './test-images.ts';

const MIB = 1024 * 1024;
const POOL_ID = '6f0c1c5e-9a50-4f0c-8d51-0000000000aa';
const DISK = plainDisk(8 * MIB);
let bench: Bench;
let disk: string;

before(async () => {
  bench = await openBench();
  disk = join(bench.folder, 'disk.raw');
  await writeFile(disk, DISK);
});
after(() => bench.close());

const refused = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Refused, String(error));
  assert.equal(error.code, 'refused', error.message);
  assert.match(error.message, message);
  return true;
};

/** The plain disk in another format. */
async function converted(format: string, options: string[] = []): Promise<string> {
  const path = join(bench.folder, `made.${format}`);
  await run(['qemu-img', 'convert', '-f', 'raw', '-O', format, ...options, disk, path]);
  return path;
}

/** A sound image with some bytes changed. */
async function spoiled(path: string, change: (bytes: Buffer) => Buffer | void): Promise<string> {
  const bytes = await readFile(path);
  const to = `${path}.spoiled`;
  await writeFile(to, change(bytes) ?? bytes);
  return to;
}

const SOUND: readonly [name: string, format: ImageFormat, qemu: string, options: string[]][] = [
  ['qcow2', 'QCOW2', 'qcow2', []],
  ['qcow2 of the old version', 'QCOW2', 'qcow2', ['-o', 'compat=0.10']],
  ['qcow2 compressed with zstd', 'QCOW2', 'qcow2', ['-c', '-o', 'compression_type=zstd']],
  ['qcow2 with subclusters', 'QCOW2', 'qcow2', ['-o', 'extended_l2=on']],
  ['vmdk in one sparse file', 'VMDK', 'vmdk', ['-o', 'subformat=monolithicSparse']],
  ['vmdk as in an OVA', 'VMDK', 'vmdk', ['-o', 'subformat=streamOptimized']],
  ['vhd, dynamic', 'VHD', 'vpc', ['-o', 'subformat=dynamic,force_size=on']],
  ['vhd, fixed', 'VHD', 'vpc', ['-o', 'subformat=fixed,force_size=on']],
];

test('sound images of every format are kept, and become the same disk as a template', async (t) => {
  for (const [name, format, qemu, options] of SOUND) {
    await t.test(name, async () => {
      const bytes = await readFile(await converted(qemu, options));
      await deleteImage({ storePath: bench.storePath, imageId: IMAGE_ID });
      const reply = await bench.download({ url: bench.serve(`/${qemu}`, bytes), format });
      assert.equal(reply.virtualBytes, DISK.length);
      assert.equal(reply.physicalBytes, bytes.length);
      await assertTemplate(join(bench.folder, `pool of ${name}`), reply.virtualBytes);
    });
  }
});

async function assertTemplate(poolPath: string, virtualBytes: number): Promise<void> {
  const pool = { id: POOL_ID, kind: 'Filesystem' as const, path: poolPath };
  const reply = await fetchTemplate({ pool, templateId: IMAGE_ID, storePath: bench.storePath }, { progress: () => {} });
  assert.equal(reply.virtualBytes, virtualBytes);
  await run(['qemu-img', 'compare', '-f', 'raw', '-F', 'qcow2', disk, join(poolPath, 'template', IMAGE_ID)]);
  assert.deepEqual(await readdir(join(poolPath, 'template')), [IMAGE_ID]);
}

test('an ISO becomes a template too; bzip2 and xz files are unpacked', async () => {
  await bench.download({ url: bench.serve('/disc', isoDisc()), format: 'ISO' });
  const pool = { id: POOL_ID, kind: 'Filesystem' as const, path: join(bench.folder, 'pool of discs') };
  const { virtualBytes } = await fetchTemplate(
    { pool, templateId: IMAGE_ID, storePath: bench.storePath },
    { progress: () => {} },
  );
  assert.equal(virtualBytes, isoDisc().length);
  for (const program of ['bzip2', 'xz']) {
    const packed = await packedBy(program, DISK);
    const { physicalBytes } = await bench.download({ url: bench.serve(`/packed.${program}`, packed) });
    assert.equal(physicalBytes, DISK.length);
    assert.deepEqual(await readFile(join(bench.storePath, 'template', IMAGE_ID, `${IMAGE_ID}.raw`)), DISK);
    await assert.rejects(
      bench.download({ url: bench.serve('/cut', packed.subarray(0, packed.length - 40)) }),
      refused(new RegExp(`damaged ${program} file`)),
    );
    const bomb = await packedBy(program, Buffer.alloc(96 * MIB));
    await assert.rejects(
      bench.download({ url: bench.serve('/bomb', bomb), maxBytes: 16 * MIB }),
      refused(/unpacks to more than the 16 MiB allowed/),
    );
  }
});

async function packedBy(program: string, bytes: Buffer): Promise<Buffer> {
  const running = promisify(execFile)(program, ['-c'], { encoding: 'buffer', maxBuffer: 64 * MIB });
  running.child.stdin!.end(bytes);
  return (await running).stdout;
}

/** Where things stand in a qcow2 header. */
const at = {
  version: 4,
  backingOffset: 8,
  backingSize: 16,
  clusterBits: 20,
  size: 24,
  encryption: 32,
  l1Size: 36,
  l1Offset: 40,
  refcountClusters: 56,
  snapshots: 60,
  features: 72,
  firstExtension: 112,
};

const HOSTILE_QCOW2: readonly [name: string, change: (bytes: Buffer) => Buffer | void, why: RegExp][] = [
  [
    'version 1',
    (b) => {
      b.writeUInt32BE(1, at.version);
    },
    /version 1; versions 2 and 3/,
  ],
  [
    'version 9',
    (b) => {
      b.writeUInt32BE(9, at.version);
    },
    /version 9/,
  ],
  [
    'an encrypted disk',
    (b) => {
      b.writeUInt32BE(2, at.encryption);
    },
    /is encrypted/,
  ],
  [
    'snapshots',
    (b) => {
      b.writeUInt32BE(1, at.snapshots);
    },
    /holds snapshots/,
  ],
  [
    'an external data file',
    (b) => {
      b.writeBigUInt64BE(4n, at.features);
    },
    /keeps its data in another file/,
  ],
  [
    'the name of a data file',
    (b) => {
      b.writeUInt32BE(0x44415441, at.firstExtension);
      b.writeUInt32BE(11, at.firstExtension + 4);
      b.write('/etc/passwd', at.firstExtension + 8);
    },
    /keeps its data in another file/,
  ],
  [
    'a corrupt mark',
    (b) => {
      b.writeBigUInt64BE(2n, at.features);
    },
    /marked as corrupt/,
  ],
  [
    'an unknown feature',
    (b) => {
      b.writeBigUInt64BE(1n << 40n, at.features);
    },
    /features that are not known \(0x10000000000\)/,
  ],
  [
    'a huge first table',
    (b) => {
      b.writeUInt32BE(0xffffffff, at.l1Size);
    },
    /tables larger than any real image/,
  ],
  [
    'huge reference counts',
    (b) => {
      b.writeUInt32BE(0xffffff, at.refcountClusters);
    },
    /tables larger than any real image/,
  ],
  [
    'a first table beyond the end',
    (b) => {
      b.writeBigUInt64BE(1n << 50n, at.l1Offset);
    },
    /tables lie beyond the end/,
  ],
  [
    'impossible clusters',
    (b) => {
      b.writeUInt32BE(40, at.clusterBits);
    },
    /clusters of 2\^40 bytes/,
  ],
  [
    'an absurd size',
    (b) => {
      b.writeBigUInt64BE(1n << 62n, at.size);
    },
    /is a disk of .* GiB; at most 16384\.0 GiB/,
  ],
  [
    'a size its tables cannot hold',
    (b) => {
      b.writeBigUInt64BE(8n * 1024n ** 4n, at.size);
    },
    /cannot be read: .*L1 table is too small/,
  ],
  [
    'a backing file in the header',
    (b) => {
      b.write('/etc/passwd', 600);
      b.writeBigUInt64BE(600n, at.backingOffset);
      b.writeUInt32BE(11, at.backingSize);
    },
    /builds on another file/,
  ],
  [
    'half of itself',
    (b) => b.subarray(0, Math.floor(b.length / 2)),
    /damaged or cut short|cannot be read|beyond the end/,
  ],
  ['a header and no more', (b) => b.subarray(0, 100), /ends within its header/],
];

test('qcow2 images that reach for other files, hide or claim things are refused', async (t) => {
  const sound = await converted('qcow2');
  await inspectImage(sound, 'QCOW2');
  for (const [name, change, why] of HOSTILE_QCOW2) {
    await t.test(name, async () => {
      const path = await spoiled(sound, change);
      await assert.rejects(inspectImage(path, 'QCOW2'), refused(why));
    });
  }
});

test('qcow2 images as tools make them: overlay, data file, snapshot, password', async (t) => {
  const make = async (name: string, ...words: string[]): Promise<string> => {
    const path = join(bench.folder, `${name}.qcow2`);
    await run(['qemu-img', 'create', '-q', '-f', 'qcow2', ...words.map((word) => word.replace('$', path)), path, '8M']);
    return path;
  };
  await t.test('overlay', async () =>
    assert.rejects(
      inspectImage(await make('overlay', '-b', disk, '-F', 'raw'), 'QCOW2'),
      refused(/builds on another file \(a backing file\)/),
    ),
  );
  await t.test('data file', async () =>
    assert.rejects(
      inspectImage(await make('data', '-o', 'data_file=$.raw'), 'QCOW2'),
      refused(/keeps its data in another file/),
    ),
  );
  await t.test('password', async () =>
    assert.rejects(
      inspectImage(
        await make('password', '--object', 'secret,id=s,data=abc', '-o', 'encrypt.format=aes,encrypt.key-secret=s'),
        'QCOW2',
      ),
      refused(/is encrypted/),
    ),
  );
  await t.test('snapshot', async () => {
    const path = await converted('qcow2');
    await run(['qemu-img', 'snapshot', '-c', 'one', path]);
    await assert.rejects(inspectImage(path, 'QCOW2'), refused(/holds snapshots/));
  });
  await t.test('larger than the operator allows', async () =>
    assert.rejects(inspectImage(await make('large'), 'QCOW2', MIB), refused(/at most 0\.0 GiB/)),
  );
});

const inText =
  (from: string, to: string) =>
  (bytes: Buffer): void => {
    const where = bytes.indexOf(from);
    assert.ok(where > 0, `no ${from} in the image`);
    bytes.fill(0x20, where, where + from.length);
    bytes.write(to.slice(0, from.length), where, 'latin1');
  };

test('vmdk images that reach for other files are refused', async (t) => {
  const vmdk = await converted('vmdk');
  const extent = /RW \d+ SPARSE "[^"]*"/.exec((await readFile(vmdk)).subarray(0, 65_536).toString('latin1'))![0];
  const vmdks: [name: string, change: (bytes: Buffer) => Buffer | void, why: RegExp][] = [
    ['the host’s passwords as a part', inText(extent, 'RW 9 FLAT "/etc/passwd" 0'), /takes its data from "/],
    ['a path as its own name', inText(extent, 'RW 9 SPARSE "/etc/passwd"'), /takes its data from "\/etc\/passwd"/],
    ['two parts', inText(extent, 'RW 1 ZERO\nRW 1 ZERO'), /made of 2 parts/],
    ['no part', inText(extent, ''), /made of 0 parts/],
    [
      'a disk of several files',
      inText('createType="monolithicSparse"', 'createType="twoGbMaxExtent"'),
      /is of kind "twoGbMaxExtent"/,
    ],
    ['a parent', inText('parentCID=ffffffff', 'parentCID=12345678'), /builds on another file/],
    [
      'only a description',
      (b) => {
        b.writeBigUInt64LE(0n, 12);
      },
      /a description without a disk/,
    ],
    [
      'no description',
      (b) => {
        b.writeBigUInt64LE(0n, 28);
      },
      /no description of itself/,
    ],
    [
      'a description far away',
      (b) => {
        b.writeBigUInt64LE(1n << 40n, 28);
      },
      /where none belongs/,
    ],
    [
      'an absurd size',
      (b) => {
        b.writeBigUInt64LE(1n << 50n, 12);
      },
      /at most 16384\.0 GiB/,
    ],
    ['half of itself', (b) => b.subarray(0, b.length / 2), /damaged or cut short|cannot be read/],
  ];
  for (const [name, change, why] of vmdks) {
    await t.test(`vmdk: ${name}`, async () =>
      assert.rejects(inspectImage(await spoiled(vmdk, change), 'VMDK'), refused(why)),
    );
  }
});

test('vhd images that reach for other files are refused', async (t) => {
  const vhd = await converted('vpc');
  const vhds: [name: string, change: (bytes: Buffer) => Buffer | void, why: RegExp][] = [
    [
      'a differencing disk',
      (b) => {
        b.writeUInt32BE(4, 60);
      },
      /builds on another file/,
    ],
    [
      'differencing by its last sector alone',
      (b) => {
        b.writeUInt32BE(4, b.length - 512 + 60);
      },
      /builds on another file/,
    ],
    [
      'two minds',
      (b) => {
        b.writeUInt32BE(2, b.length - 512 + 60);
      },
      /contradicts itself/,
    ],
    [
      'a parent’s identity',
      (b) => {
        b.writeUInt32BE(7, 512 + 40);
      },
      /builds on another file \(a parent/,
    ],
    ['half of itself', (b) => b.subarray(0, b.length / 2), /is cut short/],
    [
      'no header',
      (b) => {
        b.writeBigUInt64BE(1n << 40n, 16);
      },
      /where none belongs/,
    ],
  ];
  for (const [name, change, why] of vhds) {
    await t.test(`vhd: ${name}`, async () =>
      assert.rejects(inspectImage(await spoiled(vhd, change), 'VHD'), refused(why)),
    );
  }
});

test('a disk that begins like another format is not taken for a plain one', async () => {
  const sneaky = await converted('qcow2');
  await assert.rejects(inspectImage(sneaky, 'RAW'), refused(/the file is a QCOW2 image, not RAW as declared/));
  await assert.rejects(inspectImage(disk, 'VHD'), refused(/the file is a plain disk, not VHD as declared/));
});

test('a template is copied once for all who ask, and copies of dead hosts are removed', async () => {
  await bench.download({ url: bench.serve('/once', DISK) });
  const pool = { id: POOL_ID, kind: 'Filesystem' as const, path: join(bench.folder, 'pool') };
  const folder = join(pool.path, 'template');
  await mkdir(folder, { recursive: true });
  const [dead, alive] = ['dead', 'alive'].map((name) => join(folder, `.${IMAGE_ID}.${name}.new`)) as [string, string];
  for (const path of [dead, alive]) await writeFile(path, 'half');
  await utimes(dead, 1, 1);
  const told: number[] = [];
  const params = { pool, templateId: IMAGE_ID, storePath: bench.storePath };
  const both = await Promise.all(
    [1, 2].map(() => fetchTemplate(params, { progress: (percent) => told.push(percent) })),
  );
  assert.deepEqual(both, [{ virtualBytes: DISK.length }, { virtualBytes: DISK.length }]);
  assert.deepEqual((await readdir(folder)).toSorted(), [`.${IMAGE_ID}.alive.new`, IMAGE_ID]);
  assert.equal(told.at(-1), 100);
  await deleteImage({ storePath: bench.storePath, imageId: IMAGE_ID });
  assert.deepEqual(await fetchTemplate(params, { progress: () => {} }), { virtualBytes: DISK.length });
  const missing = { ...params, templateId: IMAGE_ID.replace(/1$/, '2') };
  await assert.rejects(
    fetchTemplate(missing, { progress: () => {} }),
    (error) => error instanceof Refused && error.code === 'missing',
  );
});

test('an image that became harmful in the store is not copied to a pool', async () => {
  await bench.download({ url: bench.serve('/turned', await readFile(await converted('qcow2'))), format: 'QCOW2' });
  const file = join(bench.storePath, 'template', IMAGE_ID, `${IMAGE_ID}.qcow2`);
  await truncate(file, 300_000);
  const pool = { id: POOL_ID, kind: 'Filesystem' as const, path: join(bench.folder, 'clean pool') };
  await assert.rejects(
    fetchTemplate({ pool, templateId: IMAGE_ID, storePath: bench.storePath }, { progress: () => {} }),
    refused(/damaged or cut short|cannot be read/),
  );
  assert.deepEqual(await readdir(pool.path).catch(() => []), []);
});
