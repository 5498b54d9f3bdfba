// Reads the facts the contract tests compare our promises with: what CloudStack's commands and responses are, and which
// types the Go SDK decodes them into. The facts are data beside this file; a fact is one short text, taken apart here.
import { readFileSync } from 'node:fs';

export interface ParamFact {
  name: string;
  type: string;
  required: boolean;
  maxLength?: number;
  roles?: string;
  access?: string;
  since?: string;
}
export interface FieldFact {
  name: string;
  type: string;
  list: boolean;
  holds?: string;
  apiType?: string;
  roles?: string;
  since?: string;
}

export interface CommandFact {
  area: string;
  mode: 'sync' | 'list' | 'async' | 'async-create';
  shape: string;
  response: string;
  key: string;
  errorKey?: string;
  object?: string;
  roles: string;
  http: 'GET' | 'POST';
  paged?: boolean;
  since?: string;
  event?: string | string[];
  resource?: string;
  class?: string;
  params: string[];
}

export interface GoCommand {
  http: string;
  async: boolean;
  params: string[];
  returns?: string;
}
export interface GoContract {
  commands: Record<string, GoCommand>;
  types: Record<string, string[]>;
}

/** One fact a line: `[name, fact]`. */
function read<T>(name: string): Record<string, T> {
  const lines = readFileSync(new URL(`./data/${name}.jsonl`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n');
  return Object.fromEntries(lines.map((line) => JSON.parse(line) as [string, T]));
}

export const commandFacts = read<CommandFact>('commands');
export const responseFacts = read<string[]>('responses');
export const goContract: GoContract = { commands: read<GoCommand>('go-commands'), types: read<string[]>('go-types') };

/** `id:uuid ! &operate @4.2`: name and type, then marks. */
export function paramFact(text: string): ParamFact {
  const [head = '', ...marks] = text.split(' ');
  const [name = '', type = ''] = head.split(/:(.*)/);
  const mark = (sign: string): string | undefined => marks.find((each) => each.startsWith(sign))?.slice(1);
  const length = mark('~');
  return {
    name: name.toLowerCase(),
    type,
    required: mark('!') !== undefined,
    ...(length === undefined ? {} : { maxLength: Number(length) }),
    ...optional({ roles: mark('#'), access: mark('&'), since: mark('@') }),
  };
}

/** `nic:object[] >NicResponse =set @4.2`: name and type, what it holds, what listApis calls it. */
export function fieldFact(text: string): FieldFact {
  const [head = '', ...marks] = text.split(' ');
  const [name = '', type = ''] = head.split(/:(.*)/);
  const mark = (sign: string): string | undefined => marks.find((each) => each.startsWith(sign))?.slice(1);
  return {
    name,
    type: type.replace('[]', ''),
    list: type.endsWith('[]'),
    ...optional({ holds: mark('>'), apiType: mark('='), roles: mark('#'), since: mark('@') }),
  };
}

function optional<T extends Record<string, string | undefined>>(values: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string;
  };
}
