// A simulated host: it obeys the protocol like a real one and keeps what it was told in memory. Guests have no screen and no
// packets; everything else (identity, repeatability, refusals, latency) is as the real agent's.
import type { CallContext, Handlers } from '../dispatch.ts';
import { Refused } from '../refused.ts';
import type { GuestReport, HostFacts, Method, Params, Reply } from '#protocol/messages.ts';
import type { HostStatus } from '../link.ts';
import type { SimStorage } from './storage.ts';

/** How the world misbehaves. */
export interface Knobs {
  /** Every call takes this long, spread by half. */
  latencyMs: number;
  /** Share of calls that fail, 0 to 1. */
  failShare: number;
  /** Share of calls whose effect happens and whose answer is lost with the host's links, 0 to 1. */
  loseReplyShare: number;
}

interface SimGuest {
  name: string;
  cpus: number;
  memoryMib: number;
  disks: string[];
  nics: { mac: string; tap: string }[];
  startedAt: number;
}
/** What a host holds. */
export interface SimState {
  guests: SimGuest[];
  networks: { vni: number; generation: number }[];
  routers: { id: string; generation: number }[];
}

export interface SimHost {
  readonly facts: HostFacts;
  readonly handlers: Handlers;
  status(): Promise<HostStatus>;
  /** For keeping over a restart. */
  save(): SimState;
}

export interface SimHostOptions {
  facts: HostFacts;
  storage: SimStorage;
  knobs: Knobs;
  /** What it knew when it was saved. */
  saved?: SimState;
  changed: () => void;
  /** Breaks the host's links; they are dialled again. */
  cut: () => void;
}

interface Held {
  guests: Map<string, SimGuest>;
  networks: Map<number, number>;
  routers: Map<string, number>;
}

export function makeSimHost({ facts, storage, knobs, saved, changed, cut }: SimHostOptions): SimHost {
  const held: Held = {
    guests: new Map((saved?.guests ?? []).map((guest) => [guest.name, guest])),
    networks: new Map((saved?.networks ?? []).map((network) => [network.vni, network.generation])),
    routers: new Map((saved?.routers ?? []).map((router) => [router.id, router.generation])),
  };
  const handlers: Handlers = {
    ...guestHandlers(held, storage),
    ...deviceHandlers(held),
    ...storage.handlers,
    ...networkHandlers(held),
  };
  return {
    facts,
    handlers: misbehaving(handlers, { knobs, changed, cut }),
    status: async () => ({
      guests: reportOf(held.guests),
      cpuUsedPercent: Math.min(100, held.guests.size),
      memoryUsedMib: [...held.guests.values()].reduce((sum, guest) => sum + guest.memoryMib, 0),
    }),
    save: () => ({
      guests: [...held.guests.values()],
      networks: [...held.networks].map(([vni, generation]) => ({ vni, generation })),
      routers: [...held.routers].map(([id, generation]) => ({ id, generation })),
    }),
  };
}

const guestOf = ({ guests }: Held, name: string): SimGuest =>
  guests.get(name) ?? refuse(`there is no guest ${name} on this host`);

type GuestMethods = 'guest.start' | 'guest.stop' | 'guest.reboot' | 'guest.list' | 'console.open';

