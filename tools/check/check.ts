// The whole check: types, lint, format, structure, names of one machine. It only looks; `npm run format` is what writes.
import { readTree } from './files.ts';
import { byPlace, type Finding } from './finding.ts';
import { findPrivateNames } from './private-names.ts';
import { lintErrors, typeErrors, unformatted } from './programs.ts';
import { checkStructure } from './structure.ts';
import type { Source } from './source.ts';

export type Checked = {
  findings: Finding[];
  parts: { name: string; ms: number; findings: number }[];
  sources: Source[];
};

/** Everything at once; `below` keeps only the findings in files whose path starts so. */
export async function checkAll(root: string, below: readonly string[] = []): Promise<Checked> {
  let sources: Source[] = [];
  const structure = async () => {
    const { files, packages } = await readTree(root);
    const report = checkStructure(files, packages);
    sources = report.sources;
    return report.findings;
  };
  const parts = await Promise.all([
    timed('types', typeErrors(root)),
    timed('lint', lintErrors(root)),
    timed('format', unformatted(root)),
    timed('structure', structure()),
    timed('private names', findPrivateNames(root, process.env)),
  ]);
  const wanted = ({ file }: Finding) => below.length === 0 || below.some((start) => file.startsWith(start));
  const findings = parts.flatMap((part) => part.found.filter(wanted)).toSorted(byPlace);
  return {
    findings,
    parts: parts.map(({ name, ms, found }) => ({ name, ms, findings: found.filter(wanted).length })),
    sources,
  };
}

async function timed(name: string, work: Promise<Finding[]>) {
  const started = performance.now();
  const found = await work;
  return { name, ms: performance.now() - started, found };
}

/** The longest functions and files, for information; tests and data are not counted. */
export function longest(sources: readonly Source[], count = 5): string[] {
  const own = sources.filter((source) => !/\.test\.|\.data\.|^schema\/rows/.test(source.path));
  const functions = own.flatMap((source) => source.functions.map((fn) => ({ ...fn, path: source.path })));
  const lengths = functions.map((fn) => fn.lines).toSorted((a, b) => a - b);
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0;
  return [
    `functions: ${lengths.length}, median ${median} lines; the longest:`,
    ...top(functions, count).map((fn) => `  ${fn.lines} ${fn.path}:${fn.line} ${fn.name}`),
    `files: ${sources.length}; the longest:`,
    ...top(own, count).map((source) => `  ${source.lines} ${source.path}`),
  ];
}

const top = <T extends { lines: number }>(items: readonly T[], count: number): T[] =>
  items.toSorted((a, b) => b.lines - a.lines).slice(0, count);
