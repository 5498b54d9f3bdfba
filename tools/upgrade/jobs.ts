// Jobs that a release could not run: of a kind, or of a version of one, that it does not know. They would wait until a server of
// the newer release is there again, and what they lock would wait with them.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { onDatabase } from '#kernel/archive.ts';

const run = promisify(execFile);

/** Asked of the release itself, in a process of its own: its modules are not ours. */
const ASK = `const { workflows } = await import(process.argv[1]);
process.stdout.write(JSON.stringify([...workflows].map(({ kind, version }) => [kind, version])));`;

async function kindsOf(release: string): Promise<[string, number][]> {
  const module = pathToFileURL(path.join(release, 'server/workflows.ts')).href;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', ASK, module], { cwd: release });
  return JSON.parse(stdout) as [string, number][];
}

/** One sentence part for each kind and version: `3 of vm.start, version 2`. */
export async function jobsBeyond(release: string, url: string): Promise<string[]> {
  const known = await kindsOf(release);
  return onDatabase(url, async (client) => {
    const { rows } = await client.query<{ kind: string; version: number; n: number }>(
      `select j.kind, j.version, count(*)::int as n from job j
       left join unnest($1::text[], $2::int[]) as k(kind, version) on k.kind = j.kind and k.version >= j.version
       where j.finished is null and k.kind is null group by 1, 2 order by 1, 2`,
      [known.map(([kind]) => kind), known.map(([, version]) => version)],
    );
    return rows.map(({ kind, version, n }) => `${n} of ${kind}, version ${version}`);
  });
}
