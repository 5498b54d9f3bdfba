// Key pairs as other nouns see them.
import type { Tx } from '#kernel/db.ts';
import { apiKeyTaken } from './user-key.store.ts';

export const apiKeyIsTaken = (tx: Tx, apiKey: string): Promise<boolean> => apiKeyTaken(tx, apiKey);
