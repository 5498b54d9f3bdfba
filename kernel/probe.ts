// Debug points of the engine: where a test may look in, kill or pause. Nothing in the product listens there.

/** Points where a test may look in, kill or pause: around a step and its commit, the same of undos, and what an engine does with
 * jobs. `commit`, `undo-commit` and `finishing` are inside the transaction. */
export type DebugPoint =
  | 'beat'
  | 'taken-over'
  | 'claimed'
  | 'step'
  | 'commit'
  | 'committed'
  | 'undo'
  | 'undo-commit'
  | 'undo-committed'
  | 'finish'
  | 'finishing'
  | 'finished';
export type Probe = (point: DebugPoint, at: { kind: string; step: string }) => void | Promise<void>;
