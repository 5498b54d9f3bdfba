// The signature of an API call: HMAC-SHA1 over the sorted, encoded, lower-cased parameters, as every CloudStack client makes it.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Java's URLEncoder with `%20` for the space: what clients sign. */
export const encodeForSigning = (value: string): string =>
  SAME.test(value)
    ? value
    : encodeURIComponent(value).replace(
        /[!'()~]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      );

/** Nothing in it is encoded. */
const SAME = /^[\w.*-]*$/;

const byName = ([a]: readonly [string, string], [b]: readonly [string, string]): number => (a < b ? -1 : a > b ? 1 : 0);

/** Parameters without the signature itself, names in their own case. */
export function textToSign(parameters: Iterable<readonly [string, string]>): string {
  return [...parameters]
    .filter(([name]) => name.toLowerCase() !== 'signature')
    .sort(byName)
    .map(([name, value]) => `${name}=${encodeForSigning(value)}`)
    .join('&')
    .toLowerCase();
}

export const sign = (secret: string, text: string): string => createHmac('sha1', secret).update(text).digest('base64');

/** In constant time. Some clients (Marvin) sort by the lower-cased name; both orders are the same text signed. */
export function signatureMatches(secret: string, parameters: ReadonlyMap<string, string>, given: string): boolean {
  const lowered = [...parameters].map(([name, value]) => [name.toLowerCase(), value] as const);
  return equal(sign(secret, textToSign(parameters)), given) || equal(sign(secret, textToSign(lowered)), given);
}

function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
