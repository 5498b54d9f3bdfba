// MAC addresses this cloud gives out: locally administered, guests' beginning with 02, routers' with 0e, so that they never meet.
import { randomBytes } from 'node:crypto';

const withPrefix = (first: string): string =>
  [first, ...[...randomBytes(5)].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
export const guestMac = (): string => withPrefix('02');
export const routerMac = (): string => withPrefix('0e');
