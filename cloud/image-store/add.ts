// addImageStore and addSecondaryStorage: a folder that hosts of a zone reach, for templates and ISOs.
import { addImageStore, addSecondaryStorage } from '#api/storage/imagestore.ts';
import { fail } from '#api/errors.ts';
import type { MapEntries } from '#base/param.ts';
import { implement, type Caller, type Cx, type World } from '../context.ts';
import { readDetails } from '../details.ts';
import { isSimulated, upHosts } from '../storage-pool/storage-pool.ts';
import { mountedAt, readFolderUrl } from '../storage-pool/url.ts';
import { insertStore, storeNamed, storeWithPath } from './image-store.store.ts';
import { showStores } from './show.ts';
import { databaseNow } from '#kernel/clock.ts';

interface Probed {
  path: string;
  protocol: string;
  totalBytes: number;
  usedBytes: number;
}
interface Wanted {
  url?: string;
  zoneId?: number;
  details?: MapEntries;
  provider?: string;
}
const ACCEPTED =
  'accepted: file:///path for a folder that every host has at the same path, nfs://server/path with details[0].mountpoint=/path on the hosts';

async function probe(world: World, _caller: Caller, { url, zoneId, details, provider }: Wanted): Promise<Probed> {
  if (provider !== undefined && provider.toLowerCase() !== 'nfs')
    fail('unsupported', `provider is '${provider.slice(0, 40)}'; accepted: NFS (a folder that hosts reach)`, {
      parameter: 'provider',
    });
  if (url === undefined)
    return fail('missingParameter', 'Unable to execute API command addimagestore due to missing parameter url', {
      parameter: 'url',
    });
  if (zoneId === undefined)
    return fail('missingParameter', 'Unable to execute API command addimagestore due to missing parameter zoneid', {
      parameter: 'zoneid',
    });
  const { scheme, path: named } = readFolderUrl(url, ACCEPTED);
  if (scheme !== 'file' && scheme !== 'nfs')
    fail('invalidParameter', `url has the scheme '${scheme}'; ${ACCEPTED}`, { parameter: 'url' });
  const path =
    scheme === 'file'
      ? named
      : mountedAt({
          mountpoint: readDetails(details)['mountpoint'],
          simulated: await isSimulated(world.db.read, { zoneId }),
          path: named,
        });
  const host =
    (await upHosts(world.db.read, { zoneId })).find((one) => world.drivers.hosts.isConnected(one.id)) ??
    fail('hostUnavailable', 'No host of the zone is up to try the store with; add a host first');
  return { path, protocol: scheme, ...(await world.drivers.image.stat(host.id, path)) };
}

async function record(
  cx: Cx,
  { url, zoneId, name = url, details }: { url: string; zoneId: number; name?: string; details?: MapEntries },
  probed: Probed,
): Promise<number> {
  const same = await storeWithPath(cx.tx, { zoneId, path: probed.path });
  if (same) fail('invalidParameter', `url: the image store ${same.name} has this folder already`, { parameter: 'url' });
  if (await storeNamed(cx.tx, { name }))
    fail('invalidParameter', `name: there is an image store ${name} already`, { parameter: 'name' });
  const { id } = await insertStore(cx.tx, {
    zone_id: zoneId,
    name,
    url,
    path: probed.path,
    provider: 'NFS',
    protocol: probed.protocol,
    total_bytes: probed.totalBytes,
    used_bytes: probed.usedBytes,
    details: JSON.stringify(readDetails(details)),
    measured: databaseNow(),
  });
  cx.tx.afterCommit(() => cx.world.poke('templates.download'));
  return id;
}

export const add = implement(
  addImageStore,
  async (cx, params, probed: Probed) => {
    const id = await record(
      cx,
      { url: params.url!, zoneId: params.zoneId!, name: params.name, details: params.details },
      probed,
    );
    return (await showStores(cx, [id]))[0]!;
  },
  undefined,
  { probe },
);

export const addSecondary = implement(
  addSecondaryStorage,
  async (cx, params, probed: Probed) => {
    const id = await record(cx, { url: params.url, zoneId: params.zoneId!, details: params.details }, probed);
    return (await showStores(cx, [id]))[0]!;
  },
  undefined,
  { probe },
);
