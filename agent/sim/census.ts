// Who runs where, at every moment and not only when somebody looks: a guest that runs on two hosts at once is written down, and
// stays written down. A host that stands still runs nothing, whatever its memory holds.

interface Home {
  name: string;
  awake(): boolean;
}
export interface Census {
  /** A guest began to run there, or the host with it woke. */
  runs(guest: string, home: Home): void;
  ended(guest: string, home: Home): void;
  /** Sentences. */
  readonly twice: readonly string[];
}

export function makeCensus(): Census {
  const homes = new Map<string, Set<Home>>();
  const twice: string[] = [];
  return {
    twice,
    runs(guest, home) {
      const known = homes.get(guest) ?? new Set();
      homes.set(guest, known);
      for (const other of known)
        if (other !== home && other.awake() && home.awake()) twice.push(`${guest} on ${other.name} and ${home.name}`);
      known.add(home);
    },
    ended(guest, home) {
      const known = homes.get(guest);
      known?.delete(home);
      if (known?.size === 0) homes.delete(guest);
    },
  };
}

/** Guests of one host, that the census is told of. */
export class Counted<T> extends Map<string, T> {
  readonly #census: Census;
  readonly #home: Home;
  constructor(census: Census, home: Home) {
    super();
    this.#census = census;
    this.#home = home;
  }
  override set(name: string, guest: T): this {
    this.#census.runs(name, this.#home);
    return super.set(name, guest);
  }
  override delete(name: string): boolean {
    if (!super.delete(name)) return false;
    this.#census.ended(name, this.#home);
    return true;
  }
  override clear(): void {
    for (const name of this.keys()) this.delete(name);
  }
}