const guestHandlers = (held: Held, storage: SimStorage): Pick<Handlers, GuestMethods> => ({
  'guest.start': async (spec) => {
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
  'guest.stop': async ({ name }) => {
    held.guests.delete(name);
    return {};
  },
  'guest.reboot': async ({ name }) => {
    guestOf(held, name).startedAt = Date.now();
    return {};
  },
  'guest.list': async () => ({ guests: reportOf(held.guests) }),
  'console.open': async () => {
    throw new Refused('refused', 'This guest is simulated: it has no screen');
  },
});

const deviceHandlers = (held: Held): Pick<Handlers, 'disk.attach' | 'disk.detach' | 'nic.attach' | 'nic.detach'> => ({
  'disk.attach': async ({ name, disk }) => {
    const guest = guestOf(held, name);
    if (!guest.disks.includes(disk.volumeId)) guest.disks.push(disk.volumeId);
    return {};
  },
  'disk.detach': async ({ name, volumeId }) => {
    const guest = held.guests.get(name);
    if (guest) guest.disks = guest.disks.filter((id) => id !== volumeId);
    return {};
  },
  'nic.attach': async ({ name, nic }) => {
    const guest = guestOf(held, name);
    if (!guest.nics.some((one) => one.mac === nic.mac)) guest.nics.push({ mac: nic.mac, tap: nic.tap });
    return {};
  },
  'nic.detach': async ({ name, mac }) => {
    const guest = held.guests.get(name);
    if (guest) guest.nics = guest.nics.filter((one) => one.mac !== mac);
    return {};
  },
});

type NetworkMethods = 'network.apply' | 'network.remove' | 'router.apply' | 'router.remove' | 'router.list';

const networkHandlers = ({ networks, routers }: Held): Pick<Handlers, NetworkMethods> => ({
  'network.apply': async ({ vni, generation }) => {
    checkNewer(networks.get(vni), generation, `network ${vni}`);
    networks.set(vni, generation);
    return {};
  },
  'network.remove': async ({ vni }) => {
    networks.delete(vni);
    return {};
  },
  'router.apply': async ({ id, generation }) => {
    checkNewer(routers.get(id), generation, `router ${id}`);
    routers.set(id, generation);
    return { generation };
  },
  'router.remove': async ({ id }) => {
    routers.delete(id);
    return {};
  },
  'router.list': async () => ({ routers: [...routers].map(([id, generation]) => ({ id, generation })) }),
});

function checkNewer(known: number | undefined, generation: number, what: string): void {
  if (known !== undefined && generation < known) {
    throw new Refused('stale', `${what} is at generation ${known}; this is ${generation}`);
  }
}

const refuse = (message: string): never => {
  throw new Refused('missing', message);
};

/** Numbers a quiet guest would show: a little CPU, a little traffic, growing with its age. */
function reportOf(guests: ReadonlyMap<string, SimGuest>): GuestReport[] {
  const now = Date.now();
  return [...guests.values()].map((guest) => {
    const ageS = Math.floor((now - guest.startedAt) / 1000);
    return {
      name: guest.name,
      power: 'Running',
      cpuSeconds: ageS * 0.02 * guest.cpus,
      memoryKib: guest.memoryMib * 640,
      diskReadBytes: 20_000_000 + ageS * 2_000,
      diskWriteBytes: ageS * 4_000,
      diskReadOps: 900 + ageS,
      diskWriteOps: ageS,
      nics: guest.nics.map(({ mac }) => ({ mac, rxBytes: ageS * 500, txBytes: ageS * 300 })),
    };
  });
}

const READS = new Set<Method>(['guest.list', 'volume.list', 'router.list', 'pool.stat', 'image.stat']);

/** Every call late, some failing, some unanswered, as the knobs say; what changed is told, so that it can be kept. */
function misbehaving(
  handlers: Handlers,
  { knobs, changed, cut }: Pick<SimHostOptions, 'knobs' | 'changed' | 'cut'>,
): Handlers {
  const wrap =
    <M extends Method>(method: M, handler: (params: Params<M>, context: CallContext) => Promise<Reply<M>>) =>
    async (params: Params<M>, context: CallContext): Promise<Reply<M>> => {
      if (knobs.latencyMs > 0)
        await new Promise((resolve) => {
          setTimeout(resolve, knobs.latencyMs * (0.5 + Math.random()));
        });
      if (knobs.failShare > 0 && Math.random() < knobs.failShare)
        throw new Refused('failed', `simulated failure of ${method}`);
      const reply = await handler(params, context);
      if (!READS.has(method)) changed();
      if (knobs.loseReplyShare > 0 && Math.random() < knobs.loseReplyShare) cut();
      return reply;
    };
  return Object.fromEntries(
    Object.entries(handlers).map(([method, handler]) => [method, wrap(method as Method, handler as never)]),
  ) as unknown as Handlers;
}
