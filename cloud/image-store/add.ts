// addImageStore and addSecondaryStorage: a folder that hosts of a zone reach, for templates and ISOs.
import { addImageStore, addSecondaryStorage } from '#api/storage/imagestore.ts';
import { fail } from '#api/errors.ts';
import { implement, type Caller, type Cx, type World } from '../context.ts';
import { upHosts } from '../storage-pool/storage-pool.ts';
import { insertStore, storeWithUrl } from './image-store.store.ts';
import { showStores } from './show.ts';

interface Probed { path: string; totalBytes: number; usedBytes: number }
interface Wanted { url?: string; zoneId?: number }

/** `file:///path`: the same folder at the same path on every host, for instance a mounted file system. */
export function storePathInUrl(url: string): string {
  const path = /^file:\/\/(\/[^\0\n]*)$/.exec(url.trim())?.[1];
  if (!path || path.split('/').includes('..')) return fail('invalidParameter', 'url is not understood; file:///path is accepted (a folder that every host has at the same path)', { parameter: 'url' });
  return path.replace(/(.)\/+$/, '$1');
}

async function probe(world: World, _caller: Caller, { url, zoneId }: Wanted): Promise<Probed> {
  if (url === undefined) fail('missingParameter', 'Unable to execute API command addimagestore due to missing parameter url', { parameter: 'url' });
  if (zoneId === undefined) fail('missingParameter', 'Unable to execute API command addimagestore due to missing parameter zoneid', { parameter: 'zoneid' });
  const path = storePathInUrl(url);
  const host = (await upHosts(world.db.read, { zoneId })).find((one) => world.drivers.hosts.isConnected(one.id)) ?? fail('hostUnavailable', 'No host of the zone is up to try the store with; add a host first');
  return { path, ...(await world.drivers.image.stat(host.id, path)) };
}

async function record(cx: Cx, { url, zoneId, name, provider }: Required<Wanted> & { name?: string; provider: string }, probed: Probed): Promise<number> {
  const same = await storeWithUrl(cx.tx, { zoneId, url });
  if (same) fail('invalidParameter', `url: the image store ${same.name} has this folder already`, { parameter: 'url' });
  const { id, uuid } = await insertStore(cx.tx, { zone_id: zoneId, name: name ?? url, url, path: probed.path, provider, protocol: 'file', total_bytes: probed.totalBytes, used_bytes: probed.usedBytes });
  await cx.event({ type: 'IMAGE.STORE.ADD', description: `Image store ${name ?? url} was added`, uuid, resourceType: 'ImageStore' });
  cx.tx.afterCommit(() => cx.world.poke('templates.download'));
  return id;
}

export const add = implement(addImageStore, async (cx, params, probed: Probed) => {
  const [store] = await showStores(cx, [await record(cx, { url: params.url!, zoneId: params.zoneId!, name: params.name, provider: params.provider }, probed)]);
  return store!;
}, undefined, { probe });

export const addSecondary = implement(addSecondaryStorage, async (cx, params, probed: Probed) => {
  const [store] = await showStores(cx, [await record(cx, { url: params.url, zoneId: params.zoneId!, provider: 'DefaultImage' }, probed)]);
  return store!;
}, undefined, { probe });
