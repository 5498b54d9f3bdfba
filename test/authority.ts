// The real certificate authority in a cloud under test, and certificates of another cloud's.
import { makeAuthority } from '#agent/fake-server.ts';
import type { World } from '#cloud/context.ts';
import { openAuthority } from '#server/authority.ts';
import type { TestCloud } from './cloud.ts';

export async function useAuthority({ world, db, server }: TestCloud): Promise<void> {
  (world as { -readonly [K in keyof World]: World[K] }).authority = await openAuthority(db, server.sealer);
}

export async function foreignCertificate(name: string): Promise<{ key: string; cert: string }> {
  const { key, cert } = await (await makeAuthority())([name]);
  return { key, cert };
}
