// What a browser has to fetch until the login and until the first list, compressed, and whether that is within the budget.
// It follows the bundle's manifest: what a chunk imports comes with it, what it imports later does not.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}
type Manifest = Readonly<Record<string, Chunk>>;

export interface Weight {
  readonly name: string;
  readonly gzBytes: number;
  readonly limitBytes: number;
}

const KB = 1000;
const journeys = [
  { name: 'to the login', limitKb: 250, chunks: ['index.html', 'src/login/login.tsx'] },
  {
    name: 'to the first list',
    limitKb: 450,
    chunks: ['index.html', 'src/login/login.tsx', 'src/frame/frame.tsx', 'src/instances/list.tsx'],
  },
] as const;

/** Weighs a built console. Throws when the bundle has no such chunks. */
export function weigh(dist: string): readonly Weight[] {
  const manifest = JSON.parse(fs.readFileSync(path.join(dist, '.vite', 'manifest.json'), 'utf8')) as Manifest;
  const always = ['index.html', 'scheme.js', 'mark.svg'];
  return journeys.map(({ name, limitKb, chunks }) => {
    const files = new Set<string>(always);
    for (const chunk of chunks) collect(manifest, chunk, files);
    return {
      name,
      gzBytes: [...files].reduce((sum, file) => sum + gzBytesOf(path.join(dist, file)), 0),
      limitBytes: limitKb * KB,
    };
  });
}

function collect(manifest: Manifest, name: string, files: Set<string>): void {
  const chunk = manifest[name];
  if (!chunk)
    throw new Error(
      `the console's bundle has no chunk ${name}; it has ${Object.keys(manifest).slice(0, 20).join(', ')}…`,
    );
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const imported of chunk.imports ?? []) collect(manifest, imported, files);
}

const gzBytesOf = (file: string): number => gzipSync(fs.readFileSync(file)).length;

export const inWords = ({ name, gzBytes, limitBytes }: Weight): string =>
  `${(gzBytes / KB).toFixed(0)} of ${limitBytes / KB} kB gz ${name}`;
export const tooHeavy = ({ gzBytes, limitBytes }: Weight): boolean => gzBytes > limitBytes;

if (import.meta.main) {
  const weights = weigh(fileURLToPath(new URL('dist', import.meta.url)));
  for (const weight of weights) console.log(`${tooHeavy(weight) ? 'TOO HEAVY ' : ''}${inWords(weight)}`);
  if (weights.some(tooHeavy)) process.exitCode = 1;
}
