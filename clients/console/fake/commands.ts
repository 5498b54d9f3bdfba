// FAKE. The commands the pretend cloud understands, in the wire form of the real ones.
import { randomUUID } from 'node:crypto';
import { begin, deploy, works } from './work.ts';
import { OWNER } from './world.ts';
import type { Row, World } from './world.ts';

export type Params = Readonly<Record<string, string>>;
export class Refused extends Error {
  readonly code: number;
  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

type Table = keyof World['tables'];
const lists: Readonly<Record<string, Table>> = {
  listZones: 'zone',
  listTemplates: 'template',
  listServiceOfferings: 'serviceoffering',
  listNetworks: 'network',
  listSSHKeyPairs: 'sshkeypair',
  listVirtualMachines: 'virtualmachine',
  listVolumes: 'volume',
  listEvents: 'event',
};
/** Filters that compare a field of the row. */
const EQUAL = ['id', 'name', 'state', 'zoneid', 'virtualmachineid', 'resourceid', 'templateid', 'serviceofferingid'];

/** What lies under the response key. */
export function answer(world: World, command: string, params: Params): Record<string, unknown> {
  const table = lists[command];
  if (table) return listOf(world, table, params);
  const act = actions[command];
  if (act) return act(world, params, command);
  if (command.startsWith('list')) return {}; // things it has none of
  throw new Refused(432, `The API [${command}] does not exist or is not available for the account`);
}

function listOf(world: World, table: Table, params: Params): Record<string, unknown> {
  const words = params.keyword?.toLowerCase();
  const rows = world.tables[table].filter(
    (row) =>
      EQUAL.every((name) => params[name] === undefined || row[name] === undefined || row[name] === params[name]) &&
      (!words || matches(row, words)),
  );
  const size = Number(params.pagesize ?? 500);
  const from = (Number(params.page ?? 1) - 1) * size;
  const items = rows.slice(from, from + size);
  if (rows.length === 0) return {};
  return items.length === 0 ? { count: rows.length } : { count: rows.length, [table]: items };
}

const matches = (row: Row, words: string): boolean =>
  [row.name, row.displaytext].some((text) =>
    String(text ?? '')
      .toLowerCase()
      .includes(words),
  );

function instanceOf(world: World, id: string | undefined): Row {
  const found = world.tables.virtualmachine.find((row) => row.id === id);
  if (!found)
    throw new Refused(
      431,
      `Invalid parameter id value=${id} due to incorrect long value format, or entity does not exist`,
    );
  return found;
}

function startWork(world: World, params: Params, command: string): Record<string, unknown> {
  const instance = instanceOf(world, params.id);
  const jobid = begin(world, command, instance, params);
  if (!jobid)
    throw new Refused(
      431,
      `Instance ${String(instance.name)} is ${String(instance.state)}; ${command} needs it to be ${works[command]?.from.join(' or ')}`,
    );
  return { jobid };
}

const actions: Readonly<Record<string, (world: World, params: Params, command: string) => Record<string, unknown>>> = {
  ...Object.fromEntries(Object.keys(works).map((command) => [command, startWork])),
  deployVirtualMachine: (world, params) => deploy(world, params),
  recoverVirtualMachine(world, { id }) {
    const instance = instanceOf(world, id);
    if (instance.state !== 'Destroyed')
      throw new Refused(431, `Instance ${String(instance.name)} is ${String(instance.state)}`);
    instance.state = 'Stopped';
    world.change('virtualmachine', instance.id);
    return { virtualmachine: instance };
  },
  queryAsyncJobResult(world, { jobid }) {
    const job = world.jobs.find((one) => one.jobid === jobid);
    if (!job) throw new Refused(431, `There is no job ${jobid}`);
    return { ...job };
  },
  listAsyncJobs(world, { page = '1', pagesize = '500' }) {
    const items = world.jobs.toReversed().slice((Number(page) - 1) * Number(pagesize), Number(page) * Number(pagesize));
    return world.jobs.length === 0 ? {} : { count: world.jobs.length, asyncjobs: items };
  },
  listPortForwardingRules: (world) => {
    const first = world.tables.virtualmachine.find(({ name }) => name === 'web-1');
    return first
      ? { count: 1, portforwardingrule: [{ id: randomUUID(), virtualmachineid: first.id, publicport: '80' }] }
      : {};
  },
  listCapabilities: () => ({ capability: { cloudstackversion: '4.23.0.0', allowuserexpungerecovervm: true } }),
  registerSSHKeyPair(world, { name, publickey }) {
    if (!publickey?.startsWith('ssh-'))
      throw new Refused(431, 'The public key is none that is understood; accepted: ssh-rsa, ssh-ed25519');
    const key = { id: randomUUID(), name, fingerprint: '00:11:22:33' };
    world.tables.sshkeypair.push(key);
    return { keypair: { name } };
  },
  createZone(world, { name, networktype }) {
    const zone = { id: randomUUID(), name, networktype, allocationstate: 'Enabled' };
    world.tables.zone.push(zone);
    world.change('zone', zone.id);
    return { zone };
  },
  createConsoleEndpoint(world, { virtualmachineid }) {
    const instance = instanceOf(world, virtualmachineid);
    if (instance.state !== 'Running')
      throw new Refused(
        431,
        `The instance is ${String(instance.state)}; the screen of one that is Running can be opened`,
      );
    return {
      consoleendpoint: {
        success: true,
        websocket: { host: '127.0.0.1', port: '1', path: 'client/websockify', token: `${instance.id}.${randomUUID()}` },
      },
    };
  },
};

export const account = OWNER;
