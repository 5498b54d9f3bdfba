// Writes the archive format of the kernel's initial file system («newc»). Everything belongs to root and carries no
// date, so the same files give the same bytes.
import { readdir, readFile, readlink, stat, lstat } from 'node:fs/promises';
import { join } from 'node:path';

type Entry = { path: string; mode: number; content: Buffer };

/** The folder's content as one archive. */
export async function cpio(folder: string): Promise<Buffer> {
  const entries = await entriesBelow(folder, '');
  const end: Entry = { path: 'TRAILER!!!', mode: 0, content: Buffer.alloc(0) };
  return Buffer.concat([...entries, end].map((entry, index) => record(entry, index + 1)));
}

async function entriesBelow(root: string, below: string): Promise<Entry[]> {
  const names = (await readdir(join(root, below))).sort();
  const entries: Entry[] = [];
  for (const name of names) {
    const path = below === '' ? name : `${below}/${name}`;
    const { mode } = await lstat(join(root, path));
    entries.push({ path, mode, content: await contentOf(join(root, path), mode) });
    if ((await stat(join(root, path)).catch(() => null))?.isDirectory() && (mode & 0o170000) === 0o040000)
      entries.push(...(await entriesBelow(root, path)));
  }
  return entries;
}

async function contentOf(path: string, mode: number): Promise<Buffer> {
  const kind = mode & 0o170000;
  if (kind === 0o100000) return readFile(path);
  return kind === 0o120000 ? Buffer.from(await readlink(path)) : Buffer.alloc(0);
}

function record(entry: Entry, inode: number): Buffer {
  const name = Buffer.from(`${entry.path}\0`);
  // inode, mode, uid, gid, links, mtime, size, four device numbers, length of the name, checksum
  const fields = [inode, entry.mode, 0, 0, 1, 0, entry.content.length, 0, 0, 0, 0, name.length, 0];
  const head = Buffer.from(`070701${fields.map((value) => value.toString(16).padStart(8, '0')).join('')}`);
  return Buffer.concat([padded(Buffer.concat([head, name])), padded(entry.content)]);
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
