// What the process that started the simulator may ask of it while it runs, over the channel between them: how its hosts misbehave,
// that links break, what the hosts hold. Without a channel nobody can; people and others come in by control-socket.ts.
import type { SimState } from './host.ts';
import type { Knobs } from './knobs.ts';
import type { SimStorageState } from './storage.ts';

/** All that the hosts of a process hold, by their names. */
export interface Saved {
  hosts: Record<string, SimState>;
  storage: SimStorageState;
  /** Guests that at some moment ran on two hosts at once. */
  twice: readonly string[];
}

export interface Controlled {
  /** For all hosts. */
  turn(knobs: Partial<Knobs>): void;
  cut(hosts: readonly string[]): void;
  held(): Saved;
}

/** Each is answered with `{ id, held }`, in order. */
export interface Wish {
  id: number;
  knobs?: Partial<Knobs>;
  cut?: readonly string[];
}
export interface Granted {
  id: number;
  held: Saved;
}

export function obeyParent(simulator: Controlled): void {
  if (!process.send) return;
  process.on('message', ({ id, knobs, cut }: Wish) => {
    if (knobs) simulator.turn(knobs);
    if (cut) simulator.cut(cut);
    process.send!({ id, held: simulator.held() } satisfies Granted);
  });
}
