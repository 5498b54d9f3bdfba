// What simulated hosts see of each other: on storage they share a heart that beats, or not, and pills; on the network an answer, or
// none. A host without power and one that hangs are silent; one that is only cut off is not, and takes a pill that is laid for it.
// Owners of volumes are not simulated: a server that starts a guest where it may not is not stopped here, and the census sees it.
import type { HostFacts, Method, Params, Reply } from '#protocol/messages.ts';
import { Refused } from '../refused.ts';

interface Heart {
  beats(): boolean;
  /** To another host that is not cut off itself. */
  answers(): boolean;
  end(): void;
}
/** How long guests outlive their host's last beat, and after how long others take them for ended. */
export interface LeaseTimes {
  killAfterS: number;
  expiredAfterS: number;
}
/** The hosts of a process by their guids, the pills that lie for them, and since when those stand still that do. */
export interface SimHearts extends LeaseTimes {
  readonly hosts: Map<string, Heart>;
  readonly pills: Map<string, { id: string; off: boolean }>;
  readonly still: Map<string, number>;
}
export const makeSimHearts = (times: LeaseTimes = { killAfterS: 0, expiredAfterS: 0 }): SimHearts => ({
  ...times,
  hosts: new Map(),
  pills: new Map(),
  still: new Map(),
});

/** The host's heart began to beat, or ceased to. Before a host that stood still does anything else, its guard looks: at the pill
 * that was laid meanwhile, and at how long ago the last beat is. */
export function heedHeart({ hosts, pills, still, killAfterS }: SimHearts, guid: string): void {
  const heart = hosts.get(guid);
  if (!heart) return;
  const since = still.get(guid);
  if (!heart.beats()) {
    if (since === undefined) still.set(guid, performance.now());
    return;
  }
  still.delete(guid);
  if (since !== undefined && (pills.has(guid) || performance.now() - since > killAfterS * 1_000)) heart.end();
}

interface World {
  facts: HostFacts;
  hearts: SimHearts;
}
type Leases = {
  [M in Extract<Method, `lease.${string}` | 'host.probe'>]: (world: World, params: Params<M>) => Reply<M>;
};

export const leases: Leases = {
  'lease.watch': ({ hearts }, { host }) => {
    const heart = hearts.hosts.get(host);
    if (!heart) return { seen: false, silentS: 0, expired: true, fenced: null };
    heedHeart(hearts, host);
    const [pill, since] = [hearts.pills.get(host), hearts.still.get(host)];
    const silentS = since === undefined ? 0 : (performance.now() - since) / 1_000;
    const expired = (pill?.off ?? false) || (since !== undefined && silentS >= hearts.expiredAfterS);
    return { seen: true, silentS, expired, fenced: since === undefined ? (pill?.id ?? null) : null };
  },
  'lease.fence': ({ hearts }, { host, pill, off }) => {
    hearts.pills.set(host, { id: pill, off });
    const heart = hearts.hosts.get(host);
    if (heart?.beats()) heart.end();
    return {};
  },
  'lease.clear': ({ hearts }, { host }) => {
    hearts.pills.delete(host);
    return {};
  },
  'host.probe': ({ hearts, facts }, { host }) => {
    if (host === facts.guid) throw new Refused('invalid', 'a host does not probe itself');
    return { reached: hearts.hosts.get(host)?.answers() ?? false };
  },
};
