// Keeps this server's hosts where they should be: tells each host where the servers are, and asks those that belong to another
// server to move there, a few at a time. One timer for all hosts. A server that leaves asks all of its hosts to go.
import type { Settings } from '#kernel/settings.ts';
import { ONE_LINK_VERSION, type ServerPlace } from '#protocol/messages.ts';
import type { HostLink, Hub } from './agents.ts';
import { moveQuota, orderFor, type Algorithm } from './balance.ts';
import type { Directory } from './directory.ts';
import type { Member } from './links.store.ts';
import type { Members } from './members.ts';

export interface SpreadOptions {
  hub: Hub;
  members: Members;
  directory: Directory;
  settings: Settings;
  /** Addresses of this server's own port, in the order of its configuration. */
  addresses: readonly string[];
}

const TICK_MS = 1_000;
const DRAIN_TICK_MS = 200;
/** How long a host stays where it is before it is asked to move, where the setting leaves it to the servers. */
const OWN_PACE_MS = 10_000;
/** Hosts told in one turn of the event loop. */
const BATCH = 500;

export class Spread {
  readonly #options: SpreadOptions;
  #timer: NodeJS.Timeout | undefined;
  #leaving = false;
  #known = '';

  constructor(options: SpreadOptions) {
    this.#options = options;
    options.hub.onArrival((link) => this.#tell(link, false));
    options.members.listen(() => this.#serversChanged());
  }

  start(): void {
    this.#schedule();
  }
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Asks every host to go to another server, again until it has gone; `false` lets hosts stay again. */
  leave(leaving: boolean): void {
    if (this.#leaving === leaving) return;
    this.#leaving = leaving;
    if (this.#timer) this.#schedule(0);
  }

  #schedule(afterMs = this.#leaving ? DRAIN_TICK_MS : TICK_MS): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#tick();
      if (this.#timer) this.#schedule();
    }, afterMs);
  }

  /** Whoever else there is for this host, in its order. */
  #order(link: HostLink): Member[] {
    const { members, settings } = this.#options;
    const places = members.takingHosts.filter((member) => !(this.#leaving && member.id === members.self.id));
    const algorithm = settings.text('indirect.agent.lb.algorithm') as Algorithm;
    return orderFor({ guid: link.facts.guid, hostId: link.hostId, generation: link.generation }, places, algorithm);
  }

  #tell(link: HostLink, move: boolean): void {
    if (link.facts.protocol < ONE_LINK_VERSION) return;
    this.#options.hub.tell(
      link,
      this.#order(link).map((member) => this.#placeOf(member, link)),
      move,
    );
  }

  /** All its addresses, first the one that is in the network by which the host came here. */
  #placeOf(member: Member, link: HostLink): ServerPlace {
    const index = this.#options.addresses.indexOf(link.dialled.replace(/^::ffff:/, ''));
    const near = member.addresses[index];
    const addresses =
      near === undefined
        ? [...member.addresses]
        : [near, ...member.addresses.filter((_, position) => position !== index)];
    return { id: member.uuid, addresses, port: member.port! };
  }

  #serversChanged(): void {
    const now = JSON.stringify(this.#options.members.takingHosts.map(({ id, run, draws }) => [id, run, draws]));
    if (now === this.#known) return;
    this.#known = now;
    const links = [...this.#options.hub.settled()];
    const some = (from: number): void => {
      for (const link of links.slice(from, from + BATCH)) this.#tell(link, false);
      if (from + BATCH < links.length) setImmediate(some, from + BATCH);
    };
    some(0);
  }

  #tick(): void {
    if (this.#leaving) this.#askAllToLeave();
    else if (this.#isTimeToBalance()) this.#balance();
  }

  #askAllToLeave(): void {
    const { hub, members } = this.#options;
    if (!members.takingHosts.some((member) => member.id !== members.self.id)) return;
    const now = performance.now();
    let quota = Math.max(100, Math.ceil(hub.size / 10));
    for (const link of hub.settled()) {
      if (quota === 0) return;
      if (now - link.askedAt < 5_000) continue;
      link.askedAt = now;
      this.#tell(link, true);
      quota--;
    }
  }

  /** Not while hosts are coming back from somewhere: `agent.load.threshold` of them must have a link. */
  #isTimeToBalance(): boolean {
    const { members, directory, settings } = this.#options;
    if (members.takingHosts.length < 2) return false;
    const linked = [...directory.counts().values()].reduce((sum, count) => sum + count, 0);
    return linked >= directory.hosts * settings.number('agent.load.threshold');
  }

  #balance(): void {
    const { hub, members, settings } = this.#options;
    if (settings.text('indirect.agent.lb.algorithm') === 'shuffle') return;
    const now = performance.now();
    let quota = moveQuota(hub.size);
    for (const link of hub.settled()) {
      if (quota === 0) return;
      const pace = settings.number('indirect.agent.lb.check.interval', ...inCluster(link)) * 1000 || OWN_PACE_MS;
      if (now - link.askedAt < pace) continue;
      link.askedAt = now;
      const [first] = this.#order(link);
      if (!first || first.id === members.self.id || !first.draws) continue;
      this.#tell(link, true);
      quota--;
    }
  }
}

const inCluster = ({ clusterId }: HostLink): { scope: string; id: number }[] =>
  clusterId === null ? [] : [{ scope: 'Cluster', id: clusterId }];
