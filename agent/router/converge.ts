// Makes one router what its spec says, doing only what differs from what is known to be there.
// Order is safety: the firewall is loaded before an interface comes up, and connections are judged after it changed.
// Every step may be repeated; an apply that broke off is finished by doing it again.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { addressedLinks, cableEnds, enter, ipBatch, links, nft, sysctl } from '../net/iproute.ts';
import type { Link } from '../net/iproute.ts';
import { CommandFailed, run, runStatus } from '../process.ts';
import { Refused } from '../refused.ts';
import { cablesOf, laying, settings } from './cables.ts';
import type { Cables, Laying } from './cables.ts';
import { dnsmasq } from './dnsmasq.ts';
import { openDoors } from './doors.ts';
import { makeRunDir } from './files.ts';
import type { RunFiles } from './files.ts';
import { admitted, deletions, parseFlows } from './flows.ts';
import { serveGuests } from './guest-http.ts';
import type { GuestHttpOptions } from './guest-http.ts';
import { endNameServer, ensureNameServer, nameServerPid } from './name-server.ts';
import { NAMESPACE_DIR, PUBLIC_NIC } from './names.ts';
import type { Names } from './names.ts';
import { additions, chainsOf, nftables, TABLE } from './nftables.ts';
import { livesIn, namespaceId } from './observe.ts';
import { forget, layoutOf } from './router.ts';
import type { Router } from './router.ts';

const DEFAULT_MTU = 1500;
/** Twice, one second apart: one may be lost, and a switch that was just told must not need a third. */
const ANNOUNCEMENTS = '2';

export type Convergence = {
  onPasswordTaken: (ip: string, passwordId: string) => void;
  /** The host's interfaces when the caller has just asked for them. */
  host?: Link[];
};

export async function converge(router: Router, options: Convergence): Promise<void> {
  const isNew = (await findNamespace(router)) === null;
  const laid = await layOutside(router, isNew, options.host);
  router.namespaceId = namespaceId(router.names.namespace);
  const [refuses] = await Promise.all([loadInside(router, laid), ensureDoors(router, options.onPasswordTaken)]);
  if (refuses && !isNew) await endRefusedFlows(router);
  if (laid !== null) announce(router, laid.announced);
  router.laid = layoutOf(router.spec);
}

/** The namespace may have lost its name (deleted by hand, or the agent's mount namespace went) and still live in the
 * process inside: then it gets its name back, with all its connections. */
async function findNamespace(router: Router): Promise<number | null> {
  const { namespace } = router.names;
  const found = namespaceId(namespace) ?? (await reattach(router));
  if (router.namespaceId !== null && found !== router.namespaceId) await leave(router);
  if (found === null) {
    forget(router);
    await endNameServer(router.files);
    await rm(join(NAMESPACE_DIR, namespace), { force: true });
  }
  return found;
}

async function reattach(router: Router): Promise<number | null> {
  const pid = nameServerPid(router.files);
  if (pid === null) return null;
  await rm(join(NAMESPACE_DIR, router.names.namespace), { force: true });
  await runStatus(['ip', 'netns', 'attach', router.names.namespace, String(pid)]);
  return namespaceId(router.names.namespace);
}

/** Gives up what the agent itself has inside the namespace. */
export async function leave(router: Router): Promise<void> {
  const { http, monitor } = router;
  router.announcing.abort();
  Object.assign(router, { http: null, monitor: null, announcing: new AbortController() } satisfies Partial<Router>);
  http?.close();
  await monitor?.stop();
}

/** Null when the interfaces are known to be right. */
async function layOutside(router: Router, isNew: boolean, known: Link[] | undefined): Promise<Laying | null> {
  if (router.laid === layoutOf(router.spec)) return null;
  const host = known ?? (await links());
  const within = isNew ? null : await addressedLinks(router.names.namespace);
  const laid = laying(cablesFor(router, host), router.names, host, within);
  await ipBatch(laid.clearing, router.names.namespace);
  await ipBatch(laid.outside);
  return laid;
}

