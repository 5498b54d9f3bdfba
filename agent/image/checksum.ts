// Checksums of downloads, as CloudStack writes them: `{SHA-256}0123…` or the digits alone, whose number tells which.
// They are taken of the file as it was downloaded, before anything is unpacked.
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { Refused } from '../refused.ts';

const ALGORITHMS = [
  { name: 'MD5', hash: 'md5', digits: 32 },
  { name: 'SHA-1', hash: 'sha1', digits: 40 },
  { name: 'SHA-224', hash: 'sha224', digits: 56 },
  { name: 'SHA-256', hash: 'sha256', digits: 64 },
  { name: 'SHA-384', hash: 'sha384', digits: 96 },
  { name: 'SHA-512', hash: 'sha512', digits: 128 },
] as const;

export type Checksum = { name: string; hash: string; hex: string };

/** Throws `invalid` for what is no checksum. */
export function parseChecksum(text: string): Checksum {
  const [, named, hex = ''] = /^(?:\{([A-Za-z0-9-]+)\})?([0-9A-Fa-f]+)$/.exec(text.trim()) ?? [];
  const found = ALGORITHMS.find((one) =>
    named === undefined
      ? one.digits === hex.length
      : one.name.replace('-', '') === named.toUpperCase().replace('-', ''),
  );
  if (found === undefined || found.digits !== hex.length) {
    throw new Refused(
      'invalid',
      `${text.slice(0, 160)} is no checksum; give ${ALGORITHMS.map((one) => `{${one.name}} and ${one.digits}`).join(', ')} hexadecimal digits, or the digits alone`,
    );
  }
  return { name: found.name, hash: found.hash, hex: hex.toLowerCase() };
}

/** Counts a download's checksums as its bytes go by. */
export class Digests {
  readonly #expected: Checksum | null;
  readonly #sha256: Hash = createHash('sha256');
  readonly #other: Hash | null;
  constructor(expected: Checksum | null) {
    this.#expected = expected;
    this.#other = expected === null || expected.hash === 'sha256' ? null : createHash(expected.hash);
  }

  update(bytes: Buffer): void {
    this.#sha256.update(bytes);
    this.#other?.update(bytes);
  }

  /** The SHA-256; throws when the expected checksum is another. */
  finish(): string {
    const sha256 = this.#sha256.digest('hex');
    const got = this.#other?.digest('hex') ?? sha256;
    if (this.#expected !== null && got !== this.#expected.hex) {
      throw new Refused(
        'refused',
        `the ${this.#expected.name} checksum of the download does not match: expected ${this.#expected.hex}, got ${got}`,
      );
    }
    return sha256;
  }
}
