// Where an image comes from and in which form: what is refused before any host is asked. The host that fetches it looks at
// the bytes, and at the address that a name stands for.
import { fail } from '#api/errors.ts';
import type { Settings } from '#kernel/settings.ts';
import type { Caller } from '../context.ts';
import { hypervisorNamed } from '../cluster/hypervisors.ts';

export const templateFormats = ['QCOW2', 'RAW', 'VMDK', 'VHD'] as const;
export type ImageFormat = (typeof templateFormats)[number] | 'ISO';

export function templateFormat(text: string): ImageFormat {
  const wanted = text.trim().toUpperCase();
  return (
    templateFormats.find((format) => format === wanted) ??
    fail(
      'invalidParameter',
      `format is '${text.slice(0, 40)}'; accepted for templates: ${templateFormats.join(', ')}`,
      {
        parameter: 'format',
      },
    )
  );
}

export const templateHypervisor = (text: string): string => hypervisorNamed(text.trim());

/** Digits of a digest by its algorithm. */
const DIGESTS: Readonly<Record<string, number>> = {
  MD5: 32,
  'SHA-1': 40,
  'SHA-224': 56,
  'SHA-256': 64,
  'SHA-384': 96,
  'SHA-512': 128,
};
const dashless = (name: string): string => name.toUpperCase().replace('-', '');

/** `{SHA-256}…`, or digits alone whose number says which. */
export function checkChecksum(text: string): string {
  const found = /^(?:\{([A-Za-z0-9-]+)\})?([0-9a-fA-F]+)$/.exec(text.trim());
  const named = found?.[1];
  const accepted = Object.entries(DIGESTS).filter(
    ([name]) => named === undefined || dashless(name) === dashless(named),
  );
  if (!found || !accepted.some(([, digits]) => digits === found[2]!.length)) {
    fail(
      'invalidParameter',
      `checksum is not understood; accepted: ${Object.entries(DIGESTS)
        .map(([name, digits]) => `{${name}} and ${digits} hexadecimal digits`)
        .join(', ')}, or the digits alone`,
      { parameter: 'checksum' },
    );
  }
  return text.trim();
}

/** Folders on the hosts that images may be read from, and private networks they may come from. */
export const allowedPaths = (settings: Settings): string[] =>
  settings
    .list('secstorage.allowed.paths')
    .filter((path) => path.startsWith('/') && !path.split('/').includes('..'))
    .map((path) => path.replace(/(.)\/+$/, '$1'));
export const allowedInternal = (settings: Settings): string[] =>
  settings.list('secstorage.allowed.internal.sites').map((site) => (site.includes('/') ? site : `${site}/32`));

/** http and https; file for root administrators, below what the setting allows. */
export function checkUrl(text: string, { settings, caller }: { settings: Settings; caller: Caller }): string {
  const url = URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
  if (url === undefined || !['http:', 'https:', 'file:'].includes(url.protocol)) {
    return fail('invalidParameter', 'url is not understood; an http:// or https:// address is accepted', {
      parameter: 'url',
    });
  }
  if (url.username !== '' || url.password !== '')
    fail(
      'invalidParameter',
      'url holds a user name or password, which would be kept and shown; give an address without',
      {
        parameter: 'url',
      },
    );
  if (url.protocol !== 'file:') return text.trim();
  const allowed = allowedPaths(settings);
  if (!caller.isRoot || allowed.length === 0) {
    fail(
      'invalidParameter',
      `url: file:// is accepted from root administrators, below the folders of the setting secstorage.allowed.paths${caller.isRoot ? ', which is empty' : ''}; give an http:// or https:// address`,
      { parameter: 'url' },
    );
  }
  const path = decodedPath(url);
  if (path === undefined || !allowed.some((folder) => path.startsWith(folder === '/' ? '/' : `${folder}/`))) {
    fail(
      'invalidParameter',
      `url: file:// is accepted below ${allowed.join(', ')} (setting secstorage.allowed.paths)`,
      { parameter: 'url' },
    );
  }
  return text.trim();
}

/** The path of a file:// URL without a host; undefined where it is none, or leaves its folder. */
function decodedPath(url: URL): string | undefined {
  if (url.host !== '') return undefined;
  try {
    const path = decodeURIComponent(url.pathname);
    return path.includes('\0') || path.split('/').includes('..') ? undefined : path;
  } catch {
    return undefined;
  }
}
