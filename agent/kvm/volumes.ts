// Volumes as files of a pool's directory: `<pool>/<volumeId>`, and templates as `<pool>/template/<templateId>`, which
// volumes are linked clones of. Every file made here is qcow2, and its format is never guessed from its content, which
// belongs to the guest. Invariants: a volume's file is whole or absent; a template that has clones is not removed.
import { mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Params, PoolSpec, Reply } from '#protocol/messages.ts';
import { run } from '../process.ts';
import { Refused } from '../refused.ts';
import { volumePath } from './domain-xml.ts';
import type { Kvm } from './kvm.ts';
import { domainDisks, domainState } from './virsh.ts';

const TEMPLATES = 'template';
const isUuid = (name: string): boolean => z.uuid().safeParse(name).success;
export const templatePath = (pool: Pick<PoolSpec, 'path'>, templateId: string): string =>
  `${pool.path}/${TEMPLATES}/${templateId}`;

const infoShape = z.object({ 'virtual-size': z.number().int(), 'actual-size': z.number().int() });

/** Sizes of a qcow2 file, also while a guest uses it. */
export async function imageInfo(path: string): Promise<{ virtualBytes: number; allocatedBytes: number }> {
  const { stdout } = await run(['qemu-img', 'info', '--force-share', '--output=json', '-f', 'qcow2', path]);
  const info = infoShape.parse(JSON.parse(stdout));
  return { virtualBytes: info['virtual-size'], allocatedBytes: info['actual-size'] };
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

export async function statPool({ pool }: Params<'pool.stat'>): Promise<Reply<'pool.stat'>> {
  await mkdir(`${pool.path}/${TEMPLATES}`, { recursive: true });
  const { blocks, bfree, bsize } = await statfs(pool.path);
  return { totalBytes: blocks * bsize, usedBytes: (blocks - bfree) * bsize };
}

export async function createVolume({
  pool,
  volumeId,
  sizeBytes,
  templateId,
}: Params<'volume.create'>): Promise<Reply<'volume.create'>> {
  const path = volumePath({ pool, volumeId });
  if (!(await exists(path))) {
    const fresh = `${pool.path}/.${volumeId}.new`;
    await rm(fresh, { force: true }); // of a call that was interrupted
    if (templateId === null) await run(['qemu-img', 'create', '-q', '-f', 'qcow2', fresh, String(sizeBytes)]);
    else await clone({ pool, templateId, sizeBytes, fresh });
    await settle(fresh, path);
  }
  const info = await imageInfo(path);
  return { sizeBytes: info.virtualBytes, allocatedBytes: info.allocatedBytes };
}

/** The backing file is named relative to the pool, so that hosts may reach the pool by different paths. */
async function clone({
  pool,
  templateId,
  sizeBytes,
  fresh,
}: {
  pool: PoolSpec;
  templateId: string;
  sizeBytes: number;
  fresh: string;
}): Promise<void> {
  const template = templatePath(pool, templateId);
  if (!(await exists(template)))
    throw new Refused('missing', `template ${templateId} is not in pool ${pool.id}; template.fetch brings it there`);
  const { virtualBytes } = await imageInfo(template);
  const size = Math.max(sizeBytes, virtualBytes);
  await run([
    'qemu-img',
    'create',
    '-q',
    '-f',
    'qcow2',
    '-b',
    `${TEMPLATES}/${templateId}`,
    '-F',
    'qcow2',
    fresh,
    String(size),
  ]);
}

/** Give a finished file its name, so that neither a crash of the agent nor of the machine leaves half a volume under it. */
async function settle(fresh: string, path: string): Promise<void> {
  await flush(fresh);
  await rename(fresh, path);
  await flush(dirname(path));
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function deleteVolume(kvm: Kvm, { pool, volumeId }: Params<'volume.delete'>): Promise<void> {
  const user = await userOf(kvm, volumePath({ pool, volumeId }));
  if (user !== undefined)
    throw new Refused(
      'refused',
      `volume ${volumeId} is in use by guest ${user} on this host; detach it or stop the guest first`,
    );
  await rm(volumePath({ pool, volumeId }), { force: true });
  await rm(`${pool.path}/.${volumeId}.new`, { force: true });
}

/** The guest that runs here with this file. */
async function userOf(kvm: Kvm, path: string): Promise<string | undefined> {
  for (const [name, spec] of kvm.files.all()) {
    const asked = spec.disks.some((disk) => volumePath(disk) === path);
    if (asked && (await domainDisks(kvm.virsh, name)).some((disk) => disk.file === path)) return name;
  }
  return undefined;
}

export async function resizeVolume(
  kvm: Kvm,
  { pool, volumeId, sizeBytes, guest }: Params<'volume.resize'>,
): Promise<Reply<'volume.resize'>> {
  const path = volumePath({ pool, volumeId });
  if (!(await exists(path))) throw new Refused('missing', `volume ${volumeId} is not in pool ${pool.id}`);
  const { virtualBytes } = await imageInfo(path);
  if (sizeBytes < virtualBytes)
    throw new Refused(
      'refused',
      `volume ${volumeId} has ${virtualBytes} bytes and can only grow, not shrink to ${sizeBytes}`,
    );
  if (sizeBytes > virtualBytes) {
    // The size is a number of bytes and says so: virsh would read a bare number as KiB.
    if (guest !== null && (await attachedRunning(kvm, guest, path)))
      await kvm.virsh(['blockresize', guest, path, `${sizeBytes}B`]);
    else await run(['qemu-img', 'resize', '-q', '-f', 'qcow2', path, String(sizeBytes)]);
  }
  return { sizeBytes: (await imageInfo(path)).virtualBytes };
}

async function attachedRunning(kvm: Kvm, guest: string, path: string): Promise<boolean> {
  const state = await domainState(kvm.virsh, guest);
  return (
    state !== undefined && state !== 'off' && (await domainDisks(kvm.virsh, guest)).some((disk) => disk.file === path)
  );
}

async function uuidsIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter(isUuid);
}

export async function listVolumes({ pool }: Params<'volume.list'>): Promise<Reply<'volume.list'>> {
  if (!(await exists(pool.path)))
    throw new Refused('missing', `pool ${pool.id} has no directory ${pool.path} on this host; pool.stat makes it`);
  const [volumes, templates] = await Promise.all([uuidsIn(pool.path), uuidsIn(`${pool.path}/${TEMPLATES}`)]);
  return { volumes, templates };
}

export async function evictTemplate({ pool, templateId }: Params<'template.evict'>): Promise<void> {
  const backing = `${TEMPLATES}/${templateId}`;
  for (const volumeId of await uuidsIn(pool.path)) {
    const file = volumePath({ pool, volumeId });
    if ((await backingOf(file)) === backing)
      throw new Refused(
        'refused',
        `template ${templateId} has clones in pool ${pool.id}, volume ${volumeId} among them`,
      );
  }
  await rm(templatePath(pool, templateId), { force: true });
}

const QCOW2_MAGIC = 0x514649fb;
const HEADER_BYTES = 1024;

/** The backing file a qcow2 header names; undefined for a file without one. Only this host's own headers are read so. */
export async function backingOf(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    const { bytesRead } = await handle.read(header, 0, HEADER_BYTES, 0);
    if (bytesRead < 20 || header.readUInt32BE(0) !== QCOW2_MAGIC) return undefined;
    const [offset, length] = [Number(header.readBigUInt64BE(8)), header.readUInt32BE(16)];
    if (offset === 0 || length === 0 || length > HEADER_BYTES - 1) return undefined;
    const name = Buffer.alloc(length);
    await handle.read(name, 0, length, offset);
    return name.toString();
  } finally {
    await handle.close();
  }
}
