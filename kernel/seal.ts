// Secrets at rest: AES-256-GCM with the cloud's key, which lives outside the database. What is stored says how it was
// sealed, so that the key can be changed one day.
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

export interface Sealer {
  seal(secret: string): string;
  /** Throws when the text was not sealed with this key or was changed. */
  open(sealed: string): string;
  /** For looking up by a secret without keeping it. */
  hash(secret: string): string;
}

const FORM = 'v1';

/** Tells one key from another, and nothing of either. */
export const keyFingerprint = (masterKey: Buffer): string =>
  createHash('sha256').update('nephos key').update(masterKey).digest('hex').slice(0, 16);

/** `masterKey`: 32 bytes from the data folder's key file. */
export function makeSealer(masterKey: Buffer): Sealer {
  if (masterKey.length !== 32) throw new Error(`the cloud's key has ${masterKey.length} bytes; 32 are needed`);
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', 'nephos seal', 32));
  return {
    seal(secret) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce);
      const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return `${FORM}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    open(sealed) {
      const [form, body] = sealed.split('.');
      if (form !== FORM || !body) throw new Error('not a sealed secret');
      const bytes = Buffer.from(body, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
      decipher.setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    },
    hash: (secret) => createHash('sha256').update(key).update(secret).digest('base64url'),
  };
}