/** Throws `missing` for a bridge this host does not have. */
export function cablesFor(router: Pick<Router, 'spec' | 'names'>, host: readonly Link[]): Cables {
  const cables = cablesOf(
    router.spec,
    router.names,
    (bridge) => host.find((link) => link.ifname === bridge)?.mtu ?? DEFAULT_MTU,
  );
  for (const { bridge } of cables.cables) {
    if (!host.some((link) => link.ifname === bridge))
      throw new Refused('missing', `router ${router.spec.id}: this host has no bridge ${bridge}`);
  }
  return cables;
}

/** Firewall, then interfaces up, then names. True when a rule went or one that forbids came. */
async function loadInside(router: Router, laid: Laying | null): Promise<boolean> {
  const { namespace } = router.names;
  const refuses = await loadRules(router);
  if (laid !== null) await Promise.all([sysctl(settings(laid.nics), namespace), ipBatch(laid.inside, namespace)]);
  await ensureNames(router, laid?.renewed ?? false);
  return refuses;
}

async function loadRules(router: Router): Promise<boolean> {
  const after = chainsOf(router.spec);
  const more = router.rules === null ? null : additions(router.rules, after);
  if (more?.text === '') return false;
  // Somebody may have changed what there is: adding to that would keep the change.
  const text = more === null || router.suspicious ? nftables(after) : more.text;
  Object.assign(router, { listing: null, rules: null } satisfies Partial<Router>);
  await nft(text, router.names.namespace);
  router.rules = after;
  return more === null || more.forbids;
}

async function ensureNames(router: Router, renewed: boolean): Promise<void> {
  const after = dnsmasq(router.spec, router.files);
  await makeRunDir(router.files);
  const pid = nameServerPid(router.files);
  const stray = pid !== null && router.namespaceId !== null && !livesIn(pid, router.namespaceId);
  await ensureNameServer(router.names.namespace, router.files, {
    before: router.nameFiles,
    after,
    renewed: renewed || stray,
  });
  router.nameFiles = after;
}

async function ensureDoors(router: Router, onPasswordTaken: GuestHttpOptions['onPasswordTaken']): Promise<void> {
  if (router.http !== null || router.namespaceId === null) return;
  const doors = await openDoors(router.names.namespace, router.namespaceId, router.spec.guest.address);
  router.http = serveGuests(doors, { guest: (ip) => router.guests.get(ip), onPasswordTaken });
}

async function endRefusedFlows(router: Router): Promise<void> {
  const inside = enter(router.names.namespace);
  const { stdout } = await run([...inside, 'conntrack', '-L', '-f', 'ipv4']);
  const admits = admitted(router.spec);
  for (const match of deletions(parseFlows(stdout), (flow) => !admits(flow))) {
    // Code 1 says that nothing matched: the connection ended by itself meanwhile.
    const { code, stderr } = await runStatus([...inside, 'conntrack', '-D', '-f', 'ipv4', ...match]);
    if (code > 1) throw new Error(`conntrack -D ${match.join(' ')} failed with code ${code}: ${stderr}`);
  }
}

/** Neighbours remember for minutes which card an address was at; nobody waits for it. */
function announce(router: Router, addresses: readonly string[]): void {
  for (const address of addresses) {
    const told = run(
      [...enter(router.names.namespace), 'arping', '-q', '-U', '-c', ANNOUNCEMENTS, '-I', PUBLIC_NIC, address],
      { signal: router.announcing.signal },
    );
    told.catch(() => {}); // a neighbour that was not told asks by itself, only later
  }
}

/** How nftables lists our table now; empty when it is not there. */
export async function rulesListing(namespace: string): Promise<string> {
  try {
    return (await run([...enter(namespace), 'nft', '--stateless', 'list', 'table', ...TABLE.split(' ')])).stdout;
  } catch (error) {
    if (error instanceof CommandFailed && error.exitCode === 1) return '';
    throw error;
  }
}

/** Takes everything of a router off the machine. What is not there is no error. */
export async function dismantle(names: Names, files: RunFiles): Promise<void> {
  await endNameServer(files);
  const host = await cableEnds();
  const cables = [names.guestSide, names.publicSide].filter((name) => host.some((link) => link.ifname === name));
  const exists = namespaceId(names.namespace) !== null;
  await ipBatch([
    ...cables.map((name) => `link delete ${name}`),
    ...(exists ? [`netns delete ${names.namespace}`] : []),
  ]);
  await rm(join(NAMESPACE_DIR, names.namespace), { force: true });
  await rm(files.dir, { recursive: true, force: true });
}
