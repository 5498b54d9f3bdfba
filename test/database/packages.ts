// Debian packages that the tests of the database need: a connection pooler, and a server of an older version.
import type { DebianPackage } from '#tools/packages.ts';

export const databasePackages: readonly DebianPackage[] = [
  { name: 'pgbouncer', why: 'connection pooler' },
  { name: 'postgresql-15', why: 'an older PostgreSQL, to upgrade from and to run against' },
];
