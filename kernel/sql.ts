// SQL as a tagged template: values become parameters, fragments nest, and a statement gets one name for its text so that
// PostgreSQL parses and plans it once per connection. Nothing a caller sends can become SQL: only `raw` puts text in,
// and it takes constants of the code.
const NAMED_LIMIT = 800;

/** A statement or a fragment of one. */
export class Sql {
  readonly strings: readonly string[];
  readonly values: readonly unknown[];
  constructor(strings: readonly string[], values: readonly unknown[]) {
    this.strings = strings;
    this.values = values;
  }

  /** Text with $1… and its values, fragments unfolded. */
  compile(): { text: string; values: unknown[]; name?: string } {
    const values: unknown[] = [];
    const text = write(this, values);
    const name = nameOf(text);
    return name ? { text, values, name } : { text, values };
  }
}

function write(part: Sql, values: unknown[]): string {
  let text = part.strings[0] ?? '';
  part.values.forEach((value, index) => {
    text += value instanceof Sql ? write(value, values) : `$${values.push(value)}`;
    text += part.strings[index + 1] ?? '';
  });
  return text;
}

const names = new Map<string, string>();
/** The same text always has the same name; past the limit statements stay unnamed rather than fill every connection. */
function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known) return known;
  if (names.size >= NAMED_LIMIT) return undefined;
  const name = `q${names.size}`;
  names.set(text, name);
  return name;
}

interface Tag {
  (strings: TemplateStringsArray, ...values: unknown[]): Sql;
  /** A constant of the code: a table, a column, a keyword. Never a value from outside. */
  raw(text: string): Sql;
  join(parts: readonly Sql[], separator?: string): Sql;
  empty: Sql;
  /** `(a, b) values ($1, $2)` for an insert; keys are column names from the code, undefined ones are left out. */
  row(values: Readonly<Record<string, unknown>>): Sql;
  /** `a = $1, b = $2` for an update; undefined ones are left out. */
  set(values: Readonly<Record<string, unknown>>): Sql;
}

const COLUMN = /^[a-z][a-z0-9_]*$/;
const column = (name: string): Sql => {
  if (!COLUMN.test(name)) throw new Error(`not a column name: ${name}`);
  return sql.raw(name);
};
const given = (values: Readonly<Record<string, unknown>>) =>
  Object.entries(values).filter(([, value]) => value !== undefined);

export const sql: Tag = Object.assign(
  (strings: TemplateStringsArray, ...values: unknown[]) => new Sql(strings, values),
  {
    raw: (text: string) => new Sql([text], []),
    join: (parts: readonly Sql[], separator = ', ') =>
      parts.length === 0
        ? new Sql([''], [])
        : new Sql(['', ...Array<string>(parts.length - 1).fill(separator), ''], parts),
    empty: new Sql([''], []),
    row: (values: Readonly<Record<string, unknown>>) => {
      const entries = given(values);
      return new Sql(
        ['(', ') values (', ')'],
        [
          sql.join(entries.map(([name]) => column(name))),
          sql.join(entries.map(([, value]) => new Sql(['', ''], [value]))),
        ],
      );
    },
    set: (values: Readonly<Record<string, unknown>>) =>
      sql.join(given(values).map(([name, value]) => new Sql(['', ' = ', ''], [column(name), value]))),
  },
);
