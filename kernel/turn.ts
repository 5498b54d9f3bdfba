// A keeper's turn: while its code runs, and in everything it awaits, the turn is known. Writes to the database commit only
// while the turn is still this process's own, and calls to hosts carry it as job and epoch: a process that was paused past
// its lease and wakes changes nothing any more, without a line about it in any keeper.
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Turn {
  readonly name: string;
  /** Raised each time a server takes the keeper's turn. */
  readonly epoch: number;
  /** Asks the database when it has not been told lately. */
  stillOurs(): Promise<boolean>;
}

/** Another server has the turn, or may have it. */
export class TurnLost extends Error {
  override name = 'TurnLost';
  constructor(turn: Turn) {
    super(`the turn ${turn.epoch} of ${turn.name} is over`);
  }
}

const turns = new AsyncLocalStorage<Turn>();

export const inTurn = <T>(turn: Turn, work: () => Promise<T>): Promise<T> => turns.run(turn, work);
export const currentTurn = (): Turn | undefined => turns.getStore();
/** For what a keeper only sets off and is not part of its turn. */
export const outsideTurn = <T>(work: () => T): T => turns.exit(work);
