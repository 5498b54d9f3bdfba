// The rules of structure: which room may import which, no cycles, no barrels, sizes, names, first comments.
// Pure: it looks at texts in memory. It sees shape only; types are tsc's matter, habits are oxlint's.
import path from 'node:path';
import { cyclesOf } from './cycles.ts';
import type { Finding } from './finding.ts';
import { readSource, type Import, type Source } from './source.ts';

/** The npm packages which a package.json lists; `folder` is relative to the project. */
export type Packages = { folder: string; dependencies: readonly string[]; devDependencies: readonly string[] };

export type Report = { findings: Finding[]; sources: Source[] };

const PRODUCT = ['base', 'api', 'protocol', 'schema', 'kernel', 'cloud', 'drivers'] as const;

/** Arrows point up this table only. A room may always import itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  base: [],
  api: ['base'],
  protocol: ['base'],
  schema: [],
  kernel: ['base', 'schema'],
  cloud: ['base', 'api', 'kernel', 'schema'],
  drivers: ['base', 'api', 'protocol', 'kernel', 'cloud/*/driver.ts'],
  server: PRODUCT,
  agent: ['base', 'protocol'],
  clients: ['base', 'api'],
  test: [...PRODUCT, 'server', 'agent', 'clients', 'tools'],
  tools: [...PRODUCT, 'server', 'agent', 'clients', 'test'],
};

export const ROOMS: readonly string[] = Object.keys(MAY_IMPORT);

const MAX_LINES = 400;
const MAX_TEST_LINES = 600;
const MAX_FUNCTION_LINES = 70;
/** What says nothing about what is inside. `service` may end the name of a thing (network-service), not be all of it. */
const EMPTY_NAMES = /(^|[-.])(utils?|commons?|helpers?|managers?|impl)$|^services?$|\.services?$/;

/** Checks `files` (path relative to the project → text) as a whole. */
export function checkStructure(files: ReadonlyMap<string, string>, packages: readonly Packages[]): Report {
  const findings: Finding[] = [];
  const sources: Source[] = [];
  for (const [file, text] of files) {
    try {
      sources.push(readSource(file, text));
    } catch (error) {
      findings.push({ file, line: 1, rule: 'parse', text: (error as Error).message });
    }
  }
  for (const source of sources) findings.push(...ofFile(source), ...ofImports(source, packages));
  findings.push(...ofCycles(sources));
  return { findings, sources };
}

function* ofFile(source: Source): Generator<Finding> {
  const { path: file, lines } = source;
  const at = (line: number, rule: string, text: string): Finding => ({ file, line, rule, text });
  if (!source.startsWithComment) {
    yield at(1, 'first-comment', 'open with a comment: what it is, what it is not, the invariant it guards');
  }
  const max = isTest(file) ? MAX_TEST_LINES : MAX_LINES;
  if (lines > max && !isData(file)) yield at(max, 'file-length', `${lines} lines, at most ${max}`);
  for (const fn of source.functions) {
    if (fn.lines > MAX_FUNCTION_LINES)
      yield at(fn.line, 'function-length', `${fn.name} has ${fn.lines} lines, at most ${MAX_FUNCTION_LINES}`);
  }
  for (const name of file.split('/').map((part) => part.replace(/(\.test)?\.\w+$/, ''))) {
    if (EMPTY_NAMES.test(name)) yield at(1, 'name', `"${name}" says nothing about what is inside`);
  }
  if (source.onlyReexports) yield at(1, 'barrel', 'only re-exports; import from where things are');
  if (source.defaultExportLine && !file.endsWith('.config.ts'))
    yield at(source.defaultExportLine, 'default-export', 'export by name');
  for (const shell of source.shells) {
    if (isProduct(file))
      yield at(shell.line, 'shell', `${shell.what} starts a shell; spawn the program with an argument vector`);
  }
}

const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file);
const isData = (file: string): boolean =>
  /\.data\.ts$|(^|\/)schema\/rows\.ts$|\.snap(shot)?\.\w+$|(^|\/)snapshot\.\w+$/.test(file);
const roomOf = (file: string): string => file.split('/')[0]!;
const isProduct = (file: string): boolean => !isTest(file) && roomOf(file) !== 'test' && roomOf(file) !== 'tools';

