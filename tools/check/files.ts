// Finds the source files and package lists which the structure rules look at. It reads the working tree, not git: a file
// that is about to be added counts.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOMS, type Packages } from './structure.ts';

const SOURCE = /\.(ts|tsx|js|mjs|cjs)$/;
const NOT_OURS = new Set(['node_modules', 'dist', 'data', '.cache']);

export type Tree = { files: Map<string, string>; packages: Packages[] };

/** Every source file of every room and of bin/, and every package.json. */
export async function readTree(root: string): Promise<Tree> {
  const found = (await Promise.all([...ROOMS, 'bin'].map((room) => listBelow(root, room)))).flat();
  const names = ['package.json', ...found.filter((file) => file.endsWith('/package.json'))];
  const packages = await Promise.all(names.map((file) => readPackages(root, file)));
  const sources = found.filter((file) => SOURCE.test(file)).toSorted();
  const texts = await Promise.all(sources.map((file) => readFile(path.join(root, file), 'utf8')));
  return { files: new Map(sources.map((file, i) => [file, texts[i]!])), packages };
}

async function listBelow(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(path.join(root, folder), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  const lists = entries.map(async (entry) => {
    const file = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [file];
    return NOT_OURS.has(entry.name) ? [] : await listBelow(root, file);
  });
  return (await Promise.all(lists)).flat();
}

async function readPackages(root: string, file: string): Promise<Packages> {
  const json = JSON.parse(await readFile(path.join(root, file), 'utf8')) as Record<
    string,
    Record<string, string> | undefined
  >;
  const folder = path.posix.dirname(file);
  return {
    folder: folder === '.' ? '' : folder,
    dependencies: Object.keys(json.dependencies ?? {}),
    devDependencies: Object.keys(json.devDependencies ?? {}),
  };
}
