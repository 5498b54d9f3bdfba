// A simulated host: it obeys the protocol like a real one and keeps what it was told in memory. Guests have no screen and no
// packets; everything else (identity, repeatability, refusals, latency) is as the real agent's.
import type { CallContext, Handlers } from '../dispatch.ts';
import type { HostStatus } from '../link.ts';
import { Refused } from '../refused.ts';
import type { HostFacts, Method, Params, Reply } from '#protocol/messages.ts';
import { Counted, type Census } from './census.ts';
import { AT_REST, type Knobs } from './knobs.ts';
import type { Latency } from './latency.ts';
import { heedHeart, leases, type SimHearts } from './leases.ts';
import { moves, type SimRoads } from './migration.ts';
import type { SimStorage } from './storage.ts';
import { busyCpus, reportOf, type SimGuest } from './usage.ts';

/** What a host holds. */
export interface SimState {
  guests: SimGuest[];
  networks: { vni: number; generation: number }[];
  routers: { id: string; generation: number }[];
}

export interface SimHost {
  readonly facts: HostFacts;
  readonly handlers: Handlers;
  readonly guests: ReadonlyMap<string, SimGuest>;
  readonly routers: ReadonlyMap<string, number>;
  status(): Promise<HostStatus>;
  /** For keeping over a restart. */
  save(): SimState;
  /** It holds this and nothing else. */
  restore(state: SimState): void;
  /** Nothing runs on it any more; its disks are elsewhere and stay. */
  forget(): void;
  /** The knobs were turned: what ran on a host without power is lost, and one that stood still and wakes looks at its pill first. */
  heed(): void;
  /** A guest powers itself off; false where it does not run here. */
  poweroff(name: string): boolean;
}

export interface SimHostOptions {
  facts: HostFacts;
  storage: SimStorage;
  /** The way to the other hosts. */
  roads: SimRoads;
  /** What the hosts see of each other on shared storage. */
  hearts: SimHearts;
  /** Who runs where. */
  census: Census;
  /** Asked at every call, or read at every call. */
  knobs: (() => Knobs) | Readonly<Partial<Knobs>>;
  /** What it knew when it was saved. */
  saved?: SimState;
  /** Something it keeps changed. */
  changed: () => void;
  /** Breaks the host's links; they are dialled again. */
  cut: () => void;
  /** A call was done. */
  done?: (method: Method) => void;
  /** How long calls take by themselves; absent: no time at all. */
  latency?: Latency;
  /** Resolves when the host is not dead; absent: at once. */
  awake?: () => Promise<void>;
  /** Hours its clock is ahead: when its guests are busy. */
  ahead?: number;
}

interface Held {
  guests: Map<string, SimGuest>;
  networks: Map<number, number>;
  routers: Map<string, number>;
}

export function makeSimHost(options: SimHostOptions): SimHost {
  const { facts, storage, roads, hearts, census, saved, changed, ahead = 0 } = options;
  const awake = (): boolean => !knobsOf(options).crashed && !knobsOf(options).dead;
  const home = { name: facts.hostname, awake };
  const held: Held = { guests: new Counted(census, home), networks: new Map(), routers: new Map() };
  if (saved) take(held, saved);
  const world: World = { held, facts, storage, roads, hearts, ahead };
  hearts.hosts.set(facts.guid, {
    beats: awake,
    answers: () => awake() && !knobsOf(options).partitioned,
    end: () => {
      held.guests.clear();
      changed();
    },
  });
  return {
    facts,
    handlers: misbehaving(world, options),
    guests: held.guests,
    routers: held.routers,
    status: async () => ({
      guests: reportOf(held.guests.values(), ahead),
      cpuUsedPercent: Math.min(100, (100 * busyCpus(held.guests.values(), ahead)) / facts.cpus),
      memoryUsedMib: [...held.guests.values()].reduce((sum, guest) => sum + guest.memoryMib, 1_024),
    }),
    save: () => ({
      guests: [...held.guests.values()],
      networks: [...held.networks].map(([vni, generation]) => ({ vni, generation })),
      routers: [...held.routers].map(([id, generation]) => ({ id, generation })),
    }),
    restore: (state) => {
      take(held, state);
      changed();
    },
    forget: () => {
      take(held, { guests: [], networks: [], routers: [] });
      changed();
    },
    heed: () => {
      if (knobsOf(options).crashed && held.guests.size + held.routers.size > 0) {
        take(held, { guests: [], networks: [], routers: [] });
        changed();
      }
      heedHeart(hearts, facts.guid);
      if (awake()) for (const name of held.guests.keys()) census.runs(name, home);
    },
    poweroff: (name) => {
      const ran = held.guests.delete(name);
      if (ran) changed();
      return ran;
    },
  };
}

function take({ guests, networks, routers }: Held, state: SimState): void {
  guests.clear();
  networks.clear();
  routers.clear();
  for (const guest of state.guests) guests.set(guest.name, guest);
  for (const { vni, generation } of state.networks) networks.set(vni, generation);
  for (const { id, generation } of state.routers) routers.set(id, generation);
}

interface World {
  held: Held;
  facts: HostFacts;
  roads: SimRoads;
  hearts: SimHearts;
  storage: SimStorage;
  ahead: number;
}
type Behaviour = { [M in Method]?: (world: World, params: Params<M>) => Reply<M> };

const guestOf = ({ guests }: Held, name: string): SimGuest =>
  guests.get(name) ?? refuse(`there is no guest ${name} on this host`);

