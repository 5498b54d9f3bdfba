// Release folders: what makes a folder one, and which ones a data folder's servers run and came from (release.json).
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export interface Releases {
  current: string;
  /** Where `rollback` leads. */
  previous?: string;
}

const fileOf = (dataDir: string): string => path.join(dataDir, 'release.json');

export function readReleases(dataDir: string): Releases | undefined {
  if (!existsSync(fileOf(dataDir))) return undefined;
  return JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as Releases;
}

export function writeReleases(dataDir: string, releases: Releases): void {
  writeFileSync(`${fileOf(dataDir)}.new`, `${JSON.stringify(releases, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${fileOf(dataDir)}.new`, fileOf(dataDir));
}

/** The folder as the file system knows it; throws where it holds no release. */
export function releaseIn(folder: string): string {
  if (!existsSync(path.join(folder, 'server/main.ts'))) throw new Error(`${folder} holds no release of Nephos`);
  return realpathSync(folder);
}

/** The release a running process was started from: its program is <release>/server/main.ts. */
export function releaseOf(pid: number): string {
  const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const main = argv.find((word) => word.endsWith('/server/main.ts'));
  if (!main) throw new Error(`process ${pid} is no management server`);
  return path.dirname(path.dirname(main));
}

/** Its npm packages, where they are missing. */
export const install = (release: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(release, 'bin/install.js')], { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`the packages of ${release} could not be installed`)),
    );
  });
