// Moving simulated guests: the steps and their order are the real ones, memory and disks are not. What is told apart as on a real
// host is where a guest runs: a guest that comes runs only once it has arrived, and from then on the source has none.
import type { HostFacts, Method, Params, Reply } from '#protocol/messages.ts';
import { Refused } from '../refused.ts';
import type { SimGuest } from './usage.ts';

/** Guests on their way to a host, by the door's ticket: shared by the hosts of a process, as the network between them is. */
export interface SimRoads {
  readonly doors: Map<string, { from: string; arrive: (guest: SimGuest) => void }>;
}
export const makeSimRoads = (): SimRoads => ({ doors: new Map() });

interface World {
  facts: HostFacts;
  roads: SimRoads;
  held: { guests: Map<string, SimGuest> };
}
type Moves = {
  [M in Extract<Method, `guest.${'receive' | 'migrate' | 'received' | 'stay'}`>]: (
    world: World,
    params: Params<M>,
  ) => Reply<M>;
};

const TICKET_CHARACTERS = 32;
const ticketOf = ({ facts }: World, name: string): string =>
  Buffer.from(`${facts.guid} ${name}`).toString('hex').padStart(TICKET_CHARACTERS, '0').slice(-TICKET_CHARACTERS);

export const moves: Moves = {
  'guest.receive': (world, { guest, from }) => {
    const ticket = ticketOf(world, guest.name);
    world.roads.doors.set(ticket, { from, arrive: (moved) => world.held.guests.set(moved.name, moved) });
    return { address: world.facts.underlayIp, port: 49_152, ticket, consoleLog: '/simulated/console' };
  },
  'guest.migrate': (world, { guest, door, to }) => {
    const moving = world.held.guests.get(guest.name);
    if (moving === undefined) return {};
    const open = world.roads.doors.get(door.ticket);
    if (open?.from !== world.facts.guid)
      throw new Refused('failed', `The guest stays where it is: host ${to} has no door for it`);
    world.held.guests.delete(guest.name);
    open.arrive(moving);
    return {};
  },
  'guest.received': (world, { name }) => {
    world.roads.doors.delete(ticketOf(world, name));
    if (!world.held.guests.has(name)) throw new Refused('missing', `guest ${name} has not come to this host`);
    return {};
  },
  'guest.stay': ({ held }, { name }) => ({ here: held.guests.has(name) }),
};
