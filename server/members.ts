// Who the servers of the cloud are and which of them live, as this one knows it: read with its own beat, and at once when a
// hint says that something changed. Other servers' clocks play no part: life is proved in the database.
import { coalesce } from '#base/coalesce.ts';
import type { Db } from '#kernel/db.ts';
import { isLost } from '#kernel/db.ts';
import type { Log } from '#kernel/log.ts';
import { beat, members, type Member, type Role } from './links.store.ts';

export interface Self {
  readonly id: number;
  readonly uuid: string;
  readonly run: number;
  readonly roles: readonly Role[];
}
export interface MembersOptions {
  db: Db;
  log: Log;
  self: Self;
  /** Of the engine now. */
  worker: () => number;
  agents: () => number;
  measure: () => unknown;
  everyMs: () => number;
  /** Another run has this server's row, or it was removed: this process is nobody any more. */
  end: () => void;
}

const FACTS_EVERY_MS = 10_000;
/** States in which a server takes hosts on. */
const TAKES_HOSTS = ['Up'];

export class Members {
  readonly #options: MembersOptions;
  readonly #listeners = new Set<() => void>();
  #all: readonly Member[] = [];
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #measuredAt = 0;
  #stopped = false;

  constructor(options: MembersOptions) {
    this.#options = options;
  }

  get self(): Self {
    return this.#options.self;
  }
  get all(): readonly Member[] {
    return this.#all;
  }
  /** This server as the others see it; undefined when its row is another run's or gone. */
  get me(): Member | undefined {
    return this.#all.find((member) => member.id === this.self.id && member.run === this.self.run);
  }
  /** The living ones that hosts may be linked to, in the order of their ids. */
  get takingHosts(): readonly Member[] {
    return this.#all.filter(
      (member) =>
        member.living && member.port !== null && member.roles.includes('worker') && TAKES_HOSTS.includes(member.state),
    );
  }
  /** How many living ones answer calls. */
  get answering(): number {
    return this.#all.filter((member) => member.living && member.roles.includes('api')).length;
  }
  find(id: number, run: number): Member | undefined {
    return this.#all.find((member) => member.id === id && member.run === run);
  }

  async start(): Promise<void> {
    await this.#beat();
    await this.refresh();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  /** Told whenever anything about any server is different. */
  listen(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Reads anew; several wishes at once are one reading. */
  readonly refresh = coalesce(() => this.#read());

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      void this.#beat()
        .then(() => this.refresh())
        .catch((error: unknown) => {
          if (!isLost(error)) this.#options.log.warn({ err: error }, 'servers.beat.failed');
        })
        .finally(() => this.#schedule());
    }, this.#options.everyMs());
  }

  async #beat(): Promise<void> {
    const { db, log, self, worker, agents, measure } = this.#options;
    const due = performance.now() - this.#measuredAt > FACTS_EVERY_MS;
    if (due) this.#measuredAt = performance.now();
    const mine = await beat(db.read, {
      id: self.id,
      run: self.run,
      worker: worker(),
      agents: agents(),
      facts: due ? measure() : undefined,
    });
    if (mine || this.#stopped) return;
    log.fatal({ server: self.uuid }, 'server.row.lost');
    this.stop();
    this.#options.end();
  }

  async #read(): Promise<void> {
    this.#all = await members(this.#options.db.read);
    const text = JSON.stringify(this.#all);
    if (text === this.#text) return;
    this.#text = text;
    for (const listener of this.#listeners) listener();
  }
}
