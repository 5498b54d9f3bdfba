// Which server holds the link of which host, as the database says it: read as it changes, woken by hints, with a slow poll as
// the floor. A link counts while its server lives and is still the run that wrote it.
import { coalesce } from '#base/coalesce.ts';
import type { Db } from '#kernel/db.ts';
import { isLost } from '#kernel/db.ts';
import type { Log } from '#kernel/log.ts';
import { linksSince, type LinkEntry, type Member } from './links.store.ts';
import type { Members } from './members.ts';

export interface Holder {
  readonly member: Member;
  readonly generation: number;
}
/** `changed` has what was read anew: may be what was known already. */
export type DirectoryListener = (changed: readonly LinkEntry[]) => void;

const POLL_MS = 1_000;

export class Directory {
  readonly #db: Db;
  readonly #log: Log;
  readonly #members: Members;
  readonly #byGuid = new Map<string, LinkEntry>();
  readonly #byHost = new Map<number, LinkEntry>();
  readonly #listeners = new Set<DirectoryListener>();
  #horizon = '0';
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor({ db, log, members }: { db: Db; log: Log; members: Members }) {
    this.#db = db;
    this.#log = log;
    this.#members = members;
  }

  async start(): Promise<void> {
    await this.#read();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Told after every look, also when nothing changed: a server may have died meanwhile. */
  listen(listener: DirectoryListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Who holds the host's link, if that server lives. */
  holder(hostId: number): Holder | undefined {
    const entry = this.#byHost.get(hostId);
    if (!entry || entry.serverId === null) return undefined;
    const member = this.#members.find(entry.serverId, entry.run);
    return member?.living ? { member, generation: entry.generation } : undefined;
  }

  /** Generation of the newest link of a host, up or not; 0 where there was none. */
  generation(hostId: number): number {
    return this.#byHost.get(hostId)?.generation ?? 0;
  }

  /** How many hosts each server holds. */
  counts(): Map<number, number> {
    const counts = new Map<number, number>();
    for (const { serverId, run } of this.#byGuid.values()) {
      if (serverId !== null && this.#members.find(serverId, run)) counts.set(serverId, (counts.get(serverId) ?? 0) + 1);
    }
    return counts;
  }
  /** Hosts of the cloud that ever were linked. */
  get hosts(): number {
    return this.#byHost.size;
  }

  /** Looks now; resolves when what was committed before is known. */
  readonly refresh = coalesce(() => this.#look());

  /** Reads every row again: after a failover of the database, transaction ids may have gone back. */
  readAll(): Promise<void> {
    this.#horizon = '0';
    return this.refresh();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => void this.refresh(), POLL_MS);
  }

  async #look(): Promise<void> {
    try {
      await this.#read();
    } catch (error) {
      if (!isLost(error) && !this.#stopped) this.#log.warn({ err: error }, 'links.read.failed');
    } finally {
      this.#schedule();
    }
  }

  async #read(): Promise<void> {
    const before = this.#horizon;
    const { horizon, links } = await linksSince(this.#db.read, before);
    if (this.#horizon === before) this.#horizon = horizon;
    for (const link of links) this.#keep(link);
    for (const listener of this.#listeners) listener(links);
  }

  #keep(link: LinkEntry): void {
    const before = this.#byGuid.get(link.guid);
    if (before && before.hostId !== null && before.hostId !== link.hostId) this.#byHost.delete(before.hostId);
    this.#byGuid.set(link.guid, link);
    if (link.hostId !== null) this.#byHost.set(link.hostId, link);
  }
}
