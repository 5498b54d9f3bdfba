// Reads one source file into what the structure rules look at: imports, exports, functions, its first comment.
// Not a rule: it judges nothing. Types count like values here: a room that imports a type of another room knows it.
import { parseSync, type Program } from 'oxc-parser';

export type Import = { request: string; names: readonly string[]; line: number };
export type Fn = { name: string; line: number; lines: number };
export type Shell = { line: number; what: string };

export type Source = {
  path: string;
  lines: number;
  startsWithComment: boolean;
  imports: readonly Import[];
  onlyReexports: boolean;
  defaultExportLine: number | undefined;
  functions: readonly Fn[];
  shells: readonly Shell[];
};

type Node = { type: string; start: number; end: number } & Record<string, unknown>;

/** Throws when `text` does not parse. */
export function readSource(path: string, text: string): Source {
  const { program, module, comments, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  const lineOf = lineFinder(text);
  const code = program.body[0]?.start ?? text.length;
  const found = walk(program, lineOf);
  const defaultExport = module.staticExports
    .flatMap((item) => item.entries)
    .find((entry) => entry.exportName.kind === 'Default' || entry.exportName.name === 'default');
  return {
    path,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    startsWithComment: (comments[0]?.start ?? code) < code,
    imports: [...staticImports(module, lineOf), ...found.imports],
    onlyReexports: isOnlyReexports(program),
    defaultExportLine: defaultExport && lineOf(defaultExport.start),
    functions: found.functions,
    shells: found.shells,
  };
}

type Module = ReturnType<typeof parseSync>['module'];
type LineOf = (offset: number) => number;

function staticImports(module: Module, lineOf: LineOf): Import[] {
  const imports = module.staticImports.map((item) => ({
    request: item.moduleRequest.value,
    names: item.entries.map((entry) => entry.importName.name ?? '*'),
    line: lineOf(item.start),
  }));
  const reexports = module.staticExports.flatMap((item) =>
    item.entries
      .filter((entry) => entry.moduleRequest)
      .map((entry) => ({
        request: entry.moduleRequest!.value,
        names: [entry.importName.name ?? '*'],
        line: lineOf(item.start),
      })),
  );
  return [...imports, ...reexports];
}

function isOnlyReexports(program: Program): boolean {
  const body = program.body as unknown as Node[];
  return (
    body.length > 0 &&
    body.every(
      (node) => node.type === 'ExportAllDeclaration' || (node.type === 'ExportNamedDeclaration' && node.source),
    )
  );
}

type Found = { imports: Import[]; functions: Fn[]; shells: Shell[] };

function walk(program: Program, lineOf: LineOf): Found {
  const found: Found = { imports: [], functions: [], shells: [] };
  const visit = (node: Node, name: string) => {
    const line = lineOf(node.start);
    const request = dynamicRequest(node);
    if (request !== undefined) found.imports.push({ request, names: ['*'], line });
    if (isFunction(node) && node.body && name !== SUITE) {
      found.functions.push({ name: nameOf(node) ?? name, line, lines: lineOf(node.end) - line + 1 });
    }
    const shell = shellIn(node);
    if (shell) found.shells.push({ line, what: shell });
    const inner = nameFor(node) ?? (isFunction(node) ? 'a function in ' + (nameOf(node) ?? name) : name);
    for (const child of childrenOf(node)) visit(child, inner);
  };
  visit(program as unknown as Node, 'the file');
  return found;
}

const isFunction = (node: Node): boolean =>
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);

/** The callback of a test suite is a list, not a function. */
const SUITE = 'a suite';

function nameOf(node: Node): string | undefined {
  return (node.id as { name?: string } | null | undefined)?.name;
}

/** What a function directly below `node` is called. */
function nameFor(node: Node): string | undefined {
  const key = node.key as { name?: string; value?: unknown } | undefined;
  if (node.type === 'VariableDeclarator') return nameOf(node);
  if (node.type === 'Property' || node.type === 'MethodDefinition') return key?.name ?? String(key?.value);
  if (node.type !== 'CallExpression') return undefined;
  const callee = (node.callee as { name?: string }).name;
  if (callee === 'describe' || callee === 'suite') return SUITE;
  const first = literal((node.arguments as Node[])[0]);
  return callee && first !== undefined ? `${callee}('${first}')` : undefined;
}

function* childrenOf(node: Node): Generator<Node> {
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof item === 'object' && item !== null && typeof (item as Node).type === 'string') yield item as Node;
    }
  }
}

function dynamicRequest(node: Node): string | undefined {
  if (node.type === 'ImportExpression' || node.type === 'TSImportType') return literal(node.source as Node);
  return undefined;
}

/** A way to start a shell. Names imported from node:child_process are another rule's matter. */
function shellIn(node: Node): string | undefined {
  if (node.type === 'Property') {
    const { key, value } = node as unknown as { key: { name?: string }; value: Node };
    return key.name === 'shell' && (literal(value) !== undefined || value.value === true)
      ? 'the option shell'
      : undefined;
  }
  if (node.type !== 'CallExpression') return undefined;
  const [program, args] = node.arguments as Node[];
  const first = args?.type === 'ArrayExpression' ? literal((args.elements as Node[])[0]) : undefined;
  if (!/^(\/bin\/|\/usr\/bin\/)?(ba|da)?sh$/.test(literal(program) ?? '') || !/^-\w*c$/.test(first ?? ''))
    return undefined;
  return `${literal(program)} ${first}`;
}

function literal(node: Node | null | undefined): string | undefined {
  return node?.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
}

function lineFinder(text: string): LineOf {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    for (let high = starts.length - 1; low < high;) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}
