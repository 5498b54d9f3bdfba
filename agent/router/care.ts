// What is done to one router among all of a host: making it, adopting it, looking after it, putting it right.
// Everything here runs in the router's lane, so that no two of these overlap for one router.
// Invariant: a router that could not be finished is remembered as unfinished and finished later, without a server.
import type { Turns } from '../dispatch.ts';
import { cableEnds, enter } from '../net/iproute.ts';
import type { Link } from '../net/iproute.ts';
import { supervise } from '../process.ts';
import type { Supervised } from '../process.ts';
import { converge, rulesListing } from './converge.ts';
import { examine } from './examine.ts';
import { readLoaded, storeLoaded, storeTaken } from './files.ts';
import { metadataOf } from './metadata.ts';
import { forget } from './router.ts';
import type { Router } from './router.ts';

/** All routers of a host and whom to tell about them. */
export type Fleet = {
  readonly dir: string;
  readonly runDir: string;
  readonly routers: Map<string, Router>;
  readonly turns: Turns;
  readonly onRepaired: (router: string, what: string) => void;
  readonly onPasswordTaken: (router: string, ip: string, passwordId: string) => void;
  readonly onTrouble: (router: string | null, error: unknown) => void;
  /** nftables told of a change in this router. */
  readonly onHeard: (router: Router) => void;
  running: boolean;
};

const WATCH_AGAIN_MS = 1000;

/** Make it what its spec says. `host` are the host's interfaces, when they have just been asked for. */
export async function make(fleet: Fleet, router: Router, host?: Link[]): Promise<void> {
  const onPasswordTaken = (ip: string, passwordId: string): void => {
    void passwordTaken(fleet, router, { ip, passwordId });
  };
  router.unfinished = true;
  try {
    await converge(router, { host, onPasswordTaken });
    router.unfinished = false;
  } catch (error) {
    forget(router); // half done: believe nothing
    throw error;
  }
}

/** After make: remember how the machine shows what was loaded, and listen for changes. */
async function settle(fleet: Fleet, router: Router): Promise<void> {
  if (fleet.routers.get(router.id) !== router || router.unfinished) return;
  if (router.listing === null) router.listing = await rulesListing(router.names.namespace);
  await storeLoaded(router.files, { rules: router.rules!, listing: router.listing, names: router.nameFiles! });
  if (fleet.running) router.monitor ??= watch(fleet, router);
}

/** The caller of an apply does not wait for it, but whoever is next in the lane does. */
export function settleSoon(fleet: Fleet, router: Router): void {
  fleet.turns.take(router.id, () => settle(fleet, router)).catch((error: unknown) => fleet.onTrouble(router.id, error));
}

/** Ends with the agent however that ends, so that none is left over. */
function watch(fleet: Fleet, router: Router): Supervised {
  const command = ['setpriv', '--pdeathsig', 'KILL', 'nft', 'monitor'];
  return supervise([...enter(router.names.namespace), ...command], {
    onLine: () => fleet.onHeard(router),
    // What happened while nobody listened was not heard.
    onExit: () => {
      setTimeout(() => fleet.onHeard(router), 2 * WATCH_AGAIN_MS).unref();
    },
    backoffMs: WATCH_AGAIN_MS,
  });
}

async function passwordTaken(
  fleet: Fleet,
  router: Router,
  { ip, passwordId }: { ip: string; passwordId: string },
): Promise<void> {
  router.taken.add(passwordId);
  router.guests = metadataOf(router.spec, router.taken);
  await storeTaken(fleet.dir, router.id, router.taken).catch((error: unknown) => fleet.onTrouble(router.id, error));
  fleet.onPasswordTaken(router.id, ip, passwordId);
}

/** A spec that still offers a password which was taken comes from a server that was not told, or did not hear. */
export function tellTaken(fleet: Fleet, router: Router): void {
  for (const { ip, password } of router.spec.guest.hosts) {
    if (password !== null && router.taken.has(password.id)) fleet.onPasswordTaken(router.id, ip, password.id);
  }
}

/** Takes the router's lane itself. Never throws: what fails is told and tried again at the next look. */
export async function look(fleet: Fleet, router: Router, host: Link[], askRules: boolean): Promise<void> {
  await fleet.turns.take(router.id, async () => {
    if (fleet.routers.get(router.id) !== router || !fleet.running) return;
    router.suspicious &&= !askRules;
    try {
      await putRight(fleet, router, host, askRules);
      if (askRules) tellTaken(fleet, router);
    } catch (error) {
      router.unfinished = true;
      fleet.onTrouble(router.id, error);
    }
  });
}

/** Repair what differs, if anything does. */
export async function putRight(fleet: Fleet, router: Router, host: Link[], askRules: boolean): Promise<void> {
  if ((await differencesOf(router, host, askRules)).length === 0) return;
  // `host` may have been read while an apply of this router was still going on: look once more, and only believe that.
  const differences = await differencesOf(router, await cableEnds(), askRules);
  if (differences.length > 0) await repair(fleet, router, differences);
}

async function differencesOf(router: Router, host: Link[], askRules: boolean): Promise<string[]> {
  const differences = await examine(router, host, askRules);
  if (router.http === null) differences.push('metadata was not served');
  return differences.length === 0 && router.unfinished ? ['an apply was unfinished'] : differences;
}

async function repair(fleet: Fleet, router: Router, differences: readonly string[]): Promise<void> {
  const names = router.nameFiles;
  forget(router);
  router.nameFiles = names; // dnsmasq has read these, whatever else differs; a dead one is started anyway
  await make(fleet, router);
  await settle(fleet, router);
  fleet.onRepaired(router.id, differences.join('; '));
}

/** Take over what an earlier agent left, and put right what happened to it since. */
export async function adopt(fleet: Fleet, router: Router): Promise<void> {
  if (router.http !== null) return; // an apply was faster
  const loaded = await readLoaded(router.files);
  if (loaded !== null) {
    const { rules, listing, names: nameFiles } = loaded;
    Object.assign(router, { rules, listing, nameFiles } satisfies Partial<Router>);
  }
  const differences = await examine(router, await cableEnds(), true);
  if (differences.length > 0) return repair(fleet, router, differences);
  // Also without differences: the interfaces are looked at closely once, and the doors are opened again.
  await make(fleet, router);
  await settle(fleet, router);
}
