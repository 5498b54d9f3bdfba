// Simulated hosts with their links, started, played with and stopped together. All hosts share what may be shared: certificates,
// storage, the journal, the table of what calls do; a host costs its links and what it holds.
import type { SecureContext } from 'node:tls';
import type { Logger } from 'pino';
import { PROTOCOL_VERSION, type HostFacts } from '#protocol/messages.ts';
import { credentialsFromFiles, startLink, type Link } from '../link.ts';
import { makeCensus, type Census } from './census.ts';
import type { Controlled, Saved } from './control.ts';
import type { Happening, Simulated, SimulatedGuest, Summary } from './control-socket.ts';
import { DialQueue } from './dial-queue.ts';
import { guidOf, hostsOf } from './fleet.ts';
import { makeGate, type Gate } from './gate.ts';
import { makeSimHost, type SimHost, type SimState } from './host.ts';
import { openJournal, readInto, type Journal } from './journal.ts';
import { covers, KnobBoard, type Position, type Where } from './knobs.ts';
import { believable } from './latency.ts';
import { makeSimHearts, type SimHearts } from './leases.ts';
import { makeSimRoads, type SimRoads } from './migration.ts';
import type { Machines } from './redfish.ts';
import type { SimSettings } from './settings.ts';

interface Place extends Position {
  address: string;
  cpus: number;
  cpuMhz: number;
  memoryMib: number;
}
interface RunningHost {
  place: Place;
  host: SimHost;
  gate: Gate;
  link: Link;
}
interface Fleet {
  settings: SimSettings;
  log: Logger;
  board: KnobBoard;
  journal: Journal;
  roads: SimRoads;
  hearts: SimHearts;
  census: Census;
  dials: DialQueue;
  credentials: () => Promise<SecureContext>;
  /** Calls done, by method. */
  calls: Map<string, number>;
}

export async function startFleet(
  settings: SimSettings,
  log: Logger,
): Promise<Controlled & { simulated: Simulated; stop(): Promise<void> }> {
  const board = new KnobBoard();
  const { latencyMs, failShare, loseReplyShare } = settings;
  if (latencyMs + failShare + loseReplyShare > 0) board.turn({}, { latencyMs, failShare, loseReplyShare });
  const fleet: Fleet = {
    settings,
    log,
    board,
    roads: makeSimRoads(),
    hearts: makeSimHearts(settings.lease),
    census: makeCensus(),
    journal: await openJournal(settings.stateFile, settings.imagesDir),
    dials: new DialQueue(settings.dialAtOnce),
    credentials: once(credentialsFromFiles(settings)),
    calls: new Map(),
  };
  const places: Place[] = [...settings.hosts, ...settings.fleets.flatMap(hostsOf)];
  const hosts = new Map(places.map((place, index) => [place.name, startHost(fleet, place, index)]));
  const off = board.onTurn((where) => heed(hosts, where));
  return {
    simulated: simulated(fleet, hosts),
    turn: (knobs) => board.turn({}, knobs),
    cut: (names) => names.forEach((name) => hosts.get(name)?.gate.cut()),
    held: () => held(fleet, hosts),
    stop: async () => {
      off();
      await Promise.all([...hosts.values()].map(({ link }) => link.stop()));
      await fleet.journal.close();
    },
  };
}

