// An undo must come through: it is tried again with growing pauses before a human has to look.

const TRIES = 6;

/** The world would not take an undo: what is left over is the keepers' to clear, and a human is told. */
export class UndoFailed extends Error {
  override name = 'UndoFailed';
}

/** `endsAtOnce`: errors after which there is no point in going on, for instance because this process ends. */
export async function patiently(
  attempt: () => Promise<unknown>,
  endsAtOnce: (error: unknown) => boolean,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (endsAtOnce(error)) throw error;
      if (tries === TRIES) throw new UndoFailed(`undo failed: ${(error as Error).message}`, { cause: error });
      await new Promise((resolve) => {
        setTimeout(resolve, 100 * 3 ** tries * (0.8 + 0.4 * Math.random()));
      });
    }
  }
}
