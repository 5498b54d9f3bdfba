// FAKE. A small pretend cloud for developing and testing the console without a server. Never part of the product.
// It keeps a few objects, moves instances through their states as time passes, and tells of every change.
import { randomUUID } from 'node:crypto';

export type Row = Record<string, unknown> & { id: string };
export type Scenario = 'usual' | 'empty' | 'noTemplate' | 'many';

export interface FakeStep {
  name: string;
  state: string;
  started?: string;
  ended?: string;
  percent?: number;
  text?: string;
}

export interface FakeJob {
  jobid: string;
  cmd: string;
  jobstatus: number;
  created: string;
  completed?: string;
  jobinstancetype: string;
  jobinstanceid: string;
  jobresultcode: number;
  jobresult?: unknown;
  progress: number;
  steps: FakeStep[];
}

export interface World {
  readonly tables: Record<
    'zone' | 'template' | 'serviceoffering' | 'network' | 'sshkeypair' | 'virtualmachine' | 'volume' | 'event',
    Row[]
  >;
  readonly jobs: FakeJob[];
  /** How long one step of a job takes. */
  stepMs: number;
  /** The next deployments fail with this sentence. */
  failDeploy: string | undefined;
  readonly listeners: Set<(kind: 'change' | 'job', data: Record<string, string>) => void>;
  change(entity: string, id: string): void;
  note(job: FakeJob): void;
}

/** A date as the API writes it. */
export const wireDate = (ms: number = Date.now()): string => new Date(ms).toISOString().replace(/\.\d+Z$/, '+0000');
const HOUR_MS = 3_600_000;

export const OWNER = { account: 'admin', domain: 'ROOT', domainpath: 'ROOT' };

export function makeWorld(scenario: Scenario, stepMs: number): World {
  const listeners: World['listeners'] = new Set();
  const tell = (kind: 'change' | 'job', data: Record<string, string>): void => {
    for (const listener of listeners) listener(kind, data);
  };
  const world: World = {
    tables: {
      zone: [],
      template: [],
      serviceoffering: [],
      network: [],
      sshkeypair: [],
      virtualmachine: [],
      volume: [],
      event: [],
    },
    jobs: [],
    stepMs,
    failDeploy: undefined,
    listeners,
    change: (entity, id) => tell('change', { entity, id }),
    note: (job) => tell('job', { id: job.jobid }),
  };
  if (scenario === 'empty') return world;
  fillBasics(world, scenario !== 'noTemplate');
  if (scenario === 'usual') for (const [name, state] of usual) addInstance(world, { name, state });
  if (scenario === 'many')
    for (let index = 0; index < 437; index += 1)
      addInstance(world, {
        name: `node-${String(index).padStart(4, '0')}`,
        state: index % 9 === 0 ? 'Stopped' : 'Running',
      });
  return world;
}

const usual: readonly [name: string, state: string][] = [
  ['web-1', 'Running'],
  ['web-2', 'Running'],
  ['db-primary', 'Running'],
  ['db-replica', 'Stopped'],
  ['build-agent', 'Stopped'],
  ['old-mail', 'Destroyed'],
  ['experiment', 'Error'],
  ['a-very-long-name-that-somebody-has-given-to-an-instance-of-theirs', 'Running'],
];

function fillBasics({ tables }: World, ready: boolean): void {
  const add = (table: keyof World['tables'], rows: readonly Record<string, unknown>[]): void => {
    for (const row of rows)
      tables[table].push({ id: randomUUID(), created: wireDate(Date.now() - 90 * HOUR_MS), ...row });
  };
  add('zone', [
    { name: 'Zurich', networktype: 'Advanced', allocationstate: 'Enabled' },
    { name: 'Lausanne', networktype: 'Advanced', allocationstate: 'Enabled' },
  ]);
  const [zone] = tables.zone;
  add('template', [
    {
      name: 'Debian 13',
      displaytext: 'Debian 13, cloud image',
      ostypename: 'Debian GNU/Linux 13 (64-bit)',
      size: 3 * 1024 ** 3,
      arch: 'x86_64',
      isready: ready,
      status: ready ? 'Download Complete' : '43% Downloaded',
      zoneid: zone?.id,
      zonename: 'Zurich',
    },
    ...(ready
      ? [
          {
            name: 'Alpine 3.23',
            displaytext: 'Alpine Linux 3.23',
            ostypename: 'Other Linux (64-bit)',
            size: 200 * 1024 ** 2,
            arch: 'x86_64',
            isready: true,
            status: 'Download Complete',
            zoneid: zone?.id,
            zonename: 'Zurich',
          },
        ]
      : []),
  ]);
  add('serviceoffering', [
    { name: 'Small', displaytext: 'Small', cpunumber: 1, memory: 512, cpuspeed: 1000 },
    { name: 'Medium', displaytext: 'Medium', cpunumber: 2, memory: 2048, cpuspeed: 1000 },
    { name: 'Huge', displaytext: 'Huge', cpunumber: 64, memory: 524_288, cpuspeed: 2000 },
    { name: 'Custom', displaytext: 'Any size', iscustomized: true },
  ]);
  add('network', [
    {
      name: 'default',
      cidr: '10.1.1.0/24',
      type: 'Isolated',
      zoneid: zone?.id,
      zonename: 'Zurich',
      gateway: '10.1.1.1',
    },
    {
      name: 'backend',
      cidr: '10.1.2.0/24',
      type: 'Isolated',
      zoneid: zone?.id,
      zonename: 'Zurich',
      gateway: '10.1.2.1',
    },
  ]);
  add('sshkeypair', [{ name: 'laptop', fingerprint: 'e9:1a:54:0c:77:b2' }]);
}

