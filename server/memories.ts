// Everything a server remembers of the database, checked by one question per request.
import type { ReferenceMemory } from '#cloud/reference/reference.ts';
import type { Db } from '#kernel/db.ts';
import type { Freshness } from '#kernel/fresh.ts';
import { Memory } from '#kernel/memory.ts';
import type { Sealer } from '#kernel/seal.ts';
import { Identities } from './identities.ts';
import { NamedThings } from './named.ts';
import { RememberedFinds } from './finds.ts';
import { RememberedTexts } from './remembered.ts';

const REFERENCES_MAX_BYTES = 32 * 2 ** 20;

export interface Memories {
  /** What is answered from memory is checked with it, once per request. */
  readonly freshness: Freshness;
  readonly identities: Identities;
  readonly texts: RememberedTexts;
  readonly named: NamedThings;
  readonly finds: RememberedFinds;
  readonly references: ReferenceMemory;
}

export const openMemories = (parts: { db: Pick<Db, 'read'>; freshness: Freshness; sealer: Sealer }): Memories => ({
  freshness: parts.freshness,
  identities: new Identities(parts),
  texts: new RememberedTexts(parts.freshness),
  named: new NamedThings(parts.freshness),
  finds: new RememberedFinds(parts.freshness),
  references: new Memory(parts.freshness, { maxBytes: REFERENCES_MAX_BYTES }),
});
