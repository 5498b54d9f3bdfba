// Prints what lies under the response key in the form that was asked for. Pure: text in, text out.
// Invariant: forms for programs (json, jsonl, csv, yaml) hold every value whole; only a terminal's table is cut to its width.
import type { Answer } from '../sdk/transport.ts';

type Row = Readonly<Record<string, unknown>>;
export interface Rendering {
  text: string;
  note?: string;
}
export interface Wish {
  format: string;
  /** Fields to keep, in this order. Empty: all. */
  filter: readonly string[];
  /** Undefined: not for a terminal. */
  columns?: number | undefined;
}

export async function render(answer: Answer, wish: Wish): Promise<Rendering> {
  const filtered = filterAnswer(answer, wish.filter);
  const rows = rowsOf(filtered);
  switch (wish.format) {
    case 'table':
      return renderTable(rows, wish);
    case 'column':
      return { text: renderColumns(rows, wish) };
    case 'csv':
      return { text: renderCsv(rows, wish) };
    case 'text':
      return { text: renderText(filtered) };
    case 'jsonl':
      return { text: rows.map((row) => `${JSON.stringify(row)}\n`).join('') };
    case 'yaml':
      return { text: renderYaml(filtered) };
    default:
      return { text: `${JSON.stringify(filtered, null, 2)}\n` };
  }
}

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);
const isRows = (value: unknown): value is readonly Row[] => Array.isArray(value) && value.every(isRow);

function filterAnswer(answer: Answer, filter: readonly string[]): Answer {
  if (filter.length === 0) return answer;
  const keep = (row: Row): Row =>
    Object.fromEntries(filter.filter((field) => row[field] !== undefined).map((field) => [field, row[field]]));
  const inside = Object.entries(answer).filter(([, value]) => isRow(value) || isRows(value));
  if (inside.length === 0) return keep(answer);
  return {
    ...answer,
    ...Object.fromEntries(inside.map(([key, value]) => [key, isRows(value) ? value.map(keep) : keep(value as Row)])),
  };
}

/** The things an answer is about: those of its list, its one object, or itself. */
export function rowsOf(answer: Answer): readonly Row[] {
  const values = Object.entries(answer)
    .filter(([key]) => key !== 'count')
    .map(([, value]) => value);
  const [first] = values;
  if (values.length === 0) return [];
  if (values.length > 1) return [answer];
  return isRows(first) ? first : isRow(first) ? [first] : [answer];
}

const whole = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? '').replace(/^""$/, '');
const cell = (value: unknown): string => whole(value).replace(/\s*[\r\n\t]+\s*/g, ' ');
const fieldsOf = (rows: readonly Row[], filter: readonly string[]): string[] =>
  filter.length ? [...filter] : [...new Set(rows.flatMap((row) => Object.keys(row)))];

function renderCsv(rows: readonly Row[], { filter }: Wish): string {
  const fields = fieldsOf(rows, filter);
  const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.length
    ? [fields, ...rows.map((row) => fields.map((field) => whole(row[field])))]
        .map((line) => `${line.map(quote).join(',')}\n`)
        .join('')
    : '';
}

const RULE = '='.repeat(80);

function renderText(answer: Answer): string {
  const lines = (row: Row): string =>
    Object.entries(row)
      .map(([key, value]) => `${key} = ${cell(value)}\n`)
      .join('');
  const part = ([key, value]: [string, unknown]): string => {
    if (isRows(value)) return `${key}:\n${value.map(lines).join(`${RULE}\n`)}`;
    return isRow(value) ? `${key}:\n${lines(value)}` : lines({ [key]: value });
  };
  return Object.entries(answer).map(part).join('');
}

// ---- for people: what names a thing comes first, and a terminal gets what fits

const leading = ['id', 'name', 'displayname', 'state', 'type', 'ipaddress', 'zonename', 'account', 'created'];

