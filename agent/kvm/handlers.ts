// The KVM host's answers to the calls that concern guests, disks, cards, volumes and screens.
// Networks, routers and images are answered by their own rooms; main.ts puts all of them together.
import type { Method } from '#protocol/messages.ts';
import type { Handlers } from '../dispatch.ts';
import { openConsole } from './console.ts';
import { attachDisk, attachNic, detachDisk, detachNic } from './devices.ts';
import type { Kvm } from './kvm.ts';
import { rebootGuest, startGuest, stopGuest } from './power.ts';
import { makeGuestReporter } from './report.ts';
import { createVolume, deleteVolume, evictTemplate, listVolumes, resizeVolume, statPool } from './volumes.ts';

export type KvmMethod = Extract<
  Method,
  | `guest.${string}`
  | `disk.${string}`
  | `nic.${string}`
  | `volume.${string}`
  | 'pool.stat'
  | 'template.evict'
  | 'console.open'
>;

/** `onPower` is told after each verb that changed what runs. */
export function kvmHandlers(kvm: Kvm, onPower: () => void): Pick<Handlers, KvmMethod> {
  const report = makeGuestReporter(kvm);
  const done = async (work: Promise<void>): Promise<Record<string, never>> => {
    await work;
    return {};
  };
  const powered = async (work: Promise<void>): Promise<Record<string, never>> => {
    await work;
    onPower();
    return {};
  };
  return {
    'guest.start': (params) => powered(startGuest(kvm, params)),
    'guest.stop': (params) => powered(stopGuest(kvm, params)),
    'guest.reboot': (params) => done(rebootGuest(kvm, params)),
    'guest.list': async () => ({ guests: await report() }),
    'disk.attach': (params) => done(attachDisk(kvm, params)),
    'disk.detach': (params) => done(detachDisk(kvm, params)),
    'nic.attach': (params) => done(attachNic(kvm, params)),
    'nic.detach': (params) => done(detachNic(kvm, params)),
    'pool.stat': statPool,
    'volume.create': createVolume,
    'volume.delete': (params) => done(deleteVolume(kvm, params)),
    'volume.resize': (params) => resizeVolume(kvm, params),
    'volume.list': listVolumes,
    'template.evict': (params) => done(evictTemplate(params)),
    'console.open': (params, context) => done(openConsole(kvm, params, context)),
  };
}
