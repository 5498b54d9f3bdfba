// CloudStack's request signature: HMAC-SHA1 over the sorted, encoded and lower-cased parameters.
// It only computes text; it knows no network. Invariant: what is signed is what is sent, name by name.
import { createHmac } from 'node:crypto';

export type WireParams = Readonly<Record<string, string>>;

/** Version 3 carries `expires`; legacy has no end and is refused by servers that enforce timestamps. */
export type SignatureVersion = 'v3' | 'legacy';

const LIFETIME_MS = 10 * 60 * 1000;
const KEPT_BY_JAVASCRIPT_ONLY = /[!'()~]/g;

/** Encodes as the server does: only letters, digits and `.-*_` stay, a space becomes %20. */
export const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    KEPT_BY_JAVASCRIPT_ONLY,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );

export const toQuery = (params: WireParams): string =>
  Object.entries(params)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');

export function stringToSign(params: WireParams): string {
  const names = Object.keys(params)
    .filter((name) => name !== 'signature')
    .sort();
  return names
    .map((name) => `${name}=${encode(params[name]!)}`)
    .join('&')
    .toLowerCase();
}

export const signatureOf = (params: WireParams, secretKey: string): string =>
  createHmac('sha1', secretKey).update(stringToSign(params)).digest('base64');

/** The parameters with key and signature, ready to be sent. */
export function signed(
  params: WireParams,
  keys: { apiKey: string; secretKey: string; version: SignatureVersion },
): WireParams {
  const named: WireParams = {
    ...params,
    apiKey: keys.apiKey,
    ...(keys.version === 'v3' ? { signatureVersion: '3', expires: expiry() } : {}),
  };
  return { ...named, signature: signatureOf(named, keys.secretKey) };
}

const expiry = (): string => `${new Date(Date.now() + LIFETIME_MS).toISOString().slice(0, 19)}+0000`;
