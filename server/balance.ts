// Which server a host should be linked to. Pure: the servers and the host's guid decide, so that every server and every run
// comes to the same answer, and a server that comes or goes moves only the hosts that are or were its own.

export interface Place {
  readonly id: number;
  readonly uuid: string;
}
/** As the setting `indirect.agent.lb.algorithm` names them. `static`: a host's order is always the same, hosts spread evenly;
 * `roundrobin`: hosts are dealt over the servers by their number; `shuffle`: a new order with each new link. */
export type Algorithm = 'static' | 'roundrobin' | 'shuffle';

/** A number that host and server have in common and nothing else: the highest one wins (rendezvous hashing). FNV-1a with a
 * final mix: it need not be secret, but it is asked for every host and server. */
function lot(host: string, server: string): number {
  let hash = 0x811c9dc5;
  for (const text of [host, server])
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The servers in the order in which the host should try them. */
export function orderFor<P extends Place>(
  host: { guid: string; hostId: number | undefined; generation: number },
  places: readonly P[],
  algorithm: Algorithm,
): P[] {
  const ordered = places.toSorted((a, b) => a.id - b.id);
  if (algorithm === 'roundrobin' && host.hostId !== undefined && ordered.length > 0) {
    const first = host.hostId % ordered.length;
    return [...ordered.slice(first), ...ordered.slice(0, first)];
  }
  const who = algorithm === 'shuffle' ? `${host.guid}#${host.generation}` : host.guid;
  return ordered
    .map((place) => ({ place, drawn: lot(who, place.uuid) }))
    .sort((a, b) => b.drawn - a.drawn)
    .map(({ place }) => place);
}

/** How many hosts a server asks to move within a second: enough to be done in minutes, too few to be felt. */
export const moveQuota = (links: number): number => Math.min(100, Math.max(1, Math.ceil(links / 50)));
