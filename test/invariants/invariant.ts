// What must hold of a cloud at rest, as queries: each gives the sentences of what is wrong, none where all is well. They are
// written from the tables and from what hosts hold, and use nothing of the code they judge.
import type { Tx } from '#kernel/db.ts';
import type { Sql } from '#kernel/sql.ts';

export interface Invariant {
  /** What is wrong where it gives a row. */
  readonly name: string;
  /** Rows with one text column `what`. */
  readonly wrong: Sql;
}

export async function broken(tx: Tx, invariants: readonly Invariant[]): Promise<string[]> {
  const found: string[] = [];
  for (const { name, wrong } of invariants)
    for (const { what } of await tx.rows<{ what: string }>(wrong)) found.push(`${name}: ${what}`);
  return found;
}
