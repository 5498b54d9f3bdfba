// Opens what an image's URL names: a file on a web server, or a file of this host below a folder the operator allows.
import { constants } from 'node:fs';
import { open, readlink, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Refused } from '../refused.ts';
import { fetchOutside, parseUrl } from './outbound.ts';
import type { Outside } from './outbound.ts';

export type Source = { stream: Readable; contentLength: number | null };
export type SourceRules = { allowedInternal: readonly string[]; allowedPaths: readonly string[] };

export async function openSource(text: string, rules: SourceRules, outside?: Outside): Promise<Source> {
  const url = parseUrl(text);
  if (url.protocol === 'file:') return openLocal(url, rules.allowedPaths);
  return fetchOutside(url, rules.allowedInternal, outside);
}

async function openLocal(url: URL, allowedPaths: readonly string[]): Promise<Source> {
  if (allowedPaths.length === 0)
    throw new Refused('refused', 'images are not read from files of a host here; http:// and https:// are accepted');
  const path = localPath(url);
  // One answer for what is missing and what is forbidden: a user must not learn which files a host has.
  const real = await realpath(path).catch(() => null);
  if (real === null || !(await isBelow(real, allowedPaths))) throw notBelow(path, allowedPaths);
  const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => {
    throw notBelow(path, allowedPaths);
  });
  try {
    const opened = await readlink(`/proc/self/fd/${handle.fd}`);
    const info = await handle.stat();
    if (opened !== real || !info.isFile()) throw notBelow(path, allowedPaths);
    return { stream: handle.createReadStream(), contentLength: info.size };
  } catch (error) {
    await closed(handle);
    throw error;
  }
}

function localPath(url: URL): string {
  try {
    if (url.host !== '' && url.host !== 'localhost') throw new Error('names a server');
    return fileURLToPath(new URL(`file://${url.pathname}`));
  } catch (cause) {
    throw new Refused('refused', `${url.href.slice(0, 200)} names no file of this host (${(cause as Error).message})`, {
      cause,
    });
  }
}

async function isBelow(real: string, allowedPaths: readonly string[]): Promise<boolean> {
  for (const allowed of allowedPaths) {
    const folder = await realpath(allowed).catch(() => null);
    if (folder !== null && real.startsWith(folder === '/' ? '/' : `${folder}/`)) return true;
  }
  return false;
}

const notBelow = (path: string, allowedPaths: readonly string[]): Refused =>
  new Refused('refused', `${path} is no file below ${allowedPaths.join(' or ')}`);

const closed = (handle: FileHandle): Promise<void> => handle.close().catch(() => {});
