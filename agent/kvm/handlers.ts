// The KVM host's answers to the calls that concern guests, disks, cards, volumes and screens.
// Networks, routers and images are answered by their own rooms; main.ts puts all of them together.
import type { Method } from '#protocol/messages.ts';
import type { Handlers } from '../dispatch.ts';
import { openConsole } from './console.ts';
import { attachDisk, attachNic, detachDisk, detachNic } from './devices.ts';
import type { Kvm } from './kvm.ts';
import { migrateGuest, stayGuest } from './migrate.ts';
import { makeReceiver, type ReceiveOptions } from './receive.ts';
import { rebootGuest, startGuest, stopGuest } from './power.ts';
import { makeGuestReporter } from './report.ts';
import { createVolume, deleteVolume, evictTemplate, listVolumes, resizeVolume, statPool } from './volumes.ts';

export type KvmMethod = Extract<
  Method,
  | `guest.${string}`
  | `disk.${string}`
  | `nic.${string}`
  | `volume.${string}`
  | `lease.${string}`
  | 'pool.stat'
  | 'template.evict'
  | 'console.open'
>;

/** `onPower` is told after each verb that changed what runs. */
export function kvmHandlers(kvm: Kvm, options: ReceiveOptions): Pick<Handlers, KvmMethod> {
  const { onPower, credentials } = options;
  const report = makeGuestReporter(kvm);
  const receiver = makeReceiver(kvm, options);
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
    'guest.stop': (params) => powered(receiver.shut(params.name).then(() => stopGuest(kvm, params))),
    'guest.reboot': (params) => done(rebootGuest(kvm, params)),
    'guest.list': async () => ({ guests: await report() }),
    'guest.receive': ({ guest, from }) => receiver.receive(guest, from),
    'guest.migrate': (params, context) => powered(migrateGuest(kvm, params, { context, credentials })),
    'guest.received': (params) => done(receiver.received(params)),
    'guest.stay': ({ name }) => stayGuest(kvm, name),
    'disk.attach': (params) => done(attachDisk(kvm, params)),
    'disk.detach': (params) => done(detachDisk(kvm, params)),
    'nic.attach': (params) => done(attachNic(kvm, params)),
    'nic.detach': (params) => done(detachNic(kvm, params)),
    'lease.watch': ({ pool, host }) => kvm.leases.watch(pool, host),
    'lease.fence': ({ pool, host, pill, off }) => done(kvm.leases.fence(pool, host, { id: pill, off })),
    'lease.clear': ({ pool, host }) => done(kvm.leases.clear(pool, host)),
    'pool.stat': statPool,
    'volume.create': createVolume,
    'volume.delete': (params) => done(deleteVolume(kvm, params)),
    'volume.resize': (params) => resizeVolume(kvm, params),
    'volume.list': listVolumes,
    'template.evict': (params) => done(evictTemplate(params)),
    'console.open': (params, context) => done(openConsole(kvm, params, context)),
  };
}
