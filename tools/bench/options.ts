// What a bench was asked for on its command line: every bench declares its options here and nowhere else, so that a mistake is one
// line and the usage, and `--help` is true. Nothing is started before the options are right.
import { parseArgs } from 'node:util';

type Told = { readonly means: string };
export type BenchOption = Told &
  (
    | { readonly kind: 'number'; readonly default: number }
    | { readonly kind: 'text'; readonly default?: string }
    | { readonly kind: 'choice'; readonly of: readonly string[]; readonly default: string }
    | { readonly kind: 'some'; readonly of: readonly string[]; readonly default: '' }
    | { readonly kind: 'numbers'; readonly from: number; readonly to: number; readonly default: string }
    | { readonly kind: 'flag' }
  );
export type BenchOptions = Readonly<Record<string, BenchOption>>;

type Value<O extends BenchOption> = O extends { kind: 'number' }
  ? number
  : O extends { kind: 'flag' }
    ? boolean
    : O extends { kind: 'choice'; of: readonly (infer C)[] }
      ? C
      : O extends { kind: 'some'; of: readonly (infer C)[] }
        ? readonly C[]
        : O extends { kind: 'numbers' }
          ? readonly number[]
          : O extends { default: string }
            ? string
            : string | undefined;
export type BenchValues<O extends BenchOptions> = { readonly [K in keyof O]: Value<O[K]> };

export class BadBenchUsage extends Error {}

export interface BenchUsage<O extends BenchOptions> {
  /** As it is typed: `npm run bench:jobs`. */
  readonly command: string;
  readonly options: O;
}

/** The values, or what there is to say instead of measuring, and with which exit code. */
export function readBenchOptions<const O extends BenchOptions>(
  { command, options }: BenchUsage<O>,
  argv: readonly string[],
): { values: BenchValues<O> } | { say: string; exit: number } {
  const usage = usageOf({ command, options });
  try {
    const given = parse(options, argv);
    if (given['help']) return { say: usage, exit: 0 };
    const values = Object.entries(options).map(([name, option]) => [name, valueOf(name, option, given[name])]);
    return { values: Object.fromEntries(values) as BenchValues<O> };
  } catch (error) {
    if (!(error instanceof BadBenchUsage)) throw error;
    return { say: `${error.message}\n\n${usage}`, exit: 2 };
  }
}

/** For a bench's first line: ends the process where there is nothing to measure. */
export function benchOptions<const O extends BenchOptions>(usage: BenchUsage<O>): BenchValues<O> {
  const read = readBenchOptions(usage, process.argv.slice(2));
  if ('values' in read) return read.values;
  (read.exit === 0 ? process.stdout : process.stderr).write(`${read.say}\n`);
  process.exit(read.exit);
}

type Given = Readonly<Record<string, string | boolean | undefined>>;

function parse(options: BenchOptions, argv: readonly string[]): Given {
  const declared = Object.entries(options).map(
    ([name, { kind }]) => [name, { type: kind === 'flag' ? 'boolean' : 'string' }] as const,
  );
  try {
    return parseArgs({
      args: [...argv],
      options: { ...Object.fromEntries(declared), help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (error) {
    throw new BadBenchUsage((error as Error).message.split('. ')[0]);
  }
}

function valueOf(name: string, option: BenchOption, given: string | boolean | undefined): unknown {
  if (option.kind === 'flag') return given === true;
  if (option.kind === 'some' || option.kind === 'numbers')
    return partsOf(name, option, String(given ?? option.default));
  if (given === undefined) return option.default;
  if (option.kind === 'choice' && !option.of.includes(String(given)))
    throw new BadBenchUsage(`--${name} is '${given}'; ${option.of.join(', ')} are accepted`);
  if (option.kind !== 'number') return given;
  const number = given === '' ? NaN : Number(given);
  if (!Number.isFinite(number) || number < 0)
    throw new BadBenchUsage(`--${name} is '${given}'; a number is accepted, for instance ${option.default}`);
  return number;
}

/** Several with commas between them. */
function partsOf(
  name: string,
  option: Extract<BenchOption, { kind: 'some' | 'numbers' }>,
  given: string,
): readonly unknown[] {
  const parts = given === '' && option.kind === 'some' ? [] : given.split(',');
  if (option.kind === 'some') {
    if (parts.every((part) => option.of.includes(part))) return parts;
    throw new BadBenchUsage(
      `--${name} is '${given}'; of ${option.of.join(', ')} are accepted, with commas between them`,
    );
  }
  const numbers = parts.map((part) => (part === '' ? NaN : Number(part)));
  if (numbers.every((number) => Number.isInteger(number) && number >= option.from && number <= option.to))
    return numbers;
  throw new BadBenchUsage(
    `--${name} is '${given}'; numbers from ${option.from} to ${option.to} are accepted, with commas between them`,
  );
}

/** What is longer pushes its own explanation aside, not that of all. */
const WIDEST = 32;

function usageOf({ command, options }: BenchUsage<BenchOptions>): string {
  const lines = Object.entries(options).map(([name, option]) => [written(name, option), explained(option)] as const);
  const width = Math.min(Math.max(...lines.map(([left]) => left.length), '--help'.length), WIDEST);
  return [`${command} -- [options]`, '', ...lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join(
    '\n',
  );
}
const written = (name: string, option: BenchOption): string => {
  if (option.kind === 'flag') return `--${name}`;
  if (option.kind === 'choice') return `--${name} ${option.of.join('|')}`;
  if (option.kind === 'some') return `--${name} ${option.of.join(',')}`;
  if (option.kind === 'numbers') return `--${name} N,N`;
  return `--${name} ${option.kind === 'number' ? 'N' : 'TEXT'}`;
};
const explained = (option: BenchOption): string =>
  option.kind === 'flag' || option.default === undefined || option.default === ''
    ? option.means
    : `${option.means} (default ${option.default})`;
