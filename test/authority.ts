// The real certificate authority in a cloud under test.
import type { World } from '#cloud/context.ts';
import { openAuthority } from '#server/authority.ts';
import type { TestCloud } from './cloud.ts';

export async function useAuthority({ world, db, server }: TestCloud): Promise<void> {
  (world as { -readonly [K in keyof World]: World[K] }).authority = await openAuthority(db, server.sealer);
}
