// What is measured: a call of each class, and what it may cost in CPU milliseconds of server and PostgreSQL together.
import { signed, toQuery } from '../../clients/sdk/signature.ts';
import type { Sent } from './load.ts';
import type { BenchWorld } from './world.ts';

export interface Case {
  name: string;
  /** CPU milliseconds and statements of one request. */
  budget?: { ms: number; statements: number };
  /** Requests of a round, where that is less than all others'. */
  count?: number;
  /** Clients at once, each with a connection that it keeps, where that is not what the bench was told. */
  connections?: number;
  next: (world: BenchWorld, n: number) => Sent;
}

type Who = 'keys' | 'userKeys';
type Params = Record<string, string>;

const query = (world: BenchWorld, who: Who, params: Params): string =>
  toQuery(signed({ response: 'json', ...params }, world[who]));
const get =
  (who: Who, params: Params | ((world: BenchWorld, n: number) => Params)) =>
  (world: BenchWorld, n: number): Sent => ({
    url: `${world.url}?${query(world, who, typeof params === 'function' ? params(world, n) : params)}`,
  });
const post =
  (who: Who, params: (world: BenchWorld, n: number) => Params) =>
  (world: BenchWorld, n: number): Sent => ({ url: world.url, body: query(world, who, params(world, n)) });

const vms = (page: number, pagesize: number, more: Params = {}): Params => ({
  command: 'listVirtualMachines',
  page: String(page),
  pagesize: String(pagesize),
  ...more,
});
/** Of so many instances, the page in the middle that others do not ask for: never the same twice in a row. */
const coldPage = (world: BenchWorld, n: number, size: number): number =>
  1 + ((n * 7_919) % Math.floor(world.vms / size));

const WARM = { ms: 0.5, statements: 2 };
const COLD = { ms: 1.5, statements: 5 };
const ALL = { listall: 'true' };

export const cases: readonly Case[] = [
  { name: 'empty handler', next: (world) => ({ url: world.url.replace('/client/api', '/healthz') }) },
  {
    name: 'C0 listCapabilities',
    budget: { ms: 0.2, statements: 1 },
    next: get('userKeys', { command: 'listCapabilities' }),
  },
  {
    name: 'C1 one instance by id',
    budget: { ms: 0.4, statements: 2 },
    next: get('keys', (world) => ({ command: 'listVirtualMachines', id: world.instance })),
  },
  { name: 'C1 listZones', budget: { ms: 0.4, statements: 2 }, next: get('userKeys', { command: 'listZones' }) },
  { name: 'C2 20 instances of an account', budget: WARM, next: get('userKeys', vms(1, 20)) },
  { name: 'C2 20 instances of all', budget: WARM, next: get('keys', vms(1, 20, ALL)) },
  {
    name: 'C2 20 instances of all, any page',
    budget: COLD,
    count: 600,
    next: get('keys', (world, n) => vms(coldPage(world, n, 20), 20, ALL)),
  },
  {
    name: 'C2 20 instances of all, the last page',
    budget: WARM,
    count: 600,
    next: get('keys', (world) => vms(Math.floor(world.vms / 20), 20, ALL)),
  },
  {
    name: 'C3 500 instances of all',
    budget: { ms: 6, statements: 2 },
    count: 100,
    next: get('keys', vms(1, 500, ALL)),
  },
  {
    name: 'C3 500 instances of all, any page',
    budget: { ms: 25, statements: 5 },
    count: 60,
    next: get('keys', (world, n) => vms(coldPage(world, n, 500), 500, ALL)),
  },
  {
    name: 'C1 one instance by id, 1,000 clients at once',
    budget: { ms: 0.4, statements: 2 },
    connections: 1_000,
    next: get('keys', (world) => ({ command: 'listVirtualMachines', id: world.instance })),
  },
  {
    name: 'C4 rename an instance',
    budget: { ms: 0.8, statements: 4 },
    count: 600,
    next: post('keys', (world, n) => ({
      command: 'updateVirtualMachine',
      id: world.instances[n % world.instances.length]!,
      displayname: `bench ${n}`,
    })),
  },
  {
    name: 'C5 submit a deploy',
    budget: { ms: 1, statements: 6 },
    count: 300,
    next: post('keys', ({ zone, network }) => ({
      command: 'deployVirtualMachine',
      startvm: 'false',
      zoneid: zone.zoneUuid,
      templateid: zone.templateUuid,
      serviceofferingid: zone.offeringUuid,
      networkids: network,
    })),
  },
];