let lastHost = 9;

export function addInstance(
  world: World,
  given: {
    name: string;
    state: string;
    zoneid?: string;
    templateid?: string;
    serviceofferingid?: string;
    networkids?: readonly string[];
  },
): Row {
  const { tables } = world;
  const id = randomUUID();
  const find = (table: keyof World['tables'], wanted: string | undefined): Row | undefined =>
    tables[table].find((row) => row.id === wanted) ?? tables[table][0];
  const zone = find('zone', given.zoneid);
  const template = find('template', given.templateid);
  const offering = find('serviceoffering', given.serviceofferingid);
  const networks = given.networkids?.length ? given.networkids.map((one) => find('network', one)) : [tables.network[0]];
  lastHost += 1;
  const instance: Row = {
    id,
    name: given.name,
    displayname: given.name,
    state: given.state,
    created: wireDate(Date.now() - lastHost * 37 * 60_000),
    ...OWNER,
    zoneid: zone?.id,
    zonename: zone?.name,
    templateid: template?.id,
    templatename: template?.name,
    templatedisplaytext: template?.displaytext,
    osdisplayname: template?.ostypename,
    arch: 'x86_64',
    hypervisor: 'KVM',
    instancename: `i-2-${lastHost}-VM`,
    serviceofferingid: offering?.id,
    serviceofferingname: offering?.name,
    cpunumber: offering?.cpunumber ?? 2,
    cpuspeed: 1000,
    memory: offering?.memory ?? 1024,
    keypairs: 'laptop',
    nic: networks.map((network, index) => cardIn(network, index)),
  };
  if (given.state === 'Running') placeOn(instance, 'kvm-02');
  tables.virtualmachine.unshift(instance);
  tables.volume.push(diskOf(id, { name: `ROOT-${lastHost}`, type: 'ROOT', size: 5 * 1024 ** 3 }));
  if (given.name.startsWith('db'))
    tables.volume.push(diskOf(id, { name: `${given.name}-data`, type: 'DATADISK', size: 100 * 1024 ** 3 }));
  addEvent(world, instance, { type: 'VM.CREATE', description: `Instance ${given.name} was deployed` });
  return instance;
}

function cardIn(network: Row | undefined, index: number): Row {
  return {
    id: randomUUID(),
    networkid: network?.id,
    networkname: network?.name,
    ipaddress: String(network?.cidr).replace(/\.0\/24$/, `.${lastHost % 250}`),
    gateway: network?.gateway,
    netmask: '255.255.255.0',
    macaddress: `02:00:4c:${(lastHost % 256).toString(16).padStart(2, '0')}:00:0${index + 1}`,
    type: network?.type,
    isdefault: index === 0,
  };
}

const diskOf = (virtualmachineid: string, disk: { name: string; type: string; size: number }): Row => ({
  id: randomUUID(),
  state: 'Ready',
  storage: 'nvme-1',
  virtualmachineid,
  ...OWNER,
  ...disk,
});

export function placeOn(instance: Row, host: string): void {
  instance.hostname = host;
  instance.placement = {
    host,
    considered: 3,
    text: `${host} has the most free memory of the hosts that fit (21 GiB).`,
    refused: [
      { host: 'kvm-01', why: '2 vCPUs wanted, 1 free' },
      { host: 'kvm-03', why: 'in maintenance' },
    ],
  };
}

export function addEvent(
  { tables }: World,
  instance: Row,
  event: { type: string; description: string; level?: string },
): void {
  tables.event.unshift({
    id: randomUUID(),
    level: 'INFO',
    state: 'Completed',
    created: wireDate(),
    username: 'admin',
    resourceid: instance.id,
    resourcename: instance.name,
    resourcetype: 'VirtualMachine',
    ...OWNER,
    ...event,
  });
}
