// From what was typed to what is sent, by the definition of a command. Pure.
// Invariant: the client refuses what the server would, with the same words, because both read values with the same function.
import { wireName } from '#api/define.ts';
import type { ParamMap } from '#api/define.ts';
import { isUuid } from '#base/id.ts';
import { BadValue, readValue } from '#base/param.ts';
import type { Param } from '#base/param.ts';
import type { WireParams } from '../api/call.ts';
import type { RoleType } from '../api/session.ts';
import { t } from '../words/t.ts';

/** One entry of a map as it is typed: fields by name, or a free `key` and `value`. */
export type MapRow = Readonly<Record<string, string>>;
/** What has been typed so far. Text for all kinds but maps; lists are separated by commas. */
export type Draft = Readonly<Record<string, string | readonly MapRow[]>>;

export const textOf = (draft: Draft, key: string): string => {
  const value = draft[key];
  return typeof value === 'string' ? value : '';
};
export const rowsOf = (draft: Draft, key: string): readonly MapRow[] => {
  const value = draft[key];
  return Array.isArray(value) ? (value as readonly MapRow[]) : [];
};
export const isSet = (draft: Draft, key: string): boolean => textOf(draft, key) !== '' || rowsOf(draft, key).length > 0;

/** What is wrong with one value, as a sentence without its subject. */
export function problemOf(param: Param, value: string | readonly MapRow[] | undefined): string | undefined {
  const empty = value === undefined || value.length === 0;
  if (empty) return param.required ? t('form.required') : undefined;
  if (typeof value !== 'string') return undefined;
  try {
    readValue(param, value);
  } catch (error) {
    if (error instanceof BadValue) return error.message;
    throw error;
  }
  const isId = param.kind === 'uuid' || param.kind === 'uuids';
  return isId && !value.split(',').every((id) => isUuid(id.trim()) || id.trim() === '-1')
    ? t('form.notUuid')
    : undefined;
}

export function problemsOf(params: ParamMap, draft: Draft): Readonly<Record<string, string>> {
  const problems = Object.entries(params).map(([key, param]) => [key, problemOf(param, draft[key])] as const);
  return Object.fromEntries(problems.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The parameters that a draft sends. */
export function wireOf(params: ParamMap, draft: Draft): WireParams {
  const wire: Record<string, string> = {};
  for (const [key, param] of Object.entries(params)) {
    const value = draft[key];
    const name = wireName(key, param);
    if (Array.isArray(value)) Object.assign(wire, wireOfMap(name, param, value as readonly MapRow[]));
    else if (typeof value === 'string' && value !== '') wire[name] = value;
  }
  return wire;
}

function wireOfMap(name: string, param: Param, rows: readonly MapRow[]): WireParams {
  if (param.mapKeys) {
    return Object.fromEntries(
      rows.flatMap((row, index) =>
        Object.entries(row)
          .filter(([, text]) => text !== '')
          .map(([field, text]) => [`${name}[${index}].${field}`, text]),
      ),
    );
  }
  return Object.fromEntries(rows.filter(({ key }) => key).map(({ key, value = '' }) => [`${name}[0].${key}`, value]));
}

export const secretsOf = (params: ParamMap): readonly string[] =>
  Object.entries(params)
    .filter(([, { secret }]) => secret)
    .map(([key, param]) => wireName(key, param));

/** Parameters that this caller can give. */
export const offered = (params: ParamMap, role: RoleType): ParamMap =>
  Object.fromEntries(
    Object.entries(params).filter(([, { hidden, roles }]) => !hidden && (roles?.includes(role) ?? true)),
  );

const WHOLE: Readonly<Record<string, string>> = {
  Id: 'ID',
  Ip: 'IP',
  Ips: 'IPs',
  Ipv6: 'IPv6',
  Ip6: 'IPv6',
  Ssh: 'SSH',
  Cpu: 'CPU',
  Kms: 'KMS',
  Dns: 'DNS',
  Dns1: 'DNS 1',
  Dns2: 'DNS 2',
  Mac: 'MAC',
  Nic: 'NIC',
  Url: 'URL',
  Os: 'OS',
  Vm: 'VM',
  Ha: 'HA',
  Gpu: 'GPU',
  Vgpu: 'vGPU',
  Iso: 'ISO',
  Vpc: 'VPC',
  Iops: 'IOPS',
  Vlan: 'VLAN',
  Io: 'I/O',
  Vnf: 'VNF',
  Acl: 'ACL',
  Mtu: 'MTU',
  Cidr: 'CIDR',
  Bgp: 'BGP',
  Cks: 'CKS',
  Hvm: 'HVM',
  Asn: 'ASN',
};

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** «Service offering» from serviceOfferingId. */
export function labelOfKey(key: string, { kind }: Param): string {
  const bare = kind === 'uuid' ? key.replace(/Id$/, '') : kind === 'uuids' ? key.replace(/Ids?$/, 's') : key;
  const words = (bare || key)
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(' ')
    .map((word, index) => {
      return WHOLE[capital(word)] ?? (index === 0 ? capital(word) : word.toLowerCase());
    });
  const [first = '', ...rest] = words;
  return [capital(first), ...rest].join(' ');
}
