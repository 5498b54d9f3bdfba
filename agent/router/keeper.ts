// Looks at every router every few seconds and at once when nftables tells of a change, and has repaired what differs.
// It works from what the agent holds alone: servers may all be dead. Invariant: at most one look per router at a time,
// and a look never waits for another router's.
import type { Link } from '../net/iproute.ts';
import { cableEnds } from '../net/iproute.ts';
import type { Router } from './router.ts';

const LOOK_EVERY_MS = 3000;
/** nftables is asked for its rules each so many looks even when nothing was heard: five minutes. */
const ASK_RULES_EVERY = 100;
/** A change comes as many lines; they are over by then. */
const SETTLE_MS = 200;

export type Keeper = {
  start(): void;
  /** nftables told of a change in this router. */
  heard(router: Router): void;
  /** Resolves when no look is going on any more. */
  stop(): Promise<void>;
};

/** `look` examines and repairs; it must not throw. */
export function makeKeeper(
  routers: () => Iterable<Router>,
  look: (router: Router, host: Link[], askRules: boolean) => Promise<void>,
  onTrouble: (error: Error) => void,
): Keeper {
  const looking = new Map<string, Promise<void>>();
  const settling = new Map<string, NodeJS.Timeout>();
  let timer: NodeJS.Timeout | undefined;
  let round = 0;
  let stopped = false;

  function begin(router: Router, host: Link[], askRules: boolean): void {
    if (looking.has(router.id)) return;
    looking.set(
      router.id,
      look(router, host, askRules).finally(() => looking.delete(router.id)),
    );
  }

  async function tick(): Promise<void> {
    const all = [...routers()];
    round++;
    // One question about all cables of all routers; nothing is asked when there are none.
    const host = all.length === 0 ? [] : await cableEnds();
    if (stopped) return;
    all.forEach((router, index) => begin(router, host, router.suspicious || (round + index) % ASK_RULES_EVERY === 0));
  }

  const next = (): void => {
    timer = setTimeout(() => {
      tick()
        .catch(onTrouble)
        .finally(() => {
          if (!stopped) next();
        });
    }, LOOK_EVERY_MS);
  };

  return {
    start: next,
    heard(router) {
      router.suspicious = true;
      clearTimeout(settling.get(router.id));
      settling.set(
        router.id,
        setTimeout(() => {
          settling.delete(router.id);
          if (!stopped)
            cableEnds()
              .then((host) => begin(router, host, true))
              .catch(onTrouble);
        }, SETTLE_MS),
      );
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      for (const wait of settling.values()) clearTimeout(wait);
      await Promise.all(looking.values());
    },
  };
}
