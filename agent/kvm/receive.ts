// A guest comes to this host while it runs elsewhere. Its cards are guarded before they exist; it arrives paused and runs when the
// host it came from has said that it is gone there. Invariant: nothing here resumes a guest on its own authority.
import type { Door, GuestSpec } from '#protocol/messages.ts';
import type { Credentials } from '../link.ts';
import { attachTap, guardTap } from '../net/tap.ts';
import { Refused } from '../refused.ts';
import { openDoor, type OpenDoor } from './door.ts';
import { consoleLogOf, directPoolsOf, type Kvm } from './kvm.ts';
import { refuseMissingNetworks, refuseStranger } from './power.ts';
import { domainState } from './virsh.ts';

export type ReceiveOptions = {
  address: string;
  ports: { first: number; last: number };
  credentials: () => Promise<Credentials>;
  onPower: () => void;
};
export type Receiver = {
  receive(guest: GuestSpec, from: string): Promise<Door>;
  received(guest: GuestSpec): Promise<void>;
  /** The guest does not come (any more). */
  shut(name: string): Promise<void>;
  close(): Promise<void>;
};

export function makeReceiver(kvm: Kvm, options: ReceiveOptions): Receiver {
  const doors = new Map<string, OpenDoor & { from: string }>();

  async function shut(name: string): Promise<void> {
    const door = doors.get(name);
    doors.delete(name);
    await door?.close();
  }

  async function received(guest: GuestSpec): Promise<void> {
    const state = await domainState(kvm.virsh, guest.name);
    if (state === undefined || state === 'off')
      throw new Refused('missing', `guest ${guest.name} has not come to this host`);
    if (state === 'paused') {
      await kvm.leases.check(guest);
      await kvm.virsh(['resume', guest.name]);
    }
    await kvm.files.put(guest);
    for (const nic of guest.nics) await attachTap(nic);
    options.onPower();
  }

  /** The taps were made as libvirt prepared the guest: what else belongs to a card is done while the memory flows. */
  function plugIn(guest: GuestSpec): void {
    void Promise.all(guest.nics.map((nic) => attachTap(nic))).catch((error: Error) =>
      kvm.log.warn({ guest: guest.name, reason: error.message }, 'card.notReadyYet'),
    );
  }

  async function receive(guest: GuestSpec, from: string): Promise<Door> {
    await refuseStranger(kvm, guest);
    const known = doors.get(guest.name);
    const door = known?.from === from ? known : await open(guest, from);
    return {
      address: options.address,
      port: door.port,
      ticket: door.ticket,
      consoleLog: consoleLogOf(kvm, guest.name),
    };
  }

  async function open(guest: GuestSpec, from: string): Promise<OpenDoor> {
    await shut(guest.name);
    await directPoolsOf(guest.disks);
    await refuseMissingNetworks(guest);
    await kvm.leases.expect(guest);
    for (const nic of guest.nics) await guardTap(nic);
    const door = await openDoor({
      ...options,
      from,
      log: kvm.log,
      onMemory: () => plugIn(guest),
      onArrived: () => received(guest),
    });
    doors.set(guest.name, { ...door, from });
    return door;
  }

  return {
    receive,
    async received(guest) {
      await received(guest);
      await shut(guest.name);
    },
    shut,
    async close() {
      for (const name of doors.keys()) await shut(name);
    },
  };
}