function* ofImports(source: Source, packages: readonly Packages[]): Generator<Finding> {
  for (const item of source.imports) {
    const target = resolve(source.path, item.request);
    const wrong =
      target === undefined
        ? wrongPackage(source.path, item.request, packages)
        : (wrongArrow(source.path, target) ?? wrongInside(source.path, target, item));
    if (wrong) yield { file: source.path, line: item.line, rule: wrong.rule, text: wrong.text };
  }
}

type Wrong = { rule: string; text: string } | undefined;

/** The file in the project which an import means; undefined for a package. */
function resolve(file: string, request: string): string | undefined {
  if (request.startsWith('#')) return path.posix.normalize(request.slice(1));
  if (request.startsWith('.')) return path.posix.normalize(path.posix.join(path.posix.dirname(file), request));
  return undefined;
}

function wrongArrow(file: string, target: string): Wrong {
  const [from, to] = [roomOf(file), roomOf(target)];
  if (from === to || !(from in MAY_IMPORT)) return undefined;
  if (isTest(file) && to === 'test') return undefined; // a test beside the code may use the environments of test/
  if (MAY_IMPORT[from]!.some((allowed) => allowed === to || path.posix.matchesGlob(target, allowed))) return undefined;
  const list = MAY_IMPORT[from]!.join(', ') || 'nothing';
  return { rule: 'arrow', text: `${from}/ must not import ${target}; it may import ${list}` };
}

function wrongInside(file: string, target: string, item: Import): Wrong {
  const [room, noun] = file.split('/');
  const [targetRoom, targetNoun] = target.split('/');
  const isOfNoun = file.split('/').length > 2; // a file directly in cloud/ is of no noun: it puts nouns together
  if (room === 'cloud' && targetRoom === 'cloud' && isOfNoun && noun !== targetNoun && target.endsWith('.store.ts')) {
    return { rule: 'store', text: `${target} belongs to ${targetNoun}; use what its other files offer` };
  }
  const speaksSql =
    /\.store(\.test)?\.ts$/.test(file) ||
    room === 'kernel' ||
    room === 'schema' ||
    file === 'cloud/access.ts' ||
    !isProduct(file);
  if (target === 'kernel/sql.ts' && !speaksSql && item.names.some((name) => name === 'sql' || name === '*')) {
    return { rule: 'sql', text: 'only *.store.ts, kernel/ and schema/ write SQL' };
  }
  return undefined;
}

function wrongPackage(file: string, request: string, packages: readonly Packages[]): Wrong {
  if (request.startsWith('node:') || path.posix.isAbsolute(request)) return undefined;
  const name = request.split('/', request.startsWith('@') ? 2 : 1).join('/');
  const nearest = packages
    .filter((item) => item.folder === '' || file.startsWith(item.folder + '/'))
    .toSorted((a, b) => b.folder.length - a.folder.length)[0];
  const isDev = nearest?.devDependencies.includes(name) ?? false;
  if (!isDev && !nearest?.dependencies.includes(name))
    return { rule: 'package', text: `${name} is not listed in package.json` };
  if (isDev && isProduct(file) && nearest?.folder === '')
    return { rule: 'package', text: `${name} is a development package` };
  if (roomOf(file) === 'base' && !isTest(file) && name !== 'ipaddr.js')
    return { rule: 'package', text: `base/ uses no package but ipaddr.js, not ${name}` };
  return undefined;
}

function* ofCycles(sources: readonly Source[]): Generator<Finding> {
  const known = new Set(sources.map((source) => source.path));
  const graph = new Map(
    sources.map((source) => {
      const targets = source.imports.map((item) => resolve(source.path, item.request));
      return [source.path, targets.filter((target) => target !== undefined && known.has(target)) as string[]];
    }),
  );
  for (const cycle of cyclesOf(graph)) {
    const [file, next] = cycle as [string, string];
    const line = sources
      .find((source) => source.path === file)!
      .imports.find((item) => resolve(file, item.request) === next)!.line;
    yield { file, line, rule: 'cycle', text: [...cycle, file].join(' → ') };
  }
}