function orderedFields(rows: readonly Row[], { filter, columns }: Wish): string[] {
  const fields = fieldsOf(rows, filter);
  if (filter.length) return fields;
  const first = leading.filter((field) => fields.includes(field));
  const isPlain = (field: string): boolean =>
    rows.some((row) => row[field] !== undefined && typeof row[field] !== 'object');
  return [...first, ...fields.filter((field) => !first.includes(field) && (columns === undefined || isPlain(field)))];
}

const widthOf = (text: string): number => Array.from(text).length;
const naturalWidths = (rows: readonly Row[], fields: readonly string[]): number[] =>
  fields.map((field) => Math.max(widthOf(field), ...rows.map((row) => widthOf(cell(row[field])))));

function renderColumns(rows: readonly Row[], wish: Wish): string {
  const fields = orderedFields(rows, wish);
  const widths = naturalWidths(rows, fields);
  const line = (cells: string[]): string =>
    `${cells
      .map((text, index) => text + ' '.repeat(widths[index]! - widthOf(text)))
      .join('   ')
      .trimEnd()}\n`;
  return rows.length
    ? line(fields.map((field) => field.toUpperCase())) +
        rows.map((row) => line(fields.map((field) => cell(row[field])))).join('')
    : '';
}

const BORDERS = 3; // a blank on either side and a line, per column
const NARROWEST = 8;

async function renderTable(rows: readonly Row[], wish: Wish): Promise<Rendering> {
  if (rows.length === 0) return { text: '' };
  const all = orderedFields(rows, wish);
  const { fields, widths } = fitTo(wish, all, naturalWidths(rows, all));
  const { default: Table } = await import('cli-table3');
  const table = new Table({
    head: fields,
    colWidths: widths.map((width) => width + BORDERS - 1),
    style: { head: [], border: [] },
  });
  table.push(...rows.map((row) => fields.map((field) => cell(row[field]))));
  const left = all.length - fields.length;
  return {
    text: `${table.toString()}\n`,
    ...(left
      ? { note: `${left} more fields do not fit; filter=${fields.slice(0, 2).join(',')},… chooses, -o json shows all` }
      : {}),
  };
}

function fitTo({ columns, filter }: Wish, fields: string[], natural: number[]): { fields: string[]; widths: number[] } {
  if (columns === undefined) return { fields, widths: natural };
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, width) => sum + width + BORDERS, 1);
  while (!filter.length && widths.length > 2 && total() > columns) widths.pop();
  while (total() > columns && Math.max(...widths) > NARROWEST) widths[widths.indexOf(Math.max(...widths))]! -= 1;
  return { fields: fields.slice(0, widths.length), widths };
}

// ---- YAML: plain where it cannot be read as something else, else in JSON's quotes, which YAML reads too

const PLAIN = /^[A-Za-z][\w./@-]*( [\w./@-]+)*$/;
const WORDS = /^(true|false|null|yes|no|on|off|y|n)$/i;

function renderYaml(value: unknown, indent = ''): string {
  if (isRow(value) && Object.keys(value).length) {
    return Object.entries(value)
      .map(([key, held]) => `${indent}${scalarYaml(key)}:${nestedYaml(held, indent)}`)
      .join('');
  }
  if (Array.isArray(value) && value.length) {
    return value
      .map(
        (held) =>
          `${indent}- ${renderYaml(held, `${indent}  `).slice(typeof held === 'object' && held !== null ? indent.length + 2 : 0)}`,
      )
      .join('');
  }
  return `${scalarYaml(value)}\n`;
}

function nestedYaml(held: unknown, indent: string): string {
  const isFull = typeof held === 'object' && held !== null && Object.keys(held).length > 0;
  return isFull ? `\n${renderYaml(held, `${indent}  `)}` : ` ${scalarYaml(held)}\n`;
}

const scalarYaml = (value: unknown): string =>
  typeof value === 'string' && PLAIN.test(value) && !WORDS.test(value) ? value : JSON.stringify(value);
