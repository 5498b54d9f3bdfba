// Starting, stopping and rebooting guests. Every verb looks before it acts and may be repeated after any crash.
// Invariants: a card's guard is loaded before its guest runs; after a stop neither libvirt nor the agent has anything
// left of the guest.
import { rm } from 'node:fs/promises';
import type { GuestSpec, Params } from '#protocol/messages.ts';
import { bridgeOf } from '../net/interface-names.ts';
import { links } from '../net/iproute.ts';
import { attachTap, detachTap, guardTap } from '../net/tap.ts';
import { Refused } from '../refused.ts';
import { domainXml } from './domain-xml.ts';
import { consoleLogOf, directPoolsOf, refuseMissingGuest } from './kvm.ts';
import type { Kvm } from './kvm.ts';
import type { PowerEvent } from './power-watch.ts';
import { domainState, unlessGone } from './virsh.ts';

const START_TIMEOUT_S = 120;
/** A power button pressed while the guest boots can be lost, so it is pressed again after these pauses; the last repeats. */
const PRESS_PAUSES_S = [3, 5, 10, 20];
/** An event that was missed is noticed after this. */
const LOOK_EVERY_MS = 1000;

export async function startGuest(kvm: Kvm, spec: GuestSpec): Promise<void> {
  const state = await domainState(kvm.virsh, spec.name);
  if (state !== undefined) await refuseStranger(kvm, spec);
  if (state === 'off') await kvm.virsh(['undefine', spec.name, '--managed-save', '--nvram']); // somebody defined it by hand
  if (state !== 'running') await kvm.leases.acquire(spec);
  if (state === 'paused') await kvm.virsh(['resume', spec.name]);
  if (state === undefined || state === 'off') await create(kvm, spec);
  kvm.leases.started(spec.name);
  await kvm.files.put(spec);
  for (const nic of spec.nics) await attachTap(nic);
}

export async function refuseStranger(kvm: Kvm, spec: Pick<GuestSpec, 'name' | 'uuid'>): Promise<void> {
  const uuid = (await unlessGone(kvm.virsh(['domuuid', spec.name])))?.trim();
  if (uuid !== undefined && uuid !== spec.uuid)
    throw new Refused('refused', `another guest (${uuid}) has the name ${spec.name} on this host`);
}

async function create(kvm: Kvm, spec: GuestSpec): Promise<void> {
  const directPools = await directPoolsOf(spec.disks);
  await refuseMissingNetworks(spec);
  for (const nic of spec.nics) await guardTap(nic);
  const text = domainXml(spec, { ...kvm.domain, directPools, consoleLog: consoleLogOf(kvm, spec.name) });
  await kvm
    .withXml(text, (file) => ['create', file], { timeoutS: START_TIMEOUT_S })
    .catch(async (error: unknown) => {
      if ((await domainState(kvm.virsh, spec.name)) === undefined) await kvm.leases.release(spec.name);
      throw error;
    });
}

export async function refuseMissingNetworks(spec: Pick<GuestSpec, 'nics'>): Promise<void> {
  const present = new Set((await links()).map((link) => link.ifname));
  const missing = spec.nics.find((nic) => !present.has(bridgeOf(nic.vni)));
  if (missing !== undefined)
    throw new Refused('missing', `network ${missing.vni} is not on this host; network.apply makes it`);
}

type Grace = Params<'guest.stop'>;

/** A forced stop that waits behind a graceful one of the same guest makes that one force, too. */
export function hurryStop(kvm: Kvm, { name, force, graceS }: Grace): void {
  if (force || graceS === 0) kvm.hurries.get(name)?.abort();
}

export async function stopGuest(kvm: Kvm, { name, force, graceS }: Grace): Promise<void> {
  if (!force && graceS > 0) await powerOff(kvm, name, graceS);
  const state = await domainState(kvm.virsh, name);
  if (state === 'running' || state === 'paused') await unlessGone(kvm.virsh(['destroy', name]));
  if (state === 'off') await unlessGone(kvm.virsh(['undefine', name, '--managed-save', '--nvram']));
  await forgetGuest(kvm, name);
}

/** Comes back when the guest is off, the time is over, or somebody is in a hurry. */
async function powerOff(kvm: Kvm, name: string, graceS: number): Promise<void> {
  const hurry = new AbortController();
  kvm.hurries.set(name, hurry);
  const stopped = (event: PowerEvent): boolean =>
    event.guest === name && event.event === 'lifecycle' && /^(Stopped|Crashed)/.test(event.detail);
  const deadline = Date.now() + graceS * 1000;
  let presses = 0;
  let nextPressAt = 0;
  try {
    for (let now = Date.now(); now < deadline && !hurry.signal.aborted; now = Date.now()) {
      const state = await domainState(kvm.virsh, name);
      if (state === undefined || state === 'off') return;
      if (state === 'paused') await kvm.virsh(['resume', name]).catch(() => {}); // a paused guest hears no button
      if (now >= nextPressAt) {
        await kvm
          .virsh(['shutdown', name, '--mode', 'acpi'])
          .catch((error: Error) => kvm.log.info({ guest: name, reason: error.message }, 'guest.buttonIgnored'));
        nextPressAt = now + PRESS_PAUSES_S[Math.min(presses++, PRESS_PAUSES_S.length - 1)]! * 1000;
      }
      await kvm.power.next(stopped, Math.min(LOOK_EVERY_MS, deadline - Date.now()), hurry.signal);
    }
    kvm.log.warn({ guest: name, graceS, presses }, 'guest.forced');
  } finally {
    kvm.hurries.delete(name);
  }
}

/** The guest does not run any more: what the host kept for it goes. */
export async function forgetGuest(kvm: Kvm, name: string): Promise<void> {
  for (const nic of kvm.files.get(name)?.nics ?? []) await detachTap(nic);
  await rm(consoleLogOf(kvm, name), { force: true });
  await kvm.leases.release(name);
  await kvm.files.remove(name);
}

export async function rebootGuest(kvm: Kvm, { name, force, graceS }: Params<'guest.reboot'>): Promise<void> {
  const state = await domainState(kvm.virsh, name);
  if (state === undefined || state === 'off') refuseMissingGuest(name);
  if (!force && graceS > 0 && (await rebootGracefully(kvm, name, graceS))) return;
  await kvm.virsh(['reset', name]);
  if (state === 'paused') await kvm.virsh(['resume', name]);
}

/** False when the guest did not reboot in time. */
async function rebootGracefully(kvm: Kvm, name: string, graceS: number): Promise<boolean> {
  let rebooted = false;
  const unsubscribe = kvm.power.subscribe((event) => {
    if (event.guest === name && event.event === 'reboot') rebooted = true;
  });
  const deadline = Date.now() + graceS * 1000;
  let presses = 0;
  let nextPressAt = 0;
  try {
    for (let now = Date.now(); now < deadline && !rebooted; now = Date.now()) {
      if ((await domainState(kvm.virsh, name)) === undefined) refuseMissingGuest(name); // it powered itself off instead
      if (now >= nextPressAt) {
        await kvm
          .virsh(['reboot', name, '--mode', 'acpi'])
          .catch((error: Error) => kvm.log.info({ guest: name, reason: error.message }, 'guest.buttonIgnored'));
        nextPressAt = now + PRESS_PAUSES_S[Math.min(presses++, PRESS_PAUSES_S.length - 1)]! * 1000;
      }
      if (!rebooted)
        await kvm.power.next((event) => event.guest === name, Math.min(LOOK_EVERY_MS, deadline - Date.now()));
    }
    return rebooted;
  } finally {
    unsubscribe();
  }
}
