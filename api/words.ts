// What each parameter and response field is, in words: for listApis, the documentation and the command line.
// A definition may carry its own summary; where it does not, the glossary has one for the name. Nothing is left without.
import type { Command, Field, Response } from './define.ts';
import { wireName } from './define.ts';
import { shared } from './words/shared.data.ts';
import { fields } from './words/fields.data.ts';
import { filters } from './words/filters.data.ts';
import { params } from './words/params.data.ts';
import { serverFields } from './words/servers.data.ts';
import { resources, things } from './words/things.data.ts';

/** What a parameter is for. `key` as the definition has it. */
export function describe(command: Command, key: string): string {
  const param = command.params[key];
  if (!param) throw new Error(`${command.name} has no parameter ${key}`);
  return param.summary ?? describeParam(command.name, wireName(key, param)) ?? fallback(key);
}

/** What a response field tells. */
export function describeField(of: Response, name: string): string {
  const field: Field | undefined = of.fields[name];
  if (!field) throw new Error(`${of.objectName} has no field ${name}`);
  return field.summary ?? fieldWords(of.objectName.toLowerCase(), name.toLowerCase()) ?? fallback(name);
}

/** The glossary's words for a parameter, or undefined where it has none. */
export function describeParam(commandName: string, wire: string): string | undefined {
  const noun = nounOf(commandName);
  const own = params[`${commandName}.${wire}`];
  const text =
    own ??
    (READS.test(commandName) ? (filters[wire] ?? idFilter(wire)) : (params[wire] ?? shared[wire] ?? idWords(wire)));
  return text && filled(text, noun);
}

/** The glossary's words for a field, or undefined where it has none. */
export function fieldWords(objectName: string, name: string): string | undefined {
  const text =
    fields[`${objectName}.${name}`] ??
    fields[name] ??
    serverFields[name] ??
    shared[name] ??
    idWords(name) ??
    amountWords(name);
  return text && filled(text, objectNouns[objectName] ?? objectName);
}

const READS = /^(?:get|list|query|find)/;
const VERBS =
  /^(?:create|list|update|delete|add|remove|enable|disable|get|register|reset|start|stop|reboot|destroy|recover|expunge|restore|scale|migrate|deploy|attach|detach|resize|associate|disassociate|reserve|release|restart|prepare|cancel|reconnect|find|query|issue|copy|archive|generate|move|lock|import|markDefault|is)/;

/** What a command is about, in the field's words: createNetworkOffering → network offering. */
function nounOf(commandName: string): string {
  const bare = commandName.replace(VERBS, '').replace(/Metrics$/, '');
  const words = bare.replace(/VirtualMachines?|VM(?=$|[A-Z])/g, 'Instance').split(/(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])/);
  const phrase = words
    .map((word) => (/^[A-Z]{2,}/.test(word) ? word : word.toLowerCase()))
    .join(' ')
    .trim();
  return NOUNS[phrase] ?? singular(phrase);
}

const NOUNS: Readonly<Record<string, string>> = {
  iso: 'ISO',
  isos: 'ISO',
  'ip address': 'address',
  'public ip addresses': 'address',
  capacity: 'capacity',
  'os types': 'operating system',
  'os categories': 'category',
  '': 'caller',
  infrastructure: 'infrastructure',
  apis: 'command',
  'vlan ip range': 'range',
  'vlan ip ranges': 'range',
  'management network ip range': 'range',
  'pod management network ip range': 'range',
  'storage network ip range': 'range',
  'system vms': 'system VM',
  'resource detail': 'resource',
  'resource details': 'resource',
  'template permissions': 'template',
  'ip to nic': 'network card',
  'ip from nic': 'address',
  'async job result': 'job',
  'async jobs': 'job',
  'ip forwarding rule': 'rule',
  'ip forwarding rules': 'rule',
  'nic to instance': 'network card',
  'nic from instance': 'network card',
};

const objectNouns: Readonly<Record<string, string>> = {
  virtualmachine: 'instance',
  publicipaddress: 'address',
  ipaddress: 'address',
  serviceoffering: 'service offering',
  diskoffering: 'disk offering',
  networkoffering: 'network offering',
  storagepool: 'storage pool',
  imagestore: 'image store',
  physicalnetwork: 'physical network',
  networkserviceprovider: 'service provider',
  traffictype: 'traffic type',
  firewallrule: 'rule',
  portforwardingrule: 'rule',
  ipforwardingrule: 'rule',
  ingressrule: 'rule',
  affinitygroup: 'affinity group',
  securitygroup: 'security group',
  instancegroup: 'instance group',
  sshkeypair: 'SSH key pair',
  keypair: 'SSH key pair',
  userdata: 'stored user data',
  vlaniprange: 'range',
  vlan: 'range',
  storagenetworkiprange: 'range',
  systemvm: 'system VM',
  userapikey: 'key pair',
  userkeys: 'key pair',
  rolepermission: 'rule',
  keypermission: 'rule',
  resourcelimit: 'limit',
  resourcecount: 'count',
  managementserver: 'management server',
  asyncjobs: 'job',
  jobstep: 'step',
  nicsecondaryip: 'secondary address',
  nic: 'network card',
  configuration: 'setting',
  configurationgroup: 'group of settings',
  consolesession: 'console session',
  ostype: 'operating system',
  oscategory: 'category of operating systems',
  guestvlan: 'VLAN',
  hosttag: 'host tag',
  storagetag: 'storage tag',
  api: 'command',
};

const singular = (phrase: string): string => phrase.replace(/ies$/, 'y').replace(/(?<=[^s])s$/, '');
const plural = (phrase: string): string =>
  /[^aeiou]y$/.test(phrase) ? phrase.replace(/y$/, 'ies') : phrase.endsWith('s') ? `${phrase}es` : `${phrase}s`;
const filled = (text: string, noun: string): string =>
  text.replaceAll('{noun}', noun).replaceAll('{nouns}', plural(noun));

const ID = /^(.+?)(ids?|names?)$/;

function idWords(name: string): string | undefined {
  const [, stem = '', kind = ''] = ID.exec(name) ?? [];
  const thing = things[stem];
  if (thing === undefined) return undefined;
  const what = kind.startsWith('id') ? 'id' : 'name';
  return kind.endsWith('s') ? `${what}s of the ${plural(thing)}, parted by commas` : `${what} of the ${thing}`;
}

function idFilter(name: string): string | undefined {
  const thing = things[ID.exec(name)?.[1] ?? ''];
  return thing && `only those of this ${thing}`;
}

function amountWords(name: string): string | undefined {
  const [, stem = '', kind = ''] = /^(.+)(limit|available|total)$/.exec(name) ?? [];
  const what = resources[stem];
  if (what === undefined) return undefined;
  return {
    limit: `most ${what} it may have`,
    available: `${what} left of the limit`,
    total: `${what} in use, or there`,
  }[kind];
}

/** The name taken apart: better than nothing, and words.test.ts tells where it came to that. */
const fallback = (key: string): string => key.replace(/(?<=[a-z])(?=[A-Z])/g, ' ').toLowerCase();
