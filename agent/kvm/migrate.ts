// A guest leaves this host while it runs. libvirt moves it paused, so that nobody runs it until this host has let go of it for
// good; then the target is told, directly. Invariant: of the two hosts at most one runs the guest, at any instant and whatever
// dies: a target resumes only what the source said has left, and a source that did not say so goes on with it.
import { escapeXml } from './xml.ts';
import type { GuestSpec, Params } from '#protocol/messages.ts';
import type { CallContext } from '../dispatch.ts';
import type { Credentials } from '../link.ts';
import { Refused } from '../refused.ts';
import { targetOf, volumePath } from './domain-xml.ts';
import { openTunnel, socketOf, type Tunnel } from './door.ts';
import { consoleLogOf, type Kvm } from './kvm.ts';
import { forgetGuest } from './power.ts';
import { domainState } from './virsh.ts';

type Migrate = Params<'guest.migrate'>;
const LOOK_EVERY_MS = 1_000;
/** A guest that writes memory faster than it can be sent is slowed down more and more; after this it is stopped for the rest. */
const LIVE_FOR_S = 900;
const LONGEST_S = 4 * 3600;
const ARRIVED_TRIES = 3;

/** `credentials` as for the link to the servers: hosts know each other by the same authority. */
export async function migrateGuest(
  kvm: Kvm,
  params: Migrate,
  { context, credentials }: { context: Pick<CallContext, 'progress' | 'log'>; credentials: () => Promise<Credentials> },
): Promise<void> {
  const { guest, to, door } = params;
  const tunnel = await openTunnel({ to: { guid: to, ...door }, credentials, log: context.log });
  try {
    if (await runsHere(kvm, guest.name)) await send(kvm, params, context);
    await kvm.leases.handOver(guest, to);
    await tellArrived(tunnel, context); // first of all: till then the guest stands still
    await forgetGuest(kvm, guest.name);
  } finally {
    await tunnel.close();
  }
}

const runsHere = async (kvm: Kvm, name: string): Promise<boolean> =>
  ['running', 'paused'].includes((await domainState(kvm.virsh, name)) ?? 'off');

async function send(kvm: Kvm, params: Migrate, { progress }: Pick<CallContext, 'progress'>): Promise<void> {
  const { name } = params.guest;
  const own = kvm.files.get(name) ?? params.guest;
  const xml = targetXml(await kvm.virsh(['dumpxml', name, '--security-info', '--migratable']), own, {
    guest: params.guest,
    consoleLog: [consoleLogOf(kvm, name), params.door.consoleLog],
  });
  const watch = setInterval(() => void tellProgress(kvm, name, progress), LOOK_EVERY_MS);
  try {
    await kvm.withXml(xml, (file) => virshWords(params, kvm.domain.machine, file), { timeoutS: LONGEST_S });
  } catch (error) {
    // What counts is where the guest is: a command that failed at its very end has moved it all the same.
    if (await runsHere(kvm, name))
      throw new Refused('failed', `The guest stays where it is: ${(error as Error).message}`, { cause: error });
  } finally {
    clearInterval(watch);
  }
}

function virshWords({ guest, door, copy }: Migrate, machine: 'q35' | 'pc', xmlFile: string): string[] {
  const at = (stream: 'libvirt' | 'memory' | 'disks'): string => socketOf(door.ticket, stream);
  const copied = guest.disks.filter((disk) => copy.includes(disk.volumeId));
  const disks = copied.map((disk) => targetOf(disk.device, machine)).join(',');
  return [
    'migrate',
    guest.name,
    `qemu+unix:///system?socket=${at('libvirt')}`,
    '--migrateuri',
    `unix://${at('memory')}`,
    '--live',
    '--p2p',
    '--suspend',
    '--abort-on-error',
    '--auto-converge',
    '--timeout',
    String(LIVE_FOR_S),
    '--timeout-suspend',
    '--unsafe', // that the disks are reached by both, or are copied, is known; libvirt looks at the file system's name only
    '--xml',
    xmlFile,
    ...(copied.length > 0
      ? ['--copy-storage-inc', '--migrate-disks', disks, '--disks-uri', `unix://${at('disks')}`]
      : []),
  ];
}

/** The guest as it is now, with the other host's files in place of this host's. Nothing the guest sees may differ. */
export function targetXml(
  live: string,
  own: GuestSpec,
  target: { guest: GuestSpec; consoleLog: readonly [string, string] },
): string {
  const renames: (readonly [string, string])[] = [target.consoleLog];
  for (const disk of own.disks) {
    const there = target.guest.disks.find((one) => one.volumeId === disk.volumeId);
    if (!there || there.pool.path === disk.pool.path) continue;
    renames.push([volumePath(disk), volumePath(there)]);
  }
  return renames.reduce(
    (text, [from, to]) => text.replaceAll(`file='${escapeXml(from)}'`, () => `file='${escapeXml(to)}'`),
    live,
  );
}

async function tellProgress(kvm: Kvm, name: string, progress: CallContext['progress']): Promise<void> {
  const text = await kvm.virsh(['domjobinfo', name], { timeoutS: 10 }).catch(() => '');
  const job = parseJobInfo(text);
  if (job !== undefined) progress(job.percent, job.text);
}

/** What `virsh domjobinfo` says of a migration: the share of what is known to be there that has been sent. */
export function parseJobInfo(text: string): { percent: number; text: string } | undefined {
  const of = (what: string): number | undefined => {
    const found = new RegExp(`^${what}:\\s+([\\d.]+) (B|KiB|MiB|GiB|TiB)$`, 'm').exec(text);
    return found === null ? undefined : Number(found[1]) * 1024 ** ['B', 'KiB', 'MiB', 'GiB', 'TiB'].indexOf(found[2]!);
  };
  const [remaining, total] = [of('Data remaining'), of('Data total')];
  if (remaining === undefined || total === undefined || total === 0) return undefined;
  return {
    percent: Math.min(99, Math.round(100 * (1 - remaining / total))),
    text: `${Math.round(remaining / 1024 ** 2)} MiB of memory and disks to go`,
  };
}

/** A target that cannot be told now keeps the guest paused until the server asks it; the guest is not here any more. */
async function tellArrived(tunnel: Tunnel, { log }: Pick<CallContext, 'log'>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await tunnel.arrived();
    } catch (error) {
      log.warn({ reason: (error as Error).message, tries }, 'migration.targetNotTold');
      if (tries === ARRIVED_TRIES) return;
    }
  }
}

/** May come while the migration waits for its end: it is broken off, so that whoever waits gets an answer. */
export async function breakOff(kvm: Kvm, name: string): Promise<void> {
  await kvm.virsh(['domjobabort', name], { timeoutS: 30 }).catch(() => {}); // there is none to break off
}

export async function stayGuest(kvm: Kvm, name: string): Promise<{ here: boolean }> {
  await breakOff(kvm, name);
  const state = await domainState(kvm.virsh, name);
  if (state === undefined || state === 'off') return { here: false };
  if (state === 'paused') await kvm.virsh(['resume', name]);
  return { here: true };
}
