// How this server stands: open, preparing for maintenance or its end, at rest, or leaving. The state is in the database, where
// any server may have written it; this process follows it: takes no new work, lets its jobs end, sends its hosts to other
// servers, and moves the state on when nothing is left. A process that is told to end (SIGTERM) does the same by itself.
import type { Db } from '#kernel/db.ts';
import type { Engine } from '#kernel/engine.ts';
import type { KeeperLoop } from '#kernel/keeper.ts';
import type { Log } from '#kernel/log.ts';
import type { Settings } from '#kernel/settings.ts';
import type { Hub } from './agents.ts';
import { moveOwnState, windowOver } from './links.store.ts';
import type { Members } from './members.ts';
import type { Spread } from './spread.ts';

export interface StandingOptions {
  db: Db;
  log: Log;
  settings: Settings;
  members: Members;
  engine: Engine;
  /** Absent in a process that runs none. */
  duties: KeeperLoop | undefined;
  hub: Hub | undefined;
  spread: Spread | undefined;
  /** Every server shall look at the servers. */
  tell: () => void;
  /** The state says that this process shall end. */
  end: () => void;
}

/** Where a server comes to rest, by the state in which it prepares. */
const RESTS: Readonly<Record<string, string>> = {
  PreparingForMaintenance: 'Maintenance',
  PreparingForShutDown: 'ReadyToShutDown',
};
const LOOK_MS = 200;

export class Standing {
  readonly #options: StandingOptions;
  #state = 'Up';
  #leaving = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: StandingOptions) {
    this.#options = options;
    options.members.listen(() => this.#follow());
  }

  /** Takes no new work. */
  get draining(): boolean {
    return this.#leaving || this.#state !== 'Up';
  }

  /** From now on this process is about to end: the others are told, hosts are sent away. */
  async leave(): Promise<void> {
    this.#leaving = true;
    clearInterval(this.#timer);
    this.#rest(true);
    const { db, members } = this.#options;
    const from = ['Up', 'PreparingForMaintenance', 'Maintenance', 'PreparingForShutDown', 'ReadyToShutDown'];
    await moveOwnState(db.read, { ...members.self, from, to: 'ShuttingDown' }).catch(() => {});
    this.#options.tell();
  }

  #follow(): void {
    const state = this.#options.members.me?.state ?? 'Up';
    if (state === this.#state || this.#leaving) return;
    this.#options.log.info({ from: this.#state, to: state }, 'server.state');
    this.#state = state;
    clearInterval(this.#timer);
    this.#rest(state !== 'Up');
    if (state !== 'Up') this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  #rest(resting: boolean): void {
    const { engine, duties, spread } = this.#options;
    engine.rest(resting);
    duties?.rest(resting);
    spread?.leave(resting);
  }

  async #look(): Promise<void> {
    const { db, members, engine, log, end } = this.#options;
    try {
      if (this.#state === 'ShuttingDown' && this.#isEmpty()) end();
      const next = RESTS[this.#state];
      if (!next) return;
      if (!this.#isEmpty()) return await this.#watchTheWindow();
      if (await moveOwnState(db.read, { ...members.self, from: [this.#state], to: next })) this.#options.tell();
      await members.refresh();
    } catch (error) {
      log.warn({ err: error, running: engine.running }, 'server.state.failed');
    }
  }

  /** Nothing runs here and no host needs this server: where no other takes hosts, they stay. */
  #isEmpty(): boolean {
    const { engine, hub, members } = this.#options;
    const others = members.takingHosts.some((member) => member.id !== members.self.id);
    return engine.running === 0 && (!others || (hub?.size ?? 0) === 0);
  }

  /** Preparing takes too long: given up, or the jobs that still run are handed to others. */
  async #watchTheWindow(): Promise<void> {
    if (this.#state !== 'PreparingForMaintenance') return;
    const { db, members, settings, engine, log } = this.#options;
    const withinMinutes = settings.number('management.server.maintenance.timeout');
    const over = await windowOver(db.read, { ...members.self, withinMinutes });
    if (over === undefined) return;
    if (over.forced) await engine.handOver();
    else if (await moveOwnState(db.read, { ...members.self, from: [this.#state], to: 'Up' })) {
      log.warn({ running: engine.running }, 'server.maintenance.given-up');
      this.#options.tell();
    }
  }
}
