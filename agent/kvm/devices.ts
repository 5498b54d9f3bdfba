// Disks and cards that come and go while the guest runs. What is attached is asked of libvirt, not remembered; the
// guest's file follows, so that reports and a later stop know the cards.
// Invariant: a detach comes back only when the guest has let go; a guest that does not is a refusal, never a force.
import type { DiskSpec, GuestSpec, NicSpec, Params } from '#protocol/messages.ts';
import { bridgeOf } from '../net/interface-names.ts';
import { links } from '../net/iproute.ts';
import { attachTap, detachTap, guardTap } from '../net/tap.ts';
import { Refused } from '../refused.ts';
import { CD_DEVICE, diskXml, nicXml, targetOf, volumePath } from './domain-xml.ts';
import { directPoolsOf, refuseMissingGuest } from './kvm.ts';
import type { Kvm } from './kvm.ts';
import { domainDisks, domainMacs, domainState, unlessGone } from './virsh.ts';

/** A guest that boots answers no request to let go; it is asked again until then. */
const DETACH_TIMEOUT_MS = 30_000;
const ASK_EVERY_MS = 5000;
const LOOK_EVERY_MS = 250;

async function requireRunning(kvm: Kvm, name: string): Promise<void> {
  const state = await domainState(kvm.virsh, name);
  if (state === undefined || state === 'off') refuseMissingGuest(name);
}

/** Change the guest's file, when it has one. */
async function note(kvm: Kvm, name: string, change: (spec: GuestSpec) => GuestSpec): Promise<void> {
  const spec = kvm.files.get(name);
  if (spec !== undefined) await kvm.files.put(change(spec));
}

const noteDisk = (kvm: Kvm, name: string, disk: DiskSpec): Promise<void> =>
  note(kvm, name, (spec) => ({
    ...spec,
    disks: [...spec.disks.filter((one) => one.volumeId !== disk.volumeId && one.device !== disk.device), disk],
  }));

export async function attachDisk(kvm: Kvm, { name, disk }: Params<'disk.attach'>): Promise<void> {
  await requireRunning(kvm, name);
  const { machine } = kvm.domain;
  const target = targetOf(disk.device, machine);
  const path = volumePath(disk);
  const present = await domainDisks(kvm.virsh, name);
  const there = present.find((one) => one.file === path);
  if (there !== undefined && there.target !== target)
    throw new Refused('refused', `volume ${disk.volumeId} is attached to ${name} already, as ${there.target}`);
  if (there === undefined) {
    const taken = present.find((one) => one.target === target && one.file !== null);
    if (taken !== undefined && disk.device !== CD_DEVICE)
      throw new Refused(
        'refused',
        `device ${disk.device} (${target}) of ${name} is taken by ${taken.file}; choose a free device id`,
      );
    const directPools = await directPoolsOf([disk]);
    await kvm.leases.attach(name, disk);
    const verb = disk.device === CD_DEVICE ? 'update-device' : 'attach-device'; // the drive is there, only its disc changes
    await kvm.withXml(diskXml(disk, { machine, directPools }).text, (file) => [verb, name, file, '--live']);
  }
  await noteDisk(kvm, name, disk);
}

export async function detachDisk(kvm: Kvm, { name, volumeId }: Params<'disk.detach'>): Promise<void> {
  const find = async (): Promise<{ target: string } | undefined> =>
    (await domainDisks(kvm.virsh, name)).find((one) => one.file?.endsWith(`/${volumeId}`));
  const disk = await find();
  if (disk?.target === targetOf(CD_DEVICE, kvm.domain.machine))
    await unlessGone(kvm.virsh(['change-media', name, disk.target, '--eject', '--live', '--force']));
  else if (disk !== undefined) {
    await untilGone(kvm, name, {
      what: `volume ${volumeId}`,
      still: async () => (await find()) !== undefined,
      ask: () => kvm.virsh(['detach-disk', name, disk.target, '--live']),
    });
  }
  await kvm.leases.detach(name, volumeId);
  await note(kvm, name, (spec) => ({ ...spec, disks: spec.disks.filter((one) => one.volumeId !== volumeId) }));
}

export async function attachNic(kvm: Kvm, { name, nic }: Params<'nic.attach'>): Promise<void> {
  await requireRunning(kvm, name);
  const tap = (await domainMacs(kvm.virsh, name)).get(nic.mac);
  if (tap !== undefined && tap !== nic.tap)
    throw new Refused('refused', `card ${nic.mac} of ${name} is attached already, as ${tap}`);
  if (tap === undefined) {
    if (!(await links()).some((link) => link.ifname === bridgeOf(nic.vni)))
      throw new Refused('missing', `network ${nic.vni} is not on this host; network.apply makes it`);
    await guardTap(nic);
    await kvm.withXml(nicXml(nic).text, (file) => ['attach-device', name, file, '--live']);
  }
  await attachTap(nic);
  await noteNic(kvm, name, nic);
}

const noteNic = (kvm: Kvm, name: string, nic: NicSpec): Promise<void> =>
  note(kvm, name, (spec) => ({ ...spec, nics: [...spec.nics.filter((one) => one.mac !== nic.mac), nic] }));

export async function detachNic(kvm: Kvm, { name, mac, tap }: Params<'nic.detach'>): Promise<void> {
  const still = async (): Promise<boolean> => (await domainMacs(kvm.virsh, name)).has(mac);
  if (await still())
    await untilGone(kvm, name, {
      what: `card ${mac}`,
      still,
      ask: () => kvm.virsh(['detach-interface', name, 'bridge', '--mac', mac, '--live']),
    });
  await detachTap({ tap, mac });
  await note(kvm, name, (spec) => ({ ...spec, nics: spec.nics.filter((one) => one.mac !== mac) }));
}

type Removal = { what: string; still: () => Promise<boolean>; ask: () => Promise<unknown> };

async function untilGone(kvm: Kvm, name: string, { what, still, ask }: Removal): Promise<void> {
  const deadline = Date.now() + DETACH_TIMEOUT_MS;
  let nextAskAt = 0;
  while (await still()) {
    const now = Date.now();
    if (now > deadline)
      throw new Refused(
        'refused',
        `guest ${name} did not let go of ${what} within ${DETACH_TIMEOUT_MS / 1000} s; it may still be booting, or be busy with it`,
      );
    if (now >= nextAskAt) {
      // libvirt refuses a second request while the first is open, and tells an error when the guest is slow: neither is the end.
      await ask().catch((error: Error) =>
        kvm.log.info({ guest: name, what, reason: error.message }, 'detach.askedAgain'),
      );
      nextAskAt = Date.now() + ASK_EVERY_MS;
    }
    await kvm.power.next((event) => event.guest === name && event.event === 'device-removed', LOOK_EVERY_MS);
  }
}
