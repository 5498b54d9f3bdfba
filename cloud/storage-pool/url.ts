// Where storage is, as operators write it. Hosts reach it as a folder; nobody mounts it for them.
import { fail } from '#api/errors.ts';
import type { PoolPlace } from '../volume/driver.ts';

export interface FolderUrl {
  scheme: string;
  address: string;
  path: string;
}

/** `scheme://address/path`, also as NFS is often written, with a colon after the address; the path must be absolute, without `..`. */
export function readFolderUrl(url: string, accepted: string): FolderUrl {
  const found = /^([A-Za-z]+):\/\/([A-Za-z0-9._-]*)(?::\d{0,5})?(\/[^\0\n]*)$/.exec(url.trim());
  if (!found || found[3]!.split('/').includes('..'))
    return fail('invalidParameter', `url is '${url.slice(0, 80)}'; ${accepted}`, { parameter: 'url' });
  return {
    scheme: found[1]!.toLowerCase(),
    address: found[2] || 'localhost',
    path: found[3]!.replace(/(.)\/+$/, '$1'),
  };
}

export interface PoolUrl {
  kind: PoolPlace['kind'];
  address: string;
  path: string;
}
const ACCEPTED =
  'accepted: SharedMountPoint://localhost/path for a folder that all hosts have, file://host1/path for a folder of one host, nfs://server/path with details[0].mountpoint=/path on the hosts';

/** `mountpoint`: where the hosts have mounted an NFS share. A simulated host needs none. */
export function readPoolUrl(
  url: string,
  { mountpoint, simulated }: { mountpoint: string | undefined; simulated: boolean },
): PoolUrl {
  const { scheme, address, path } = readFolderUrl(url, ACCEPTED);
  switch (scheme) {
    case 'sharedmountpoint':
      return { kind: 'SharedMountPoint', address, path };
    case 'file':
    case 'filesystem':
      return { kind: 'Filesystem', address, path };
    case 'nfs':
      return { kind: 'NetworkFilesystem', address, path: mountedAt({ mountpoint, simulated, path }) };
    default:
      return fail('invalidParameter', `url has the scheme '${scheme}'; ${ACCEPTED}`, { parameter: 'url' });
  }
}

/** Hosts do not mount NFS by themselves. */
export function mountedAt({
  mountpoint,
  simulated,
  path,
}: {
  mountpoint: string | undefined;
  simulated: boolean;
  path: string;
}): string {
  if (mountpoint === undefined)
    return simulated
      ? path
      : fail(
          'unsupported',
          'url: hosts of this cloud do not mount NFS by themselves; mount it at the same path on every host and say where with details[0].mountpoint=/path',
          { parameter: 'url' },
        );
  if (!/^\/[^\0\n]*$/.test(mountpoint) || mountpoint.split('/').includes('..'))
    fail('invalidParameter', `details: mountpoint is '${mountpoint.slice(0, 80)}'; an absolute path is accepted`, {
      parameter: 'details',
    });
  return mountpoint.replace(/(.)\/+$/, '$1');
}
