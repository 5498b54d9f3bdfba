// An undo must come through: it is tried again with growing pauses before a human has to look.

const TRIES = 6;
const FIRST_PAUSE_MS = 300;

/** The world would not take an undo: what is left over is the keepers' to clear, and a human is told. */
export class UndoFailed extends Error {
  override name = 'UndoFailed';
}

export interface Patience {
  /** Errors after which there is no point in going on, for instance because this process ends. */
  endsAtOnce(error: unknown): boolean;
  /** Tripled from try to try. */
  firstPauseMs?: number | undefined;
}

export async function patiently(
  attempt: () => Promise<unknown>,
  { endsAtOnce, firstPauseMs = FIRST_PAUSE_MS }: Patience,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (endsAtOnce(error)) throw error;
      if (tries === TRIES) throw new UndoFailed(`undo failed: ${(error as Error).message}`, { cause: error });
      await new Promise((resolve) => {
        setTimeout(resolve, firstPauseMs * 3 ** (tries - 1) * (0.8 + 0.4 * Math.random()));
      });
    }
  }
}