const guestCalls: Behaviour = {
  'guest.start': ({ held, storage, hearts, facts }, spec) => {
    if (hearts.pills.has(facts.guid))
      throw new Refused('refused', 'this host is fenced: the cloud has not taken it up again yet');
    const missing = spec.disks.find((disk) => !storage.hasVolume(disk.pool.id, disk.volumeId));
    if (missing) refuse(`volume ${missing.volumeId} is not in pool ${missing.pool.id}`);
    if (held.guests.has(spec.name)) return {};
    held.guests.set(spec.name, {
      name: spec.name,
      cpus: spec.cpus,
      memoryMib: spec.memoryMib,
      disks: spec.disks.map((disk) => disk.volumeId),
      nics: spec.nics.map(({ mac, tap }) => ({ mac, tap })),
      startedAt: Date.now(),
    });
    return {};
  },
  'guest.stop': ({ held }, { name }) => {
    held.guests.delete(name);
    return {};
  },
  'guest.reboot': ({ held }, { name }) => {
    guestOf(held, name).startedAt = Date.now();
    return {};
  },
  'guest.list': ({ held, ahead }) => ({ guests: reportOf(held.guests.values(), ahead) }),
  'console.open': () => {
    throw new Refused('refused', 'This guest is simulated: it has no screen');
  },
};

const deviceCalls: Behaviour = {
  'disk.attach': ({ held }, { name, disk }) => {
    const guest = guestOf(held, name);
    if (!guest.disks.includes(disk.volumeId)) guest.disks.push(disk.volumeId);
    return {};
  },
  'disk.detach': ({ held }, { name, volumeId }) => {
    const guest = held.guests.get(name);
    if (guest) guest.disks = guest.disks.filter((id) => id !== volumeId);
    return {};
  },
  'nic.attach': ({ held }, { name, nic }) => {
    const guest = guestOf(held, name);
    if (!guest.nics.some((one) => one.mac === nic.mac)) guest.nics.push({ mac: nic.mac, tap: nic.tap });
    return {};
  },
  'nic.detach': ({ held }, { name, mac }) => {
    const guest = held.guests.get(name);
    if (guest) guest.nics = guest.nics.filter((one) => one.mac !== mac);
    return {};
  },
};

const networkCalls: Behaviour = {
  'network.apply': ({ held }, { vni, generation }) => {
    checkNewer(held.networks.get(vni), generation, `network ${vni}`);
    held.networks.set(vni, generation);
    return {};
  },
  'network.remove': ({ held }, { vni }) => {
    held.networks.delete(vni);
    return {};
  },
  'router.apply': ({ held }, { id, generation }) => {
    checkNewer(held.routers.get(id), generation, `router ${id}`);
    held.routers.set(id, generation);
    return { generation };
  },
  'router.remove': ({ held }, { id }) => {
    held.routers.delete(id);
    return {};
  },
  'router.list': ({ held }) => ({ routers: [...held.routers].map(([id, generation]) => ({ id, generation })) }),
};

function checkNewer(known: number | undefined, generation: number, what: string): void {
  if (known !== undefined && generation < known) {
    throw new Refused('stale', `${what} is at generation ${known}; this is ${generation}`);
  }
}

const refuse = (message: string): never => {
  throw new Refused('missing', message);
};

/** What hosts do themselves; the rest is storage's. One table for all hosts, so that a host costs only what it holds. */
const behaviour: Behaviour = { ...guestCalls, ...moves, ...leases, ...deviceCalls, ...networkCalls };
const READS = new Set<Method>([
  'guest.list',
  'volume.list',
  'router.list',
  'pool.stat',
  'image.stat',
  'lease.watch',
  'host.probe',
]);

/** Every call as the knobs say: late, failing, its answer lost; what changed is told, so that it can be kept. */
function misbehaving(world: World, options: SimHostOptions): Handlers {
  const elsewhere: Partial<Handlers> = options.storage.handlers;
  const calling = async (method: Method, params: never, context: CallContext): Promise<unknown> => {
    const knobs = await readyFor(method, options);
    if (Math.random() < knobs.failShare) throw new Refused('failed', `simulated failure of ${method}`);
    const own = behaviour[method] as ((world: World, params: never) => unknown) | undefined;
    const other = elsewhere[method] as ((params: never, context: CallContext) => Promise<unknown>) | undefined;
    const reply = own ? own(world, params) : await other!(params, context);
    if (own && !READS.has(method)) options.changed();
    options.done?.(method);
    if (Math.random() < knobs.loseReplyShare) options.cut();
    return reply;
  };
  return new Proxy({} as Handlers, {
    get: (_, method) => (params: never, context: CallContext) => calling(method as Method, params, context),
  });
}

const knobsOf = ({ knobs }: Pick<SimHostOptions, 'knobs'>): Knobs =>
  typeof knobs === 'function' ? knobs() : { ...AT_REST, ...knobs };

/** After the time a call takes, once the host is not dead. */
async function readyFor(method: Method, { knobs, latency, awake }: SimHostOptions): Promise<Knobs> {
  await awake?.();
  const now = knobsOf({ knobs });
  await pause((latency?.(method) ?? 0) + now.latencyMs * (0.5 + Math.random()));
  await awake?.();
  return now;
}

const pause = (ms: number): Promise<void> | undefined =>
  ms > 0
    ? new Promise((resolve) => {
        setTimeout(resolve, ms);
      })
    : undefined;
