// All routers of this host: applying, removing, adopting after a restart, keeping them as they should be.
// Each router has its own lane: apply, remove and repair of one never overlap, those of different routers do.
// Invariants: an older generation changes nothing; what was accepted is on disk before the machine is touched, so a
// router needs no server to come back; the agent's end is not the routers' end.
import { readdir } from 'node:fs/promises';
import type { RouterSpec } from '#protocol/messages.ts';
import { Turns } from '../dispatch.ts';
import { cableEnds, enter, links } from '../net/iproute.ts';
import type { Link } from '../net/iproute.ts';
import { supervise } from '../process.ts';
import { Refused } from '../refused.ts';
import { checkSpec } from './check-spec.ts';
import { cablesFor, converge, dismantle, leave, rulesListing } from './converge.ts';
import { examine } from './examine.ts';
import { forgetSpec, prepareRunDir, readLoaded, storedRouters, storeLoaded, storeSpec, storeTaken } from './files.ts';
import { makeKeeper } from './keeper.ts';
import { NAMESPACE_DIR, NAMESPACE_PREFIX, suffixFor } from './names.ts';
import { forget, makeRouter, setSpec } from './router.ts';
import type { Router } from './router.ts';
import { metadataOf } from './metadata.ts';

export type RoutersOptions = {
  /** Where specs are kept. They hold passwords: the directory is made for root alone. */
  dir: string;
  /** For files that need not survive a boot; dnsmasq, which is not root, must be able to reach it. */
  runDir?: string;
  /** The machine was not as it should be and is again; `what` says what it was. */
  onRepaired: (router: string, what: string) => void;
  /** A guest has its password. Told again after a restart of the agent, until a spec comes without it. */
  onPasswordTaken: (router: string, ip: string, passwordId: string) => void;
  /** What could not be put right, or was found unreadable; it is tried again. */
  onTrouble?: (router: string | null, error: Error) => void;
};
export type Routers = {
  /** Resolves when the router does what the spec says. Refused: `stale`, `invalid`, `missing` (a bridge). */
  apply(spec: RouterSpec): Promise<{ generation: number }>;
  remove(id: string): Promise<void>;
  list(): Promise<{ id: string; generation: number }[]>;
  /** Adopt what is on disk and begin to keep it. Once, before anything else. */
  start(): Promise<void>;
  /** The agent goes away; the routers stay. */
  stop(): Promise<void>;
};

export const RUN_DIR = '/run/nephos-routers';
const ADOPTED_AT_ONCE = 4;