/** Read once: thousands of hosts share one certificate. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function startHost(fleet: Fleet, place: Place, index: number): RunningHost {
  const { settings, board, journal, dials } = fleet;
  const loopback = settings.loopbackAddresses;
  const gate = makeGate({
    board,
    position: place,
    dials,
    ...(loopback > 0 ? { localAddress: `127.0.${1 + (index % loopback)}.1` } : {}),
  });
  const saved = journal.hosts.get(place.name);
  const host = makeSimHost({
    roads: fleet.roads,
    hearts: fleet.hearts,
    census: fleet.census,
    facts: factsOf(place),
    storage: journal.storage,
    knobs: () => board.of(place),
    awake: gate.awake,
    cut: gate.cut,
    changed: () => journal.hostChanged(place.name, host.save),
    done: (method) => void fleet.calls.set(method, (fleet.calls.get(method) ?? 0) + 1),
    ...(settings.latencies === 'believable' ? { latency: believable } : {}),
    ...(saved ? { saved } : {}),
  });
  const link = startLink({
    servers: settings.servers,
    credentials: async () => {
      await dials.turn();
      return fleet.credentials();
    },
    connect: gate.connect,
    facts: () => host.facts,
    status: async () => {
      await gate.awake();
      return host.status();
    },
    handlers: host.handlers,
    log: fleet.log.child({ host: place.name }),
    pingEveryMs: settings.pingEveryS * 1000,
    backoffMs: { first: 250, longest: settings.redialLongestMs },
  });
  return { place, host, gate, link };
}

const factsOf = (place: Place): HostFacts => ({
  guid: guidOf(place.name),
  hostname: place.name,
  hypervisor: 'Simulator',
  agentVersion: '4.23.0.0',
  protocol: PROTOCOL_VERSION,
  hypervisorVersion: 'simulated',
  accelerator: 'none',
  cpus: place.cpus,
  cpuSockets: 2,
  cpuMhz: place.cpuMhz,
  memoryMib: place.memoryMib,
  arch: 'x86_64',
  privateIp: place.address,
  underlayIp: place.address,
  bridges: ['pub'],
});

type Hosts = ReadonlyMap<string, RunningHost>;

const covered = (hosts: Hosts, where: Where): RunningHost[] =>
  [...hosts.values()].filter(({ place }) => covers(where, place));

/** Links and guests follow the knobs. */
function heed(hosts: Hosts, where: Where): void {
  for (const { host, gate } of covered(hosts, where)) {
    host.heed();
    gate.heed();
  }
}

function simulated(fleet: Fleet, hosts: Hosts): Simulated {
  const { board } = fleet;
  return {
    turn: (where, set) => board.turn(where, set),
    rest: (where) => board.rest(where),
    happen: (happening) => happen(hosts, happening),
    load: (file) => load(fleet, hosts, file),
    summary: () => summary(fleet, hosts),
    held: () => held(fleet, hosts),
    guests: (where) =>
      covered(hosts, where).flatMap(({ place, host }) =>
        [...host.guests.keys()].map((name): SimulatedGuest => ({ name, host: place.name })),
      ),
    covered: (where) => covered(hosts, where).length,
    machines: machines(fleet, hosts),
  };
}

/** What a controller does with the power of a simulated host: the knob `crashed`, which is a machine without power. */
function machines({ board }: Fleet, hosts: Hosts): Machines {
  const off = (host: string): void => board.turn({ host }, { crashed: true });
  const on = (host: string): void => {
    board.unset({ host }, ['crashed', 'dead']);
    // turned for a whole pod or zone
    const { crashed, dead } = board.of(hosts.get(host)!.place);
    if (crashed || dead) board.turn({ host }, { crashed: false, dead: false });
  };
  return {
    names: () => hosts.keys(),
    power: (name) => {
      const place = hosts.get(name)?.place;
      return place && (board.of(place).crashed ? 'Off' : 'On');
    },
    reset: (name, type) => {
      if (type !== 'On') off(name);
      if (!['ForceOff', 'GracefulShutdown'].includes(type)) on(name);
    },
  };
}

const held = ({ journal, census }: Fleet, hosts: Hosts): Saved => ({
  hosts: Object.fromEntries([...hosts].map(([name, { host }]) => [name, host.save()])),
  storage: journal.storage.save(),
  twice: census.twice,
});

async function load({ journal }: Fleet, hosts: Hosts, file: string): Promise<number> {
  const states = new Map<string, SimState>();
  await readInto(file, { hosts: states, storage: journal.storage });
  for (const [name, state] of states) hosts.get(name)?.host.restore(state);
  return states.size;
}

function happen(hosts: Hosts, happening: Happening): number {
  if (happening.what === 'poweroff') {
    const where = [...hosts.values()].find(({ host }) => host.poweroff(happening.guest));
    where?.link.pingNow();
    return where ? 1 : 0;
  }
  const there = covered(hosts, happening.where);
  for (const { host, gate, link } of there) {
    if (happening.what === 'cut') gate.cut();
    else {
      host.forget();
      link.pingNow();
    }
  }
  return there.length;
}

function summary({ board, calls }: Fleet, hosts: Hosts): Summary {
  const all = [...hosts.values()];
  return {
    hosts: all.length,
    links: all.reduce((sum, { link }) => sum + link.connected(), 0),
    guests: all.reduce((sum, { host }) => sum + host.guests.size, 0),
    routers: all.reduce((sum, { host }) => sum + host.routers.size, 0),
    calls: Object.fromEntries(calls),
    turned: board.turned(),
    residentMib: Math.round(process.memoryUsage.rss() / 2 ** 20),
  };
}
