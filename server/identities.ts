// Who is behind an API key or a session, remembered: read once, and again when the key, the session, the user, the account,
// the domain or a role changed, on whichever server. A request is answered from here only after `freshness.check()`, so
// who was disabled, removed or logged out before it came is refused.
import {
  findByApiKey,
  findSession,
  touchSession,
  type Identity,
  type KeyIdentity,
  type SessionIdentity,
} from '#cloud/identity/session.store.ts';
import type { Db } from '#kernel/db.ts';
import type { Freshness } from '#kernel/fresh.ts';
import { Memory } from '#kernel/memory.ts';
import type { Sealer } from '#kernel/seal.ts';

/** A session's use is written down this often, not with each request. */
const TOUCH_AFTER_MS = 60_000;
const MAX_BYTES = 16 * 2 ** 20;
const BYTES_OF_ONE = 1_500;

export interface KeyHolder extends KeyIdentity {
  readonly secret: string;
}

const madeOf = ({ userId, accountId, domainId }: Identity): [string, number][] => [
  ['user', userId],
  ['account', accountId],
  ['domain', domainId],
  ['role', 0],
];

export class Identities {
  readonly #db: Pick<Db, 'read'>;
  readonly #keys: Memory<string, KeyHolder>;
  readonly #sessions: Memory<string, SessionIdentity>;
  readonly #freshness: Freshness;
  readonly #sealer: Sealer;

  constructor({ db, freshness, sealer }: { db: Pick<Db, 'read'>; freshness: Freshness; sealer: Sealer }) {
    this.#db = db;
    this.#freshness = freshness;
    this.#sealer = sealer;
    this.#keys = new Memory(freshness, { maxBytes: MAX_BYTES });
    this.#sessions = new Memory(freshness, { maxBytes: MAX_BYTES });
  }

  /** Who a key is of, if it may be used now. */
  async ofKey(apiKey: string): Promise<KeyHolder | undefined> {
    const holder = this.#keys.get(apiKey) ?? (await this.#readKey(apiKey));
    const { now } = this.#freshness;
    if (!holder || (holder.starts && holder.starts > now) || (holder.ends && holder.ends <= now)) return undefined;
    return holder;
  }

  /** Who a living session is of. */
  async ofSession(idHash: string): Promise<SessionIdentity | undefined> {
    const known = this.#sessions.get(idHash);
    // Another server may have prolonged it: only the database knows that it ended.
    return known && known.expires > this.#freshness.now ? known : this.#readSession(idHash);
  }

  /** The session was used. False: it is gone. */
  async touch(session: SessionIdentity, { idHash, timeoutS }: { idHash: string; timeoutS: number }): Promise<boolean> {
    if (this.#freshness.now.getTime() - session.seen.getTime() <= TOUCH_AFTER_MS) return true;
    const touched = await touchSession(this.#db.read, { idHash, timeoutS });
    return touched !== undefined && Boolean(Object.assign(session, touched));
  }

  #readKey(apiKey: string): Promise<KeyHolder | undefined> {
    return this.#keys.once<KeyHolder | undefined>(apiKey, {
      look: () => this.#keys.get(apiKey),
      read: async (put) => {
        const found = await findByApiKey(this.#db.read, apiKey);
        if (!found) return undefined;
        const holder = { ...found, secret: this.#sealer.open(found.sealedSecret) };
        put(apiKey, { value: holder, bytes: BYTES_OF_ONE, of: [['keypair', found.keypairId], ...madeOf(found)] });
        return holder;
      },
    });
  }

  #readSession(idHash: string): Promise<SessionIdentity | undefined> {
    return this.#sessions.read(async (put) => {
      const found = await findSession(this.#db.read, idHash);
      if (found)
        put(idHash, { value: found, bytes: BYTES_OF_ONE, of: [['session', found.sessionId], ...madeOf(found)] });
      return found;
    });
  }
}
