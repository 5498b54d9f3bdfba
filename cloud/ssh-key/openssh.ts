// SSH keys in the forms people paste: a line as in authorized_keys, its fingerprint, and new RSA pairs. Pure.
import { constants, createHash, createPublicKey, generateKeyPair, publicEncrypt, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

const TYPES = [
  'ssh-rsa',
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
];
export const acceptedTypes = TYPES.join(', ');

export interface PublicKey {
  readonly type: string;
  readonly blob: Buffer;
  readonly comment: string;
}

/** A line `type base64 [comment]`, or that line in Base64; undefined where it is neither. */
export function parsePublicKey(text: string): PublicKey | undefined {
  const line = text.trim();
  return (
    parseLine(line) ??
    (/^[A-Za-z0-9+/=\s]+$/.test(line) ? parseLine(Buffer.from(line, 'base64').toString('utf8').trim()) : undefined)
  );
}

function parseLine(line: string): PublicKey | undefined {
  const found = /^(\S+)[ \t]+([A-Za-z0-9+/]+={0,3})(?:[ \t]+([^\r\n]*))?$/.exec(line);
  if (!found || !TYPES.includes(found[1]!)) return undefined;
  const blob = Buffer.from(found[2]!, 'base64');
  const fields = readFields(blob);
  // What the line says the key is, the key itself says too.
  return fields && fields.length >= 2 && fields[0]!.toString() === found[1]
    ? { type: found[1], blob, comment: found[3]?.trim() ?? '' }
    : undefined;
}

/** Length-prefixed fields; undefined where they do not fill the whole. */
function readFields(blob: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length;) {
    if (at + 4 > blob.length) return undefined;
    const length = blob.readUInt32BE(at);
    // The flags and counters of security keys are not length-prefixed: what follows the second field is theirs.
    if (at + 4 + length > blob.length) return fields.length >= 2 ? fields : undefined;
    fields.push(blob.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return fields;
}

export const lineOf = ({ type, blob, comment }: PublicKey): string =>
  [type, blob.toString('base64'), comment].filter(Boolean).join(' ');

/** MD5 in pairs, `a1:b2:…`, as CloudStack's answers have it. */
export const fingerprintOf = ({ blob }: Pick<PublicKey, 'blob'>): string =>
  createHash('md5').update(blob).digest('hex').match(/../g)!.join(':');

const field = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
/** A number in as many bytes as it needs, never read as negative. */
const mpint = (base64url: string): Buffer => {
  const bytes = Buffer.from(base64url, 'base64url');
  return field(bytes[0]! & 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
};

export async function makePair(bits: number): Promise<{ publicKey: PublicKey; privatePem: string }> {
  const made = await promisify(generateKeyPair)('rsa', { modulusLength: bits, publicExponent: 65_537 });
  const { n, e } = made.publicKey.export({ format: 'jwk' });
  const blob = Buffer.concat([field(Buffer.from('ssh-rsa')), mpint(e!), mpint(n!)]);
  return {
    publicKey: { type: 'ssh-rsa', blob, comment: '' },
    privatePem: made.privateKey.export({ format: 'pem', type: 'pkcs1' }).toString(),
  };
}

/** Base64 of the text under the key, which must be RSA; opened with `openssl pkeyutl -decrypt`. */
export function encryptFor({ type, blob }: PublicKey, text: string): string | undefined {
  if (type !== 'ssh-rsa') return undefined;
  const [, e, n] = readFields(blob) ?? [];
  if (!e || !n) return undefined;
  const key: KeyObject = createPublicKey({
    key: { kty: 'RSA', e: e.toString('base64url'), n: n.toString('base64url') },
    format: 'jwk',
  });
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, Buffer.from(text)).toString('base64');
}
