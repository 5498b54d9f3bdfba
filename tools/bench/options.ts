// What a bench was asked for on its command line: every bench declares its options here and nowhere else, so that a mistake is one
// line and the usage, and `--help` is true. Nothing is started before the options are right.
import { parseArgs } from 'node:util';

type Told = { readonly means: string };
export type BenchOption = Told &
  (
    | { readonly kind: 'number'; readonly default: number }
    | { readonly kind: 'text'; readonly default?: string }
    | { readonly kind: 'choice'; readonly of: readonly string[]; readonly default: string }
    | { readonly kind: 'flag' }
  );
export type BenchOptions = Readonly<Record<string, BenchOption>>;

type Value<O extends BenchOption> = O extends { kind: 'number' }
  ? number
  : O extends { kind: 'flag' }
    ? boolean
    : O extends { kind: 'choice'; of: readonly (infer C)[] }
      ? C
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
  if (given === undefined) return option.default;
  if (option.kind === 'choice' && !option.of.includes(String(given)))
    throw new BadBenchUsage(`--${name} is '${given}'; ${option.of.join(', ')} are accepted`);
  if (option.kind !== 'number') return given;
  const number = given === '' ? NaN : Number(given);
  if (!Number.isFinite(number) || number < 0)
    throw new BadBenchUsage(`--${name} is '${given}'; a number is accepted, for instance ${option.default}`);
  return number;
}

function usageOf({ command, options }: BenchUsage<BenchOptions>): string {
  const lines = Object.entries(options).map(([name, option]) => [written(name, option), explained(option)] as const);
  const width = Math.max(...lines.map(([left]) => left.length), '--help'.length);
  return [`${command} -- [options]`, '', ...lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join(
    '\n',
  );
}
const written = (name: string, option: BenchOption): string => {
  if (option.kind === 'flag') return `--${name}`;
  if (option.kind === 'choice') return `--${name} ${option.of.join('|')}`;
  return `--${name} ${option.kind === 'number' ? 'N' : 'TEXT'}`;
};
const explained = (option: BenchOption): string =>
  option.kind === 'flag' || option.default === undefined || option.default === ''
    ? option.means
    : `${option.means} (default ${option.default})`;
