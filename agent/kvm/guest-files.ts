// What this host was asked to run, one file per guest, from guest.start to guest.stop. libvirt's domains are transient
// and vanish when a guest powers itself off; these files are how the agent still says «Stopped» for it, also after a
// restart of itself or of the machine. Invariant: a file is whole or absent; it holds the console password, so only
// root reads it.
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { guestSpec } from '#protocol/messages.ts';
import type { GuestSpec } from '#protocol/messages.ts';

export type GuestFiles = {
  /** All guests, by name. */
  all(): ReadonlyMap<string, GuestSpec>;
  get(name: string): GuestSpec | undefined;
  put(spec: GuestSpec): Promise<void>;
  remove(name: string): Promise<void>;
};

/** Reads what is there; a file that cannot be read is set aside as `<name>.json.bad`, not obeyed. */
export async function openGuestFiles(dir: string): Promise<GuestFiles> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const guests = new Map<string, GuestSpec>();
  const fileOf = (name: string): string => join(dir, `${name}.json`);
  for (const entry of await readdir(dir)) {
    if (entry.endsWith('.new')) await rm(join(dir, entry), { force: true });
    if (!entry.endsWith('.json')) continue;
    try {
      const spec = guestSpec.parse(JSON.parse(await readFile(join(dir, entry), 'utf8')));
      guests.set(spec.name, spec);
    } catch {
      await rename(join(dir, entry), join(dir, `${entry}.bad`));
    }
  }
  return {
    all: () => guests,
    get: (name) => guests.get(name),
    async put(spec) {
      const file = await open(`${fileOf(spec.name)}.new`, 'w', 0o600);
      try {
        await file.writeFile(JSON.stringify(spec));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${fileOf(spec.name)}.new`, fileOf(spec.name));
      guests.set(spec.name, spec);
    },
    async remove(name) {
      guests.delete(name);
      await rm(fileOf(name), { force: true });
    },
  };
}
