// The names that listApis, the documentation and the contract tests have for the kinds of parameters and fields.
import type { Kind, Param } from '#base/param.ts';
import type { Field, FieldType } from './define.ts';

const kinds: Readonly<Record<Kind, string>> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'integer',
  long: 'long',
  double: 'double',
  date: 'date',
  uuid: 'uuid',
  map: 'map',
  strings: 'list',
  integers: 'list',
  uuids: 'list',
};

const fields: Readonly<Record<FieldType, string>> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'integer',
  long: 'long',
  double: 'double',
  date: 'date',
  map: 'map',
  object: 'object',
  strings: 'list',
  numbers: 'list',
  maps: 'list',
  objects: 'list',
};

/** Type of a parameter as listApis prints it. */
export const paramType = (param: Param): string => param.apiType ?? kinds[param.kind];

/** Type of a response field as listApis prints it. */
export const fieldType = (field: Field): string => field.apiType ?? fields[field.type];
