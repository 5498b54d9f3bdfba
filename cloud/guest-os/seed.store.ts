// Guest operating systems of a new installation, by category. What exists is left as it is.
import { defaultGuestOs } from '#api/defaults.data.ts';
import type { Tx } from '#kernel/db.ts';
import { sql } from '#kernel/sql.ts';

/** Categories that say little about an image are not put forward. */
const FEATURED = new Set([
  'AlmaLinux',
  'CentOS',
  'Debian',
  'Fedora',
  'RedHat',
  'Rocky Linux',
  'SUSE',
  'Ubuntu',
  'Windows',
]);

export async function seedGuestOs(tx: Tx): Promise<void> {
  const categories = Object.keys(defaultGuestOs);
  await tx.run(sql`insert into guest_os_category(name, featured, sort_key)
    select d.name, d.featured, d.place from unnest(${categories}::text[], ${categories.map((name) => FEATURED.has(name))}::boolean[]) with ordinality d(name, featured, place)
    where not exists (select 1 from guest_os_category c where c.name = d.name)`);
  const types = Object.entries(defaultGuestOs).flatMap(([category, names]) =>
    names.map((name) => ({ category, name })),
  );
  await tx.run(sql`insert into guest_os(category_id, name) select c.id, d.name from unnest(${types.map((type) => type.category)}::text[], ${types.map((type) => type.name)}::text[]) with ordinality d(category, name, place)
    join guest_os_category c on c.name = d.category where not exists (select 1 from guest_os g where g.name = d.name and g.category_id = c.id) order by d.place`);
}