export function makeRouters(options: RoutersOptions): Routers {
  const { dir, runDir = RUN_DIR } = options;
  const routers = new Map<string, Router>();
  const turns = new Turns();
  const trouble = (router: string | null, error: unknown): void => options.onTrouble?.(router, error instanceof Error ? error : new Error(String(error)));
  const keeper = makeKeeper(() => routers.values(), look, (error) => trouble(null, error));
  let running = false;

  async function make(router: Router, host?: Link[]): Promise<void> {
    router.unfinished = true;
    try {
      await converge(router, { host, onPasswordTaken: (ip, passwordId) => { void passwordTaken(router, ip, passwordId); } });
      router.unfinished = false;
    } catch (error) {
      forget(router); // half done: believe nothing
      throw error;
    }
  }

  /** After make: remember how the machine shows what was loaded, and listen for changes. */
  async function settle(router: Router): Promise<void> {
    if (routers.get(router.id) !== router || router.unfinished) return;
    if (router.listing === null) router.listing = await rulesListing(router.names.namespace);
    await storeLoaded(router.files, { rules: router.rules!, listing: router.listing, names: router.nameFiles! });
    if (running) router.monitor ??= watch(router);
  }

  /** The caller of an apply does not wait for it, but whoever is next in the lane does. */
  function settleSoon(router: Router): void {
    turns.take(router.id, () => settle(router)).catch((error: unknown) => trouble(router.id, error));
  }

  /** Ends with the agent however that ends, so that none is left over. */
  const watch = (router: Router): NonNullable<Router['monitor']> =>
    supervise([...enter(router.names.namespace), 'setpriv', '--pdeathsig', 'KILL', 'nft', 'monitor'], { onLine: () => keeper.heard(router), backoffMs: 1000 });

  async function passwordTaken(router: Router, ip: string, passwordId: string): Promise<void> {
    router.taken.add(passwordId);
    router.guests = metadataOf(router.spec, router.taken);
    await storeTaken(dir, router.id, router.taken).catch((error: unknown) => trouble(router.id, error));
    options.onPasswordTaken(router.id, ip, passwordId);
  }

  async function look(router: Router, host: Link[], askRules: boolean): Promise<void> {
    await turns.take(router.id, async () => {
      if (routers.get(router.id) !== router || !running) return;
      router.suspicious &&= !askRules;
      try {
        const differences = await differencesOf(router, host, askRules);
        if (differences.length > 0) await repair(router, differences);
      } catch (error) {
        router.unfinished = true;
        trouble(router.id, error);
      }
    });
  }

  async function differencesOf(router: Router, host: Link[], askRules: boolean): Promise<string[]> {
    const found = await examine(router, host, askRules);
    if (router.http === null) found.push('metadata was not served');
    return found.length === 0 && router.unfinished ? ['an apply was unfinished'] : found;
  }

  async function repair(router: Router, differences: readonly string[]): Promise<void> {
    const names = router.nameFiles;
    forget(router);
    router.nameFiles = names; // dnsmasq has read these, whatever else differs; a dead one is started anyway
    await make(router);
    await settle(router);
    options.onRepaired(router.id, differences.join('; '));
  }

  async function adopt(router: Router): Promise<void> {
    if (router.http !== null) return; // an apply was faster
    const loaded = await readLoaded(router.files);
    if (loaded !== null) Object.assign(router, { rules: loaded.rules, listing: loaded.listing, nameFiles: loaded.names } satisfies Partial<Router>);
    router.unfinished = false;
    const differences = await examine(router, await cableEnds(), true);
    // Also without differences: the interfaces are looked at closely once, and the doors are opened again.
    if (differences.length > 0) return repair(router, differences);
    await make(router);
    await settle(router);
  }

  /** A password may have been taken in the moment the agent died. */
  function tellTaken(router: Router): void {
    for (const { ip, password } of router.spec.guest.hosts) {
      if (password !== null && router.taken.has(password.id)) options.onPasswordTaken(router.id, ip, password.id);
    }
  }

  async function newRouter(spec: RouterSpec): Promise<{ router: Router; host: Link[] }> {
    const host = await links();
    const present = await readdir(NAMESPACE_DIR).catch(() => []);
    const taken = new Set(present.filter((name) => name.startsWith(NAMESPACE_PREFIX)).map((name) => name.slice(NAMESPACE_PREFIX.length)));
    for (const other of routers.values()) taken.add(other.suffix);
    const router = makeRouter({ suffix: suffixFor(spec.id, taken), spec, taken: [] }, runDir);
    cablesFor(router, host); // refuse before anything is written
    return { router, host };
  }

  async function applyNew(spec: RouterSpec): Promise<void> {
    // One at a time, so that two with like ids do not choose one name.
    const { router, host } = await turns.take('names', async () => {
      const made = await newRouter(spec);
      await storeSpec(dir, made.router.suffix, spec);
      routers.set(spec.id, made.router);
      return made;
    });
    await make(router, host);
    settleSoon(router);
  }

  async function applyKnown(router: Router, spec: RouterSpec): Promise<void> {
    const current = router.spec.generation;
    if (spec.generation < current) throw new Refused('stale', `router ${spec.id} is at generation ${current} here; this is generation ${spec.generation}`);
    if (JSON.stringify(spec) === JSON.stringify(router.spec)) {
      const differences = await differencesOf(router, await cableEnds(), true);
      if (differences.length > 0) await repair(router, differences);
      return;
    }
    await storeSpec(dir, router.suffix, spec);
    setSpec(router, spec);
    await make(router);
    settleSoon(router);
  }

  return {
    async apply(spec) {
      if (!running) throw new Error('routers were not started');
      checkSpec(spec);
      await turns.take(spec.id, () => {
        const router = routers.get(spec.id);
        return router === undefined ? applyNew(spec) : applyKnown(router, spec);
      });
      return { generation: spec.generation };
    },
    remove: (id) => turns.take(id, async () => {
      const router = routers.get(id);
      if (router !== undefined) await dismantle(router);
      routers.delete(id);
      await forgetSpec(dir, id);
    }),
    list: async () => [...routers.values()].map((router) => ({ id: router.id, generation: router.spec.generation })),
    async start() {
      await prepareRunDir(runDir);
      const stored = await storedRouters(dir, trouble);
      const waiting = stored.map((one) => makeRouter(one, runDir));
      for (const router of waiting) routers.set(router.id, router);
      running = true;
      const adoptAll = async (): Promise<void> => {
        for (;;) {
          const adopted = waiting.shift();
          if (adopted === undefined) return;
          await turns.take(adopted.id, () => adopt(adopted)).catch((error: unknown) => { adopted.unfinished = true; trouble(adopted.id, error); });
          tellTaken(adopted);
        }
      };
      await Promise.all(Array.from({ length: ADOPTED_AT_ONCE }, adoptAll));
      keeper.start();
    },
    async stop() {
      running = false;
      await keeper.stop();
      await Promise.all([...routers.values()].map((router) => turns.take(router.id, () => leave(router))));
    },
  };
}

