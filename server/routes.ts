// The way to a host from any server: over the link it has here, or through the server that holds it. Calls are repeatable, so
// one whose way broke is asked again over the next; while a host moves from server to server nobody notices.
import type { Duplex } from 'node:stream';
import { currentTraceText, inSpan } from '#base/trace.ts';
import type { HostFacts, HostsDriver } from '#cloud/host/driver.ts';
import { HostRefused, HostUnreachable, type HostCalls } from '#drivers/host/calls.ts';
import type { Db, Tx } from '#kernel/db.ts';
import type { Call } from '#kernel/job.ts';
import { currentTurn, TurnLost } from '#kernel/turn.ts';
import { methods, type Method, type ParamsIn, type Reply } from '#protocol/messages.ts';
import { LinkBroke, type Ask, type AskedBy, type Hub } from './agents.ts';
import type { Directory } from './directory.ts';
import { adoptLink, linkGeneration, pendingFacts, releaseLink, type Member } from './links.store.ts';
import type { Members } from './members.ts';
import { HostAbsent, PeerBroke, type Peers } from './peers.ts';
import type { Streams } from './streams.ts';

export interface RoutesOptions {
  db: Db;
  /** Absent where this process holds no hosts. */
  hub: Hub | undefined;
  members: Members;
  directory: Directory;
  peers: Peers;
  streams: Streams;
  /** Rows of links changed: every server shall look. */
  tell: () => void;
  /** Told of every call that ended. */
  called: (method: Method, outcome: string, seconds: number) => void;
}

interface Way {
  generation: number;
  ask(ask: Ask, by: AskedBy): Promise<unknown>;
}

/** How often a call is begun whose link breaks under it. */
const MAX_ATTEMPTS = 4;
/** How often another server is tried that does not answer: as long as a host is waited for. */
const MAX_DIALS = 60;
const DIAL_PAUSE_MS = 300;
/** A host notices within nine seconds that its server sleeps, and is elsewhere soon after. */
const RECONNECT_WAIT_MS = 20_000;

export class Routes implements HostCalls, HostsDriver {
  readonly #options: RoutesOptions;
  readonly #waiters = new Set<() => void>();

  constructor(options: RoutesOptions) {
    this.#options = options;
    const { hub, members, directory } = options;
    const look = (): void => {
      for (const waiter of this.#waiters) waiter();
    };
    hub?.onArrival(look);
    members.listen(look);
    directory.listen(look);
  }

  isConnected(hostId: number): boolean {
    return this.#find(hostId, 0) !== undefined;
  }

  async call<M extends Method>(hostId: number, method: M, params: ParamsIn<M>, call: Call | null): Promise<Reply<M>> {
    const begun = performance.now();
    let outcome = 'done';
    try {
      return await inSpan(`call ${method}`, { kind: 'client', attributes: { host: hostId } }, async () => {
        const by = call ?? (await byTurn());
        const trace = currentTraceText() ?? by?.trace ?? null;
        const asked = { job: null, epoch: 0, ...by, trace };
        return methods[method].reply.parse(await this.#ask(hostId, { method, params }, asked)) as Reply<M>;
      });
    } catch (error) {
      outcome = error instanceof HostRefused ? error.refusal.code : 'unreachable';
      throw error;
    } finally {
      this.#options.called(method, outcome, (performance.now() - begun) / 1000);
    }
  }

  async #ask(hostId: number, ask: Ask, by: AskedBy): Promise<unknown> {
    let avoid = 0;
    let begun = 0;
    let dials = 0;
    for (;;) {
      const way = this.#find(hostId, avoid) ?? (await this.#whenReachable(hostId, avoid, by.signal));
      try {
        return await way.ask(ask, by);
      } catch (error) {
        if (!(error instanceof LinkBroke) || by.signal?.aborted) throw error;
        if (error instanceof PeerBroke) {
          if (++dials >= MAX_DIALS) throw error;
          await pause(DIAL_PAUSE_MS);
        } else {
          // the link this went by is not there any more: wait for a newer one
          avoid = way.generation;
          if (!(error instanceof HostAbsent) && ++begun >= MAX_ATTEMPTS) throw error;
        }
        await this.#options.directory.refresh();
      }
    }
  }

  /** The newest link, unless it is the one to avoid. */
  #find(hostId: number, avoid: number): Way | undefined {
    const { hub, directory, members } = this.#options;
    const local = hub?.link(hostId);
    const holder = directory.holder(hostId);
    const remote = holder && holder.member.id !== members.self.id ? holder : undefined;
    if (remote && remote.generation !== avoid && remote.generation > (local?.generation ?? 0))
      return { generation: remote.generation, ask: (ask, by) => this.#askThere(remote.member, hostId, ask, by) };
    if (!local || local.generation === avoid) return undefined;
    return { generation: local.generation, ask: (ask, by) => hub!.ask(local, ask, by) };
  }

  async #askThere(member: Member, hostId: number, ask: Ask, by: AskedBy): Promise<unknown> {
    const { peers, streams } = this.#options;
    if (ask.method !== 'console.open') return peers.forward(member, hostId, ask, by);
    const { ticket } = ask.params as { ticket: string };
    const stream = await peers.openStream(member, ticket);
    try {
      const result = await peers.forward(member, hostId, ask, by);
      streams.hand(ticket, stream);
      return result;
    } catch (error) {
      stream.destroy();
      throw error;
    }
  }

  /** A host that lost its link has another within seconds; a job need not fail for that. */
  #whenReachable(hostId: number, avoid: number, signal: AbortSignal | undefined): Promise<Way> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiters.delete(look);
        clearTimeout(timer);
        signal?.removeEventListener('abort', give);
      };
      const give = (): void => {
        end();
        reject(new HostUnreachable(`host ${hostId} is not connected`));
      };
      const look = (): void => {
        const way = this.#find(hostId, avoid);
        if (!way) return;
        end();
        resolve(way);
      };
      const timer = setTimeout(give, RECONNECT_WAIT_MS);
      signal?.addEventListener('abort', give, { once: true });
      if (signal?.aborted) give();
      else this.#waiters.add(look);
    });
  }

  /** A stream the host will open; `ticket` goes to it in a call. */
  expectStream(): { ticket: string; stream: Promise<Duplex> } {
    return this.#options.streams.expect();
  }

  // ---- hosts

  pending(): Promise<HostFacts[]> {
    return pendingFacts(this.#options.db.read);
  }

  async adopt(tx: Tx, hostId: number, guid: string): Promise<void> {
    await adoptLink(tx, hostId, guid);
    tx.afterCommit(this.#options.tell);
  }

  async release(tx: Tx, hostId: number): Promise<void> {
    await releaseLink(tx, hostId);
    tx.afterCommit(this.#options.tell);
  }

  generation(tx: Tx, hostId: number): Promise<number> {
    return linkGeneration(tx, hostId);
  }

  async reconnect(hostId: number): Promise<void> {
    const { hub, directory, members, peers } = this.#options;
    const holder = directory.holder(hostId);
    if (holder && holder.member.id !== members.self.id) await peers.drop(holder.member, hostId);
    hub?.drop(hostId);
  }
}

/** What a keeper asks carries its turn, so that a host refuses an older one; a turn that may be over asks nothing. */
async function byTurn(): Promise<AskedBy | null> {
  const turn = currentTurn();
  if (!turn) return null;
  if (!(await turn.stillOurs())) throw new TurnLost(turn);
  return { job: `keeper:${turn.name}`, epoch: turn.epoch, trace: null };
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
