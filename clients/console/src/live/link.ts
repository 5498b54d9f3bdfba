// How fresh what is on screen is: pushed by the server, asked for again and again, or old.
import { cell } from '../cell.ts';

export type Link =
  | { readonly kind: 'connecting' }
  /** Changes are pushed. */
  | { readonly kind: 'live' }
  /** The server answers but does not push: what is transitional is asked for every few seconds. */
  | { readonly kind: 'polling' }
  /** Nobody answers. `since`: what is on screen is from then; `retryAt`: when it is tried again. */
  | { readonly kind: 'lost'; readonly since: number; readonly retryAt: number };

export const link = cell<Link>({ kind: 'connecting' });

const POLL_MS = 3000;

/** For a query's refetchInterval: false while changes are pushed or nothing is on its way. */
export const pollWhile = (transitional: boolean): number | false =>
  transitional && link.get().kind !== 'live' ? POLL_MS : false;
