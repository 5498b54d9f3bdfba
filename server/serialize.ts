// Answers on the wire: JSON and XML as CloudStack's clients read them. Which fields an object has, in which order and for
// whom, comes from the response's definition; what a view leaves null is left out.
import type { Field, Response, RoleType } from '#api/define.ts';
import type { ApiError } from '#api/errors.ts';
import { maskedText } from '#api/errors.ts';
import type { Written } from '#cloud/context.ts';

export const VERSION = '4.23.0.0';
type Plain = Record<string, unknown>;
type Project = (value: Plain) => Plain;

const projectors = new Map<string, WeakMap<Response, Project>>();

/** Cuts an object to what its definition shows to this kind of user, dates written. Compiled once per definition. */
export function projector(definition: Response, role: RoleType): Project {
  const ofRole = projectors.get(role) ?? new WeakMap<Response, Project>();
  projectors.set(role, ofRole);
  const known = ofRole.get(definition);
  if (known) return known;
  const visible = Object.entries(definition.fields).filter(
    ([, field]) => (!field.roles || field.roles.includes(role)) && (!field.fullView || role === 'Admin'),
  );
  const writers = visible.map(([name, field]) => ({ name, write: writerOf(field, role) }));
  const project: Project = (value) => {
    const out: Plain = {};
    for (const { name, write } of writers) {
      const found = value[name];
      if (found !== null && found !== undefined) out[name] = write ? write(found) : found;
    }
    return out;
  };
  ofRole.set(definition, project);
  return project;
}

function writerOf(field: Field, role: RoleType): ((value: unknown) => unknown) | undefined {
  if (field.type === 'date') return (value) => formatDate(value as Date | string);
  if (field.type === 'object') return (value) => projector(field.of!(), role)(value as Plain);
  if (field.type === 'objects') return (value) => (value as Plain[]).map(projector(field.of!(), role));
  return undefined;
}

/** `2024-01-02T03:04:05+0000`. A date that went through a job is text already. */
export function formatDate(value: Date | string): string {
  const date = typeof value === 'string' ? new Date(value) : value;
  return `${date.toISOString().slice(0, 19)}+0000`;
}

export interface Format {
  readonly xml: boolean;
  readonly authenticated: boolean;
  readonly jsonType?: string;
  /** URL-encodes every text. */
  readonly encode?: boolean;
  /** In the root of an XML answer. */
  readonly tellVersion?: boolean;
}
export interface Body {
  readonly text: string;
  /** The text in pieces, where much of it is bytes already. */
  readonly chunks?: readonly (string | Uint8Array)[];
  readonly contentType: string;
}

/** A long list is never made one text unless somebody asks for it. */
class ListBody implements Body {
  readonly chunks: readonly (string | Uint8Array)[];
  readonly contentType: string;
  constructor(chunks: ListBody['chunks'], contentType: string) {
    this.chunks = chunks;
    this.contentType = contentType;
  }
  get text(): string {
    return this.chunks.map((chunk) => (typeof chunk === 'string' ? chunk : textOf(chunk))).join('');
  }
}
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();

const JSON_TYPE = 'application/json; charset=UTF-8';
const XML_TYPE = 'text/xml; charset=UTF-8';

type Objects = Pick<Written<never>, 'length' | 'json'>;

/** A list whose objects are written already. */
export class WrittenList {
  readonly objectName: string;
  readonly written: Objects;
  readonly count: number;
  constructor(objectName: string, { written, count }: { written: Objects; count: number }) {
    this.objectName = objectName;
    this.written = written;
    this.count = count;
  }
}

export function writeBody(key: string, given: Plain | WrittenList, format: Format): Body {
  if (given instanceof WrittenList) {
    const { written, count, objectName } = given;
    if (format.xml || format.encode || written.length === 0) return writeBody(key, plainList(given), format);
    return new ListBody(
      [`{"${key}":{"count":${count},"${objectName}":[`, written.json, ']}}'],
      format.jsonType || JSON_TYPE,
    );
  }
  const content = format.encode ? (encoded(given) as Plain) : given;
  if (!format.xml) return { text: JSON.stringify({ [key]: content }), contentType: format.jsonType || JSON_TYPE };
  const version = format.authenticated && (format.tellVersion ?? true) ? ` cloud-stack-version="${VERSION}"` : '';
  return {
    text: `<?xml version="1.0" encoding="UTF-8"?><${key}${version}>${xmlFields(content)}</${key}>`,
    contentType: XML_TYPE,
  };
}

function encoded(value: unknown): unknown {
  if (typeof value === 'string') return encodeURIComponent(value);
  if (Array.isArray(value)) return value.map(encoded);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, encoded(inner)]));
}

function xmlFields(content: Plain): string {
  return Object.entries(content)
    .map(([name, value]) => xmlField(name, value))
    .join('');
}
function xmlField(name: string, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map((item) => xmlField(name, item)).join('');
  if (typeof value === 'object') return `<${name}>${xmlFields(value as Plain)}</${name}>`;
  return `<${name}>${escapeXml(typeof value === 'string' ? value : JSON.stringify(value))}</${name}>`;
}
const XML_ESCAPES: Record<string, string> = { '"': '&quot;', "'": '&apos;', '<': '&lt;', '>': '&gt;', '&': '&amp;' };
const escapeXml = (text: string): string => text.replace(/["'<>&]/g, (character) => XML_ESCAPES[character]!);

/** `{count, name: […]}`; an empty list is empty, without count. */
export const listContent = (objectName: string, { items, count }: { items: readonly Plain[]; count: number }): Plain =>
  count === 0 ? {} : items.length === 0 ? { count } : { count, [objectName]: items };

const plainList = ({ objectName, written, count }: WrittenList): Plain =>
  listContent(objectName, { items: JSON.parse(`[${textOf(written.json)}]`) as Plain[], count });

/** The text a caller may read of an error. */
export const errorText = (error: ApiError, isRoot: boolean): string =>
  error.masked && !isRoot ? maskedText : error.message;

export function errorContent(error: ApiError, { xml, isRoot }: { xml: boolean; isRoot: boolean }): Plain {
  const uuids = error.uuids.map(({ uuid, description }) =>
    xml ? { uuid, uuidProperty: description } : { uuid, description },
  );
  return {
    ...(xml && uuids.length === 0 ? {} : { uuidList: uuids }),
    errorcode: error.status,
    ...(error.csErrorCode === undefined ? {} : { cserrorcode: error.csErrorCode }),
    errortext: errorText(error, isRoot),
  };
}
