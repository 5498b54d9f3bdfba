// What simulated hosts see of each other on storage they share: a heart that beats, or not, and pills. A host without power is
// silent; one that is only cut off from the servers is not, and takes a pill that is laid for it.
import type { HostFacts, Method, Params, Reply } from '#protocol/messages.ts';
import type { SimGuest } from './usage.ts';

interface Heart {
  beats(): boolean;
  end(): void;
}
/** The hosts of a process, by their guids, and the pills that lie for them. */
export interface SimHearts {
  readonly hosts: Map<string, Heart>;
  readonly pills: Map<string, string>;
}
export const makeSimHearts = (): SimHearts => ({ hosts: new Map(), pills: new Map() });

interface World {
  facts: HostFacts;
  hearts: SimHearts;
  held: { guests: Map<string, SimGuest> };
}
type Leases = {
  [M in Extract<Method, `lease.${string}`>]: (world: World, params: Params<M>) => Reply<M>;
};
/** Longer than any host's guests outlive its heartbeat. */
const LONG_SILENT_S = 3_600;

export const leases: Leases = {
  'lease.watch': ({ hearts }, { host }) => {
    const heart = hearts.hosts.get(host);
    const beats = heart?.beats() ?? false;
    return {
      seen: heart !== undefined,
      silentS: beats ? 0 : LONG_SILENT_S,
      expired: !beats,
      fenced: beats ? (hearts.pills.get(host) ?? null) : null,
    };
  },
  'lease.fence': ({ hearts }, { host, pill }) => {
    hearts.pills.set(host, pill);
    const heart = hearts.hosts.get(host);
    if (heart?.beats()) heart.end();
    return {};
  },
  'lease.clear': ({ hearts }, { host }) => {
    hearts.pills.delete(host);
    return {};
  },
};
