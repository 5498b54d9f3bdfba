// Broken variants of the engine, for proving that the check finds them: node --import ./mutants.ts … with NEPHOS_MUTANT naming one.
// The product has no switch for it: the text of a module is changed while it is loaded. A mutant whose text is not found ends
// the process, so that none can come to nothing unseen.
import { registerHooks } from 'node:module';

interface Mutant {
  /** The module, by the end of its path. */
  file: string;
  from: string;
  to: string;
}

export const MUTANTS = {
  /** A step is remembered whoever owns the job. */
  'no-fence': {
    file: '/kernel/journal.ts',
    from: "where id = ${id} and owner = ${owner} and epoch = ${epoch} and state = 'running' returning cancel",
    to: 'where id = ${id} returning cancel',
  },
  /** A worker that lost a job ends it all the same. */
  'no-held': {
    file: '/kernel/queue.ts',
    from: "sql`id = ${id} and owner = ${owner} and epoch = ${epoch} and state = 'running'`",
    to: 'sql`id = ${id} and ${owner}::bigint is not null and ${epoch}::int is not null`',
  },
  /** Nobody takes over what a dead worker left. */
  'no-take-over': {
    file: '/kernel/presence.ts',
    from: 'lost as (select id from job where',
    to: 'lost as (select id from job where false and',
  },
  /** A step's effect and its memory are two transactions. */
  'no-transaction': {
    file: '/kernel/job.ts',
    from: 'this.#held(await tx.first(remembering(this.#options.row, { name, out: result, started })));',
    to: 'this.#held(await this.#options.db.alone(remembering(this.#options.row, { name, out: result, started })));',
  },
  /** What was done before a failure stays done. */
  'no-undo': {
    file: '/kernel/job.ts',
    from: 'if (this.#memories.get(name)?.undone) continue;',
    to: 'if (name.length > 0) continue;',
  },
  /** Two jobs of a lane run side by side. */
  'no-lanes': {
    file: '/kernel/queue.ts',
    from: '(select count(*)::int from entered where waiting > 1)',
    to: '(select 0 * count(*)::int from entered)',
  },
  /** Limits are counted by every try, also by those that are undone. */
  'no-release': {
    file: '/cloud/limit/limit.ts',
    from: 'if (kinds.length > 0)\n    await subtractUsed(',
    to: 'if (kinds.length > 9)\n    await subtractUsed(',
  },
} as const satisfies Record<string, Mutant>;
export type MutantName = keyof typeof MUTANTS;

export function mutate({ file, from, to }: Mutant, path: string, source: string): string {
  if (!path.endsWith(file)) return source;
  if (!source.includes(from)) throw new Error(`the mutant's text is not in ${file} any more: ${from}`);
  return source.replace(from, () => to);
}

const wanted = process.env['NEPHOS_MUTANT'];
if (wanted !== undefined) {
  const mutant = MUTANTS[wanted as MutantName];
  registerHooks({
    load: (url, context, nextLoad) => {
      const loaded = nextLoad(url, context);
      if (loaded.source === undefined || loaded.source === null) return loaded;
      return {
        ...loaded,
        source: mutate(mutant, new URL(url).pathname, Buffer.from(loaded.source as Uint8Array).toString()),
      };
    },
  });
}
