// The phases of `npm test`, in their order: which files belong to each, and what it takes to run them.
import path from 'node:path';

export type Phase = {
  name: string;
  title: string;
  /** Globs of test files, relative to the project. */
  files: readonly string[];
  /** Those of them that belong to another phase. */
  exclude?: readonly string[];
  /** Test files at once; phases that own the machine's networks or a browser run one. */
  concurrency: number;
  /** A single file may take this long. */
  timeoutS: number;
  needsRoot?: boolean;
  /** Globs of modules that export lists of Debian packages. */
  packages: readonly string[];
};

const ROOMS = '{base,api,protocol,schema,kernel,cloud,drivers,server,agent,clients/cli,clients/sdk,tools}';

export const PHASES: readonly Phase[] = [
  {
    name: 'unit',
    title: 'unit tests',
    files: [`${ROOMS}/**/*.test.ts`],
    exclude: ['**/*.real.test.ts', '**/*.sim.test.ts'],
    concurrency: 2,
    timeoutS: 300,
    packages: [],
  },
  {
    name: 'contract',
    title: 'contract and law tests',
    files: ['test/contract/**/*.test.ts', 'test/laws/**/*.test.ts'],
    concurrency: 2,
    timeoutS: 600,
    packages: [],
  },
  {
    name: 'sim',
    title: 'e2e on the simulator',
    files: [`${ROOMS}/**/*.sim.test.ts`, 'test/e2e/**/*.sim.test.ts'],
    concurrency: 1,
    timeoutS: 900,
    packages: [],
  },
  {
    name: 'database',
    title: 'the database and upgrades',
    files: ['test/database/**/*.test.ts'],
    concurrency: 1,
    timeoutS: 600,
    packages: ['test/database/packages.ts'],
  },
  {
    name: 'real',
    title: 'e2e on real guests',
    files: [`${ROOMS}/**/*.real.test.ts`, 'test/e2e/**/*.real.test.ts'],
    concurrency: 1,
    timeoutS: 3600,
    needsRoot: true,
    packages: ['{agent,drivers}/**/packages.ts', 'tools/*/packages.ts', 'test/e2e/packages.ts'],
  },
  {
    name: 'browser',
    title: 'console in a browser',
    files: ['test/browser/**/*.test.ts'],
    concurrency: 1,
    timeoutS: 900,
    packages: ['test/browser/packages.ts'],
  },
];

export const PHASE_NAMES: readonly string[] = ['check', ...PHASES.map((phase) => phase.name)];

export type Choice = { phases: readonly string[]; filters: readonly string[]; yes: boolean };

/** What the words after `npm test --` ask for; throws with what would be accepted. */
export function parseChoice(words: readonly string[]): Choice {
  const option = words.find((word) => word.startsWith('-') && word !== '--yes');
  if (option) throw new Error(`unknown option ${option}; there is --yes`);
  const [phase, ...filters] = words.filter((word) => word !== '--yes');
  if (phase !== undefined && !PHASE_NAMES.includes(phase)) {
    throw new Error(`unknown phase "${phase}"; there are ${PHASE_NAMES.join(', ')}`);
  }
  return { phases: phase ? [phase] : PHASE_NAMES, filters, yes: words.includes('--yes') };
}

/** Whether `file` (relative to the project) is one that the filters name: parts of its path. */
export const isWanted = (file: string, filters: readonly string[]): boolean =>
  filters.length === 0 || filters.some((filter) => file.includes(path.posix.normalize(filter)));
