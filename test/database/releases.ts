// Releases for the test of upgrades: copies of this working tree, each with something of its own.
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const ROOMS = [
  'api',
  'base',
  'bin',
  'cloud',
  'clients',
  'drivers',
  'kernel',
  'protocol',
  'schema',
  'server',
  'tools',
  'agent',
];

export const EXPAND = '9990_next_release.sql';
export const CONTRACT = '9991_next_release.contract.sql';

function copy(to: string): string {
  for (const room of ROOMS)
    cpSync(path.join(PROJECT, room), path.join(to, room), {
      recursive: true,
      filter: (file) => !/\/(node_modules|dist|data)$|\.test\.ts$/.test(file),
    });
  for (const file of ['package.json', 'package-lock.json']) cpSync(path.join(PROJECT, file), path.join(to, file));
  symlinkSync(path.join(PROJECT, 'node_modules'), path.join(to, 'node_modules'));
  return to;
}

function edit(release: string, file: string, change: (text: string) => string): void {
  const where = path.join(release, file);
  const before = readFileSync(where, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${file} is not as this test knows it`);
  writeFileSync(where, after);
}

export const release = (to: string): string => copy(to);

/** The next one: a column more, a newer way to make volumes, and a column that it does not need any more. */
export function nextRelease(to: string): string {
  copy(to);
  writeFileSync(
    path.join(to, 'schema', EXPAND),
    'alter table service_offering add column next_note text, add column passing text;\n',
  );
  writeFileSync(path.join(to, 'schema', CONTRACT), 'alter table service_offering drop column passing;\n');
  edit(to, 'server/serialize.ts', (text) => text.replace(/VERSION = '[^']+'/, `VERSION = '4.23.9.9'`));
  edit(to, 'cloud/volume/create.ts', (text) => {
    const begin = text.indexOf("workflow<Recorded, Recorded, World>('volume.make'");
    const end = text.indexOf('\n});', begin);
    return `${text.slice(0, end)}\n}, 2);${text.slice(end + '\n});'.length)}`;
  });
  return to;
}

/** A later one whose second server never gets ready. */
export function badRelease(to: string): string {
  nextRelease(to);
  edit(to, 'server/start.ts', (text) =>
    text.replace(
      'ready: () => readiness({',
      `ready: async () => config.name === 'server-2' ? { problems: ['this release is bad'], runsJobs: true } : readiness({`,
    ),
  );
  return to;
}
