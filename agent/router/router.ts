// One router as the agent holds it in memory: what it should be, and what is known of what it is. No effects.
// Invariant: `null` means not known, and what is not known is looked at before anything is left alone.
import type { RouterSpec } from '#protocol/messages.ts';
import type { Supervised } from '../process.ts';
import { runFiles } from './files.ts';
import type { Loaded, RunFiles, Stored } from './files.ts';
import type { GuestHttp } from './guest-http.ts';
import { metadataOf } from './metadata.ts';
import type { GuestData } from './metadata.ts';
import { namesOf } from './names.ts';
import type { Names } from './names.ts';
import type { Chain } from './nftables.ts';

export type Router = {
  readonly id: string;
  readonly suffix: string;
  readonly names: Names;
  readonly files: RunFiles;
  spec: RouterSpec;
  guests: Map<string, GuestData>;
  /** Ids of passwords that were handed over. */
  readonly taken: Set<string>;
  /** The last apply did not come to its end. */
  unfinished: boolean;
  namespaceId: number | null;
  /** The spec's part that decides about interfaces, as it was last laid. */
  laid: string | null;
  rules: Chain[] | null;
  /** How nftables lists `rules`; null until it was asked. */
  listing: string | null;
  nameFiles: Loaded['names'] | null;
  http: GuestHttp | null;
  monitor: Supervised | null;
  /** Ends announcements that are still being sent. */
  announcing: AbortController;
  /** nftables told of a change that has not been looked at. */
  suspicious: boolean;
};

export function makeRouter({ suffix, spec, taken }: Stored, runDir: string): Router {
  const names = namesOf(suffix);
  const handedOver = new Set(taken);
  return {
    id: spec.id,
    suffix,
    names,
    files: runFiles(runDir, names.namespace),
    spec,
    guests: metadataOf(spec, handedOver),
    taken: handedOver,
    unfinished: true,
    namespaceId: null,
    laid: null,
    rules: null,
    listing: null,
    nameFiles: null,
    http: null,
    monitor: null,
    announcing: new AbortController(),
    suspicious: false,
  };
}

export function setSpec(router: Router, spec: RouterSpec): void {
  router.spec = spec;
  const offered = new Set(spec.guest.hosts.map((host) => host.password?.id));
  for (const id of router.taken) if (!offered.has(id)) router.taken.delete(id);
  router.guests = metadataOf(spec, router.taken);
}

/** Nothing that was believed about the machine is believed any longer. */
export function forget(router: Router): void {
  Object.assign(router, { laid: null, rules: null, listing: null, nameFiles: null } satisfies Partial<Router>);
}

/** What interfaces and routes depend on. */
export const layoutOf = ({ guest, public: outside }: RouterSpec): string =>
  JSON.stringify([guest.vni, guest.mtu, guest.address, guest.prefix, guest.mac, outside]);
