// `npm run db`: the cloud's database as a whole. Which one: the data folder's, or the one DATABASE_URL names.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { BadUsage, readOptions } from '../cloud/options.ts';
import { backup, move, restore, show, upgrade } from './commands.ts';
import type { Place } from './place.ts';

const USAGE = `npm run db -- backup FILE                  while the servers run
npm run db -- show FILE                    what a backup is of, and which key it needs
npm run db -- restore FILE [--overwrite]   into an empty database, or over the cloud that is there
npm run db -- move URL [--overwrite]       to another PostgreSQL server, for good
npm run db -- upgrade [--programs FOLDER]  the embedded database from an older PostgreSQL to this release's

  --key FILE   the cloud's key; default cloud.key in the data folder

Environment: NEPHOS_DATA (data folder), DATABASE_URL (an external PostgreSQL), DATABASE_DIRECT_URL (the same past its pooler)`;

async function main(argv: readonly string[]): Promise<string> {
  const { values, positionals } = parse(argv);
  const [verb, object, ...more] = positionals;
  const { overwrite = false, programs } = values;
  const place = placeOf(values.key);
  const needed = (what: string): string => {
    if (object === undefined || more.length > 0) throw new BadUsage(`${verb} needs ${what}, and nothing more`);
    return object;
  };
  if (verb === 'backup') return backup(place, path.resolve(needed('a file')));
  if (verb === 'show') return show(needed('a file'));
  if (verb === 'restore') return restore(place, needed('a file'), { overwrite });
  if (verb === 'move') return move(place, needed('the address of a database'), { overwrite });
  if (verb === 'upgrade' && object === undefined) return upgrade(place, { programs });
  throw new BadUsage(verb === undefined ? 'say what to do' : `'${positionals.join(' ')}' is not understood`);
}

function placeOf(key: string | undefined): Place {
  const { dataDir, databaseUrl } = readOptions([], process.env);
  return {
    dataDir,
    embedded: path.join(dataDir, 'postgres'),
    keyFile: path.resolve(key ?? path.join(dataDir, 'cloud.key')),
    externalUrl: process.env['DATABASE_DIRECT_URL'] ?? databaseUrl,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { overwrite: { type: 'boolean' }, programs: { type: 'string' }, key: { type: 'string' } },
    });
  } catch (error) {
    throw new BadUsage((error as Error).message);
  }
}

try {
  process.stdout.write(`${await main(process.argv.slice(2))}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${error instanceof BadUsage ? `\n${USAGE}\n` : ''}`);
  process.exitCode = error instanceof BadUsage ? 2 : 1;
}
