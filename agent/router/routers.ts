// All routers of this host: applying, removing, adopting after a restart, keeping them as they should be.
// Each router has its own lane: apply, remove and repair of one never overlap, those of different routers do.
// Invariants: an older generation changes nothing; what was accepted is on disk before the machine is touched, so a
// router needs no server to come back; the agent's end is not the routers' end.
import { readdir } from 'node:fs/promises';
import type { RouterSpec } from '#protocol/messages.ts';
import { Turns } from '../dispatch.ts';
import { cableEnds, links } from '../net/iproute.ts';
import type { Link } from '../net/iproute.ts';
import { Refused } from '../refused.ts';
import { adopt, look, make, putRight, settleSoon, tellTaken } from './care.ts';
import type { Fleet } from './care.ts';
import { checkSpec } from './check-spec.ts';
import { cablesFor, dismantle, leave } from './converge.ts';
import { forgetSpec, prepareRunDir, runFiles, storedRouters, storedSuffix, storeSpec } from './files.ts';
import { makeKeeper } from './keeper.ts';
import type { Keeper } from './keeper.ts';
import { NAMESPACE_DIR, NAMESPACE_PREFIX, namesOf, suffixFor } from './names.ts';
import { makeRouter, setSpec } from './router.ts';
import type { Router } from './router.ts';

export type RoutersOptions = {
  /** Where specs are kept. They hold passwords: the directory is made for root alone. */
  dir: string;
  /** For files that need not survive a boot; dnsmasq, which is not root, must be able to reach it. */
  runDir?: string;
  /** The machine was not as it should be and is again; `what` says what it was. */
  onRepaired: (router: string, what: string) => void;
  /** A guest has its password. Told again after a restart of the agent, after each apply and now and then, until a spec
   * comes without it: what is told may get lost. */
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
  const { dir, runDir = RUN_DIR, onRepaired, onPasswordTaken } = options;
  const onTrouble = (router: string | null, error: unknown): void =>
    options.onTrouble?.(router, error instanceof Error ? error : new Error(String(error)));
  const fleet: Fleet = {
    dir,
    runDir,
    onRepaired,
    onPasswordTaken,
    onTrouble,
    routers: new Map(),
    turns: new Turns(),
    running: false,
    onHeard: (router) => keeper.heard(router),
  };
  const keeper: Keeper = makeKeeper(
    () => fleet.routers.values(),
    (router, host, askRules) => look(fleet, router, host, askRules),
    (error) => onTrouble(null, error),
  );
  return {
    apply: (spec) => apply(fleet, spec),
    remove: (id) => fleet.turns.take(id, () => remove(fleet, id)),
    list: async () =>
      [...fleet.routers.values()].map((router) => ({ id: router.id, generation: router.spec.generation })),
    async start() {
      await adoptAll(fleet);
      keeper.start();
    },
    async stop() {
      fleet.running = false;
      await keeper.stop();
      await Promise.all([...fleet.routers.values()].map((router) => fleet.turns.take(router.id, () => leave(router))));
    },
  };
}

async function apply(fleet: Fleet, spec: RouterSpec): Promise<{ generation: number }> {
  if (!fleet.running) throw new Error('routers were not started');
  checkSpec(spec);
  await fleet.turns.take(spec.id, async () => {
    const router = fleet.routers.get(spec.id);
    await (router === undefined ? applyNew(fleet, spec) : applyKnown(fleet, router, spec));
    tellTaken(fleet, fleet.routers.get(spec.id)!);
  });
  return { generation: spec.generation };
}

async function applyNew(fleet: Fleet, spec: RouterSpec): Promise<void> {
  // One at a time, so that two with like ids do not choose one name.
  const { router, host } = await fleet.turns.take('names', async () => {
    const made = await newRouter(fleet, spec);
    await storeSpec(fleet.dir, made.router.suffix, spec);
    fleet.routers.set(spec.id, made.router);
    return made;
  });
  await make(fleet, router, host);
  settleSoon(fleet, router);
}

async function newRouter(fleet: Fleet, spec: RouterSpec): Promise<{ router: Router; host: Link[] }> {
  const host = await links();
  // A name on disk is that of a router whose spec could not be read: this one takes its place.
  const suffix = (await storedSuffix(fleet.dir, spec.id)) ?? suffixFor(spec.id, await takenSuffixes(fleet));
  const router = makeRouter({ suffix, spec, taken: [] }, fleet.runDir);
  cablesFor(router, host); // refuse before anything is written
  return { router, host };
}

async function takenSuffixes(fleet: Fleet): Promise<Set<string>> {
  const namespaces = (await readdir(NAMESPACE_DIR).catch(() => [])).filter((name) => name.startsWith(NAMESPACE_PREFIX));
  return new Set([
    ...namespaces.map((name) => name.slice(NAMESPACE_PREFIX.length)),
    ...[...fleet.routers.values()].map((router) => router.suffix),
  ]);
}

async function applyKnown(fleet: Fleet, router: Router, spec: RouterSpec): Promise<void> {
  const current = router.spec.generation;
  if (spec.generation < current) {
    const message = `router ${spec.id} is at generation ${current} here; this is generation ${spec.generation}`;
    throw new Refused('stale', message);
  }
  if (JSON.stringify(spec) === JSON.stringify(router.spec)) {
    await putRight(fleet, router, await cableEnds(), true);
    return;
  }
  await storeSpec(fleet.dir, router.suffix, spec);
  setSpec(router, spec);
  await make(fleet, router);
  settleSoon(fleet, router);
}

async function remove(fleet: Fleet, id: string): Promise<void> {
  const router = fleet.routers.get(id);
  if (router !== undefined) await leave(router);
  const suffix = router?.suffix ?? (await storedSuffix(fleet.dir, id));
  if (suffix !== null) {
    const names = namesOf(suffix);
    await dismantle(names, runFiles(fleet.runDir, names.namespace));
  }
  fleet.routers.delete(id);
  await forgetSpec(fleet.dir, id);
}

async function adoptAll(fleet: Fleet): Promise<void> {
  await prepareRunDir(fleet.runDir);
  const waiting = (await storedRouters(fleet.dir, fleet.onTrouble)).map((one) => makeRouter(one, fleet.runDir));
  for (const router of waiting) fleet.routers.set(router.id, router);
  fleet.running = true;
  const some = async (): Promise<void> => {
    for (let router = waiting.shift(); router !== undefined; router = waiting.shift()) await adoptOne(fleet, router);
  };
  await Promise.all(Array.from({ length: ADOPTED_AT_ONCE }, some));
}

async function adoptOne(fleet: Fleet, router: Router): Promise<void> {
  try {
    await fleet.turns.take(router.id, () => adopt(fleet, router));
  } catch (error) {
    fleet.onTrouble(router.id, error);
  }
  tellTaken(fleet, router);
}
